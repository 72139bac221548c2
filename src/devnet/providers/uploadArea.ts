import { randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { atMost } from "../../providers/verifyPiece";
import { DealRefused } from "./dealRefused";

/** What sizes of chunks a provider takes; Curio's own settings if not told otherwise. */
export interface ChunkLimits {
  leastBytes: number;
  mostBytes: number;
}

export const CURIO_CHUNKS: ChunkLimits = { leastBytes: 16 << 20, mostBytes: 256 << 20 };

interface ChunkedUpload {
  rawBytes: bigint;
  chunkBytes: number;
  uploaded: Set<number>;
}

/** The bytes that clients send for their deals, until the deals are complete: each whole, or in chunks counted from 1. */
export class UploadArea {
  private readonly whole = new Set<string>();
  private readonly chunked = new Map<string, ChunkedUpload>();

  constructor(
    private readonly folder: string,
    private readonly limits: ChunkLimits,
  ) {}

  /** All bytes in one stream; sent again, they replace those before. */
  async take(id: string, bytes: AsyncIterable<Uint8Array>, mostBytes: bigint): Promise<void> {
    if (this.chunked.has(id)) throw new DealRefused(404, "deal not found: its upload is in chunks");
    await this.write(this.wholeFile(id), bytes, mostBytes);
    this.whole.add(id);
  }

  start(id: string, rawBytes: bigint, chunkBytes: number): void {
    const { leastBytes, mostBytes } = this.limits;
    if ((chunkBytes & (chunkBytes - 1)) !== 0) throw new DealRefused(400, "chunk size must be a power of 2");
    if (chunkBytes < leastBytes) throw new DealRefused(400, `chunk size too small: it is at least ${leastBytes}`);
    if (chunkBytes > mostBytes) throw new DealRefused(400, `chunk size too large: it is at most ${mostBytes}`);
    if (this.whole.has(id)) throw new DealRefused(404, "deal not found: it was uploaded as a whole");
    if (this.chunked.has(id)) throw new DealRefused(409, "deal upload has already started");
    this.chunked.set(id, { rawBytes, chunkBytes, uploaded: new Set() });
  }

  async chunk(id: string, number: number, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const upload = this.chunked.get(id);
    if (upload === undefined || number > chunksOf(upload)) throw new DealRefused(404, "chunk not found");
    if (number < 1) throw new DealRefused(400, "chunk must be greater than 0");
    if (upload.uploaded.has(number)) throw new DealRefused(409, "chunk already uploaded");
    const before = BigInt(number - 1) * BigInt(upload.chunkBytes);
    const left = upload.rawBytes - before;
    const expected = left < BigInt(upload.chunkBytes) ? left : BigInt(upload.chunkBytes);
    const written = await this.write(this.chunkFile(id, number), bytes, expected);
    if (written !== expected) throw new DealRefused(400, `chunk ${number} has ${written} bytes of ${expected}`);
    upload.uploaded.add(number);
  }

  /** As mk20 tells it; undefined when no upload in chunks was started. */
  status(id: string) {
    const upload = this.chunked.get(id);
    if (upload === undefined) return undefined;
    const all = Array.from({ length: chunksOf(upload) }, (_, i) => i + 1);
    const uploaded = all.filter((number) => upload.uploaded.has(number));
    const missing = all.filter((number) => !upload.uploaded.has(number));
    return {
      total_chunks: all.length,
      uploaded: uploaded.length,
      missing: missing.length,
      // Go writes an empty list as null.
      uploaded_chunks: uploaded.length === 0 ? null : uploaded,
      missing_chunks: missing.length === 0 ? null : missing,
    };
  }

  /** The bytes in their order, provided that all of them are there. */
  open(id: string): AsyncIterable<Uint8Array> | undefined {
    if (this.whole.has(id)) return createReadStream(this.wholeFile(id));
    const upload = this.chunked.get(id);
    if (upload === undefined || upload.uploaded.size < chunksOf(upload)) return undefined;
    return this.chunksInOrder(id, chunksOf(upload));
  }

  async drop(id: string): Promise<void> {
    const chunks = this.status(id)?.total_chunks ?? 0;
    this.whole.delete(id);
    this.chunked.delete(id);
    await rm(this.wholeFile(id), { force: true });
    for (let number = 1; number <= chunks; number++) await rm(this.chunkFile(id, number), { force: true });
  }

  private async *chunksInOrder(id: string, chunks: number): AsyncGenerator<Uint8Array> {
    for (let number = 1; number <= chunks; number++) yield* createReadStream(this.chunkFile(id, number));
  }

  private async write(file: string, bytes: AsyncIterable<Uint8Array>, mostBytes: bigint): Promise<bigint> {
    await mkdir(this.folder, { recursive: true });
    const incoming = `${file}.${randomUUID()}`;
    let written = 0n;
    const counted = async function* () {
      for await (const chunk of atMost(bytes, mostBytes)) {
        written += BigInt(chunk.length);
        yield chunk;
      }
    };
    try {
      await pipeline(Readable.from(counted()), createWriteStream(incoming));
      await rename(incoming, file);
      return written;
    } catch (cause) {
      throw new DealRefused(400, (cause as Error).message);
    } finally {
      await rm(incoming, { force: true });
    }
  }

  private wholeFile(id: string): string {
    return path.join(this.folder, `${id}.upload`);
  }

  private chunkFile(id: string, number: number): string {
    return path.join(this.folder, `${id}.${number}.chunk`);
  }
}

function chunksOf({ rawBytes, chunkBytes }: ChunkedUpload): number {
  return Number((rawBytes + BigInt(chunkBytes) - 1n) / BigInt(chunkBytes));
}
