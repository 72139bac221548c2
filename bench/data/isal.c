/* Reed-Solomon with Intel ISA-L, one thread: prints MiB of data a second of processor time for encoding and for
 * rebuilding, best of ROUNDS. Arguments: k n shard-bytes rounds. Compiled and run by the benchmark where libisal is installed. */
#include <isa-l.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  int k = atoi(argv[1]), n = atoi(argv[2]), bytes = atoi(argv[3]), rounds = atoi(argv[4]), m = n - k;
  unsigned char *matrix = malloc(n * k), *square = malloc(k * k), *inverse = malloc(k * k), *rows = malloc(m * k);
  unsigned char *tables = malloc(32 * k * m), **shards = malloc(n * sizeof *shards);
  for (int i = 0; i < n; i++) {
    shards[i] = aligned_alloc(64, (bytes + 63) / 64 * 64);
    memset(shards[i], i + 1, bytes);
  }
  gf_gen_cauchy1_matrix(matrix, n, k);
  double encode = 1e9, rebuild = 1e9;
  for (int r = 0; r < rounds; r++) {
    double start = now();
    ec_init_tables(k, m, matrix + k * k, tables);
    ec_encode_data(bytes, k, m, tables, shards, shards + k);
    double seconds = now() - start;
    if (seconds < encode) encode = seconds;

    /* The first m data shards follow from the others. */
    start = now();
    for (int i = 0; i < k; i++) memcpy(square + i * k, matrix + (i + m) * k, k);
    if (gf_invert_matrix(square, inverse, k)) return 1;
    memcpy(rows, inverse, m * k);
    ec_init_tables(k, m, rows, tables);
    ec_encode_data(bytes, k, m, tables, shards + m, shards);
    seconds = now() - start;
    if (seconds < rebuild) rebuild = seconds;
  }
  double mib = (double)k * bytes / 1048576;
  printf("%f %f\n", mib / encode, mib / rebuild);
  return 0;
}
