import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat, truncate } from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { shardFileName } from "../data/encode";
import type { Layout } from "../data/layout";
import { flush } from "../data/durable";

/** More bytes came than the range has. */
export class ShardTooLongError extends Error {
  override readonly name = "ShardTooLongError";
}

/** Fewer bytes came than the range has: the sender may send them again. */
export class ShardTooShortError extends Error {
  override readonly name = "ShardTooShortError";
}

/** The bytes of shards, a folder a deal, a file a shard; a file that is there is whole. */
export class ShardFolder {
  constructor(readonly root: string) {}

  of(deal: string): string {
    return path.join(this.root, deal);
  }

  /** Where shards that were fetched to rebuild others lie until that is done. */
  fetched(deal: string): string {
    return path.join(this.root, deal, "fetched");
  }

  file(deal: string, shard: number): string {
    return path.join(this.of(deal), shardFileName(shard));
  }

  has(deal: string, shard: number): boolean {
    return existsSync(this.file(deal, shard));
  }

  missing(deal: string, count: number): number[] {
    return Array.from({ length: count }, (_, shard) => shard).filter((shard) => !this.has(deal, shard));
  }

  async make(deal: string): Promise<void> {
    await mkdir(this.of(deal), { recursive: true });
  }

  /** Takes the payload of one data shard, zero-filling it to the shard's size. */
  async receive(deal: string, layout: Layout, shard: number, source: AsyncIterable<Uint8Array>): Promise<void> {
    await this.make(deal);
    const part = `${this.file(deal, shard)}.part`;
    await rm(part, { force: true });
    const expected = payloadBytesOf(layout, shard);
    let received = 0n;
    const measured = async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        received += BigInt(chunk.length);
        if (received > expected)
          throw new ShardTooLongError(`Data shard ${shard} has ${expected} bytes of payload; more were sent.`);
        yield chunk;
      }
    };
    await pipeline(source, measured, createWriteStream(part));
    if (received < expected) {
      throw new ShardTooShortError(`Data shard ${shard} has ${expected} bytes of payload; ${received} were sent.`);
    }
    await truncate(part, Number(layout.shardBytes));
    await this.keep(part, deal, shard);
  }

  /** Takes a whole payload, cut into its data shards as it comes; complete ones stay when the upload is interrupted. */
  async receiveAll(deal: string, layout: Layout, source: AsyncIterable<Uint8Array>): Promise<void> {
    const chunks = source[Symbol.asyncIterator]();
    let rest: Uint8Array = new Uint8Array(0);
    const take = async function* (bytes: bigint): AsyncGenerator<Uint8Array> {
      for (let left = bytes; left > 0n;) {
        if (rest.length === 0) {
          const next = await chunks.next();
          if (next.done === true) return;
          rest = next.value;
        }
        const length = left < BigInt(rest.length) ? Number(left) : rest.length;
        const piece = rest.subarray(0, length);
        rest = rest.subarray(length);
        left -= BigInt(length);
        yield piece;
      }
    };
    for (let shard = 0; shard < layout.code.dataShards; shard++) {
      await this.receive(deal, layout, shard, take(payloadBytesOf(layout, shard)));
    }
    if (rest.length > 0 || (await chunks.next()).done !== true) {
      throw new ShardTooLongError(`The payload has ${layout.payloadBytes} bytes; more were sent.`);
    }
  }

  /** A range includes both ends. */
  read(deal: string, shard: number, range?: { first: bigint; last: bigint }): Readable {
    return createReadStream(this.file(deal, shard), range && { start: Number(range.first), end: Number(range.last) });
  }

  async bytes(deal: string, shard: number): Promise<number> {
    return (await stat(this.file(deal, shard))).size;
  }

  async drop(deal: string): Promise<void> {
    await rm(this.of(deal), { recursive: true, force: true });
  }

  /** Removes files that are not whole shards; no upload may be running. */
  async sweep(deal: string): Promise<void> {
    for (const name of await readdir(this.of(deal)))
      if (!/^\d{3}\.shard$/.test(name)) await rm(path.join(this.of(deal), name), { recursive: true, force: true });
  }

  /** Deals whose bytes are on the disk. */
  async deals(): Promise<string[]> {
    return existsSync(this.root) ? readdir(this.root) : [];
  }

  private async keep(part: string, deal: string, shard: number): Promise<void> {
    await flush(part);
    await rename(part, this.file(deal, shard));
    await flush(this.of(deal));
  }
}

/** The payload's bytes in a data shard: all of it but in the last ones. */
export function payloadBytesOf(layout: Layout, shard: number): bigint {
  const left = layout.payloadBytes - BigInt(shard) * layout.shardBytes;
  if (left <= 0n) return 0n;
  return left < layout.shardBytes ? left : layout.shardBytes;
}
