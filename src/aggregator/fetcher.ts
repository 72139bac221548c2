import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { pieceOfKey } from "../data/pieceKey";
import { capacityBytesOf, type Piece } from "../data/piece";
import { atMost, verifyPiece } from "../providers/verifyPiece";

/** No link gave the bytes of a piece. A later attempt may succeed. */
export class PieceNotFetchedError extends Error {
  override readonly name = "PieceNotFetchedError";
  readonly retryable = true;
}

/** Pieces that an aggregator holds while it places them, each checked before it is kept. */
export class PieceFetcher {
  constructor(
    private readonly folder: string,
    private readonly signal: AbortSignal,
  ) {}

  /** The piece, from disk or from the first link that has it. Only root and height are known from the chain. */
  async fetch(key: string, links: readonly string[]): Promise<Piece> {
    if (existsSync(this.file(key))) return this.held(key);
    await mkdir(this.folder, { recursive: true });
    const failures: string[] = [];
    for (const link of links) {
      try {
        return await this.download(key, link);
      } catch (error) {
        if (this.signal.aborted) throw error;
        failures.push(`${link}: ${(error as Error).message}`);
      }
    }
    throw new PieceNotFetchedError(
      failures.length === 0 ? "no source of the bytes is known" : `no link gave the piece: ${failures.join("; ")}`,
    );
  }

  /** The bytes of a held piece. */
  open(key: string): Readable {
    return createReadStream(this.file(key));
  }

  async drop(key: string): Promise<void> {
    await rm(this.file(key), { force: true });
  }

  /** A file under this name was checked before it got the name. */
  async held(key: string): Promise<Piece> {
    return verifyPiece(this.open(key), pieceOfKey(key));
  }

  private async download(key: string, link: string): Promise<Piece> {
    const { protocol } = new URL(link);
    if (protocol !== "http:" && protocol !== "https:")
      throw new Error(`${protocol} links are not supported: use http or https`);
    const wanted = pieceOfKey(key);
    const response = await fetch(link, { signal: this.signal });
    if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
    const incoming = `${this.file(key)}.incoming`;
    try {
      const body = response.body as AsyncIterable<Uint8Array>;
      await pipeline(Readable.from(atMost(body, capacityBytesOf(wanted.height))), createWriteStream(incoming));
      const piece = await verifyPiece(createReadStream(incoming), wanted);
      await rename(incoming, this.file(key));
      return piece;
    } finally {
      await rm(incoming, { force: true });
    }
  }

  private file(key: string): string {
    return path.join(this.folder, `${key}.piece`);
  }
}
