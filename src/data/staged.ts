import { randomBytes } from "node:crypto";
import {
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  closeSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

import { DataFileError, writeError } from "./byteFiles";

/** A name beside the target, by which a file that a killed process left can be recognised. */
function stagingName(target: string): string {
  return join(dirname(target), `.${basename(target)}.part-${process.pid}-${randomBytes(4).toString("hex")}`);
}

/** Makes files beside their targets and moves them there when `make` is done; on any failure nothing stays. */
export async function stageFiles<T>(targets: string[], make: (descriptors: number[]) => Promise<T>): Promise<T> {
  const paths = targets.map(stagingName);
  const opened: number[] = [];
  let target = targets[0]!;
  try {
    for (const [i, path] of paths.entries()) {
      target = targets[i]!;
      opened.push(openSync(path, "wx+"));
    }
    const result = await make(opened);
    opened.forEach((descriptor) => fsyncSync(descriptor));
    for (const [i, path] of paths.entries()) {
      target = targets[i]!;
      renameSync(path, target);
    }
    return result;
  } catch (cause) {
    throw isSystemError(cause) ? writeError(target, cause) : cause;
  } finally {
    opened.forEach((descriptor) => closeSync(descriptor));
    // After the renames there is nothing left to remove.
    paths.forEach((path) => rmSync(path, { force: true }));
  }
}

/** The same for one file. */
export async function stageFile<T>(target: string, make: (descriptor: number) => Promise<T>): Promise<T> {
  return stageFiles([target], ([descriptor]) => make(descriptor!));
}

/** The same for a folder, which must not exist yet or be empty: either all of it appears or nothing. */
export async function stageFolder<T>(target: string, make: (folder: string) => Promise<T>): Promise<T> {
  if (existsSync(target) && readdirSync(target).length > 0) {
    throw new DataFileError(`${target} is not empty: choose another folder or empty it.`);
  }
  const folder = stagingName(target);
  try {
    mkdirSync(folder);
    const result = await make(folder);
    if (existsSync(target)) rmSync(target, { recursive: true });
    renameSync(folder, target);
    return result;
  } catch (cause) {
    rmSync(folder, { recursive: true, force: true });
    throw isSystemError(cause) ? writeError(target, cause) : cause;
  }
}

/** Refuses at once what the disk cannot hold; the disk may still fill up on the way. */
export function requireRoom(beside: string, bytes: bigint): void {
  const folder = existsSync(beside) ? beside : dirname(beside);
  let free: bigint;
  try {
    const { bavail, bsize } = statfsSync(folder, { bigint: true });
    free = bavail * bsize;
  } catch (cause) {
    throw writeError(beside, cause);
  }
  if (free < bytes) {
    throw new DataFileError(
      `${bytes} bytes are needed beside ${beside} and ${free} are free: free some space or choose another disk.`,
    );
  }
}

function isSystemError(cause: unknown): boolean {
  return typeof (cause as NodeJS.ErrnoException).syscall === "string";
}
