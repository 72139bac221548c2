import { createHash } from "node:crypto";

/** Test files with transactions whose traces take hundreds of megabytes: nothing else runs beside them. */
const LARGE = ["test/invariants/market.test.ts", "test/src/gas/recorded.test.ts"];

/** Files a process runs one after the other: starting one costs seconds, and its memory grows with what it ran. */
const FILES_A_PROCESS = 10;

/** What one process runs, and whether it runs alone. */
export interface Batch {
  files: string[];
  alone: boolean;
}

/** The same order for the same seed, whatever the machine: sorted by a hash of seed and name. */
export function shuffled(files: string[], seed: string): string[] {
  const hash = (file: string) => createHash("sha256").update(`${seed}\n${file}`).digest("hex");
  return [...files].sort((a, b) => (hash(a) < hash(b) ? -1 : 1));
}

/** The processes, those that run alone last. Depends on nothing but these arguments. */
export function batches(files: string[], seed?: string, filesAProcess = FILES_A_PROCESS): Batch[] {
  const ordered = seed === undefined ? files : shuffled(files, seed);
  const count = Math.ceil(ordered.length / filesAProcess);
  const cut = (index: number) => Math.floor((index * ordered.length) / count);
  const all = Array.from({ length: count }, (_, index) => {
    const part = ordered.slice(cut(index), cut(index + 1));
    return { files: part, alone: part.some((file) => LARGE.includes(file)) };
  });
  return [...all.filter(({ alone }) => !alone), ...all.filter(({ alone }) => alone)];
}
