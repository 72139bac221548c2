import { type FileRange, readRange, writeRange } from "./byteFiles";
import type { Lane } from "./columns";

/** A lane in files, which a worker thread can take. */
export interface FileLane {
  read?: FileRange;
  write?: FileRange;
  hash: boolean;
}

/** Lanes in files as lanes. */
export function openLanes(lanes: (FileLane | Lane)[]): Lane[] {
  return lanes.map((lane) => {
    if (!isFileLane(lane)) return lane;
    const { read, write, hash } = lane;
    return {
      hash,
      ...(read && { read: (into: Uint8Array, at: number) => readRange(read, into, at) }),
      ...(write && { write: (bytes: Uint8Array, at: number) => writeRange(write, bytes, at) }),
    };
  });
}

export function isFileLane(lane: FileLane | Lane): lane is FileLane {
  return typeof lane.read !== "function" && typeof lane.write !== "function";
}
