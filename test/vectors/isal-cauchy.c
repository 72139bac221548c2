/* Made isal-cauchy.json: parity as Intel ISA-L 2.30 (Debian libisal-dev) computes it with gf_gen_cauchy1_matrix.
 * cc -O2 isal-cauchy.c -o isal-cauchy -lisal && ./isal-cauchy > isal-cauchy.json
 * Data: one stream, cut into k shards of `bytes` bytes; byte i is the high byte of the i-th state (from 1) of
 * x -> 1664525 x + 1013904223 mod 2^32, x_0 = 1. */
#include <isa-l.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static void print_case(int k, int n, int bytes, int last) {
  unsigned char *matrix = malloc(n * k), *tables = malloc(32 * k * (n - k));
  unsigned char **data = malloc(k * sizeof *data), **parity = malloc((n - k) * sizeof *parity);
  uint32_t state = 1;
  for (int i = 0; i < k; i++) {
    data[i] = malloc(bytes);
    for (int j = 0; j < bytes; j++) data[i][j] = (state = 1664525u * state + 1013904223u) >> 24;
  }
  for (int i = 0; i < n - k; i++) parity[i] = malloc(bytes);
  gf_gen_cauchy1_matrix(matrix, n, k);
  ec_init_tables(k, n - k, matrix + k * k, tables);
  ec_encode_data(bytes, k, n - k, tables, data, parity);
  printf("  { \"k\": %d, \"n\": %d, \"bytes\": %d, \"rows\": \"", k, n, bytes);
  for (int i = k * k; i < n * k; i++) printf("%02x", matrix[i]);
  printf("\",\n    \"parity\": [");
  for (int i = 0; i < n - k; i++) {
    printf("%s\n      \"", i ? "," : "");
    for (int j = 0; j < bytes; j++) printf("%02x", parity[i][j]);
    printf("\"");
  }
  printf("\n    ] }%s\n", last ? "" : ",");
}

int main(void) {
  printf("[\n");
  print_case(1, 2, 127, 0);
  print_case(2, 3, 127, 0);
  print_case(3, 5, 254, 0);
  print_case(4, 6, 127, 0);
  print_case(6, 10, 508, 0);
  print_case(10, 14, 254, 0);
  print_case(20, 30, 127, 0);
  print_case(254, 255, 127, 0);
  print_case(127, 255, 33, 0);
  print_case(1, 255, 5, 1);
  printf("]\n");
}
