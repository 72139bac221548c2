import { ftruncateSync, openSync, readSync, writeSync } from "node:fs";

/** A file cannot be read or written; the message names it and says what to do. */
export class DataFileError extends Error {
  override readonly name = "DataFileError";
}

/** Part of an open file as a worker thread takes it. Reads beyond `length` give zeros, writes beyond it are dropped. */
export interface FileRange {
  descriptor: number;
  offset: number;
  length: number;
  path: string;
}

/** Fills `into` from `at` on; what lies beyond the range is zero. */
export function readRange(range: FileRange, into: Uint8Array, at: number): void {
  const wanted = Math.max(0, Math.min(into.length, range.length - at));
  let done = 0;
  while (done < wanted) {
    const count = reading(range.path, () =>
      readSync(range.descriptor, into, done, wanted - done, range.offset + at + done),
    );
    if (count === 0) throw new DataFileError(`${range.path} ended early: it became shorter while it was read.`);
    done += count;
  }
  into.fill(0, wanted);
}

/** Writes `bytes` at `at`; what lies beyond the range is dropped. Throws DataFileError. */
export function writeRange(range: FileRange, bytes: Uint8Array, at: number): void {
  const wanted = Math.max(0, Math.min(bytes.length, range.length - at));
  for (let done = 0; done < wanted;) {
    done += writing(range.path, () =>
      writeSync(range.descriptor, bytes, done, wanted - done, range.offset + at + done),
    );
  }
}

/** Returns a file descriptor. Throws DataFileError. */
export function openForReading(path: string): number {
  return reading(path, () => openSync(path, "r"));
}

/** Gives a new file its whole length, so that ranges can be written in any order. */
export function resizeFile(descriptor: number, path: string, bytes: number): void {
  writing(path, () => ftruncateSync(descriptor, bytes));
}

function reading<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw readError(path, cause);
  }
}

function writing<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw writeError(path, cause);
  }
}

const codeOf = (cause: unknown): string | undefined => (cause as NodeJS.ErrnoException).code;

/** The error for a failed read of `path`. */
export function readError(path: string, cause: unknown): DataFileError {
  const code = codeOf(cause);
  if (code === "ENOENT") return new DataFileError(`There is no file ${path}.`, { cause });
  if (code === "EISDIR") return new DataFileError(`${path} is a folder: give a file.`, { cause });
  return new DataFileError(`${path} cannot be read: ${(cause as Error).message}`, { cause });
}

/** The error for a failed write of `path`. */
export function writeError(path: string, cause: unknown): DataFileError {
  const code = codeOf(cause);
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG") {
    return new DataFileError(
      `No room left for ${path} (${code}): free some space or choose another disk. Nothing was kept.`,
      { cause },
    );
  }
  if (code === "ENOENT") return new DataFileError(`The folder of ${path} does not exist: create it first.`, { cause });
  return new DataFileError(`${path} cannot be written: ${(cause as Error).message}`, { cause });
}
