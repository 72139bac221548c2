import { createHash } from "node:crypto";

/** Test files that take longest; without a shuffle they begin first, each in a process of its own. */
const LONG = ["test/invariants/market.test.ts", "test/src/gas/recorded.test.ts", "test/e2e/marketStory.test.ts"];

/** Files a process runs one after the other: starting one costs seconds, and its memory grows with what it ran. */
const FILES_A_PROCESS = 24;

/** The same order for the same seed, whatever the machine: sorted by a hash of seed and name. */
export function shuffled(files: string[], seed: string): string[] {
  const hash = (file: string) => createHash("sha256").update(`${seed}\n${file}`).digest("hex");
  return [...files].sort((a, b) => (hash(a) < hash(b) ? -1 : 1));
}

/** What each process runs, in the order in which processes begin. Depends on nothing but files and seed. */
export function batches(files: string[], seed?: string): string[][] {
  if (seed !== undefined) return chunks(shuffled(files, seed));
  const long = LONG.filter((file) => files.includes(file));
  return [...long.map((file) => [file]), ...chunks(files.filter((file) => !long.includes(file)))];
}

function chunks(files: string[]): string[][] {
  const count = Math.ceil(files.length / FILES_A_PROCESS);
  return Array.from({ length: count }, (_, index) =>
    files.slice(Math.floor((index * files.length) / count), Math.floor(((index + 1) * files.length) / count)),
  );
}
