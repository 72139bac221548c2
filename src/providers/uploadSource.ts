import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";

/** A payload that can be read from any offset, any number of times: an interrupted upload continues where it stopped. */
export interface UploadSource {
  bytes: bigint;
  /** Bytes `first` to `last`, both included. */
  open(first: bigint, last: bigint): AsyncIterable<Uint8Array>;
}

/** A payload in memory. */
export function sourceOfBytes(bytes: Uint8Array): UploadSource {
  return {
    bytes: BigInt(bytes.length),
    open: async function* (first, last) {
      yield bytes.subarray(Number(first), Number(last) + 1);
    },
  };
}

/** A file, or a range of it. */
export async function sourceOfFile(file: string, range?: { offset: bigint; bytes: bigint }): Promise<UploadSource> {
  const { offset, bytes } = range ?? { offset: 0n, bytes: BigInt((await stat(file)).size) };
  return {
    bytes,
    open: (first, last) => createReadStream(file, { start: Number(offset + first), end: Number(offset + last) }),
  };
}
