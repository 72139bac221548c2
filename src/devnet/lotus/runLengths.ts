/** A set of numbers as Lotus writes it: alternating run lengths that start with those absent; `[0]` is none. */
export function runLengths(numbers: Iterable<bigint>): number[] {
  const sorted = [...new Set(numbers)].sort((a, b) => (a < b ? -1 : 1));
  if (sorted.length === 0) return [0];
  const runs: number[] = [];
  let next = 0n;
  for (const number of sorted) {
    if (runs.length > 0 && number === next) runs[runs.length - 1]!++;
    else runs.push(Number(number - next), 1);
    next = number + 1n;
  }
  return runs;
}
