import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";

import { pieceKeyOf } from "../data/pieceKey";
import { type Piece, PieceHasher } from "../data/piece";
import { pieceCidV2 } from "../data/pieceCid";
import type { HeldPieces } from "./pieces";
import type { HeldPiece } from "./schema";
import { flush } from "../data/durable";

export class UploadTooLargeError extends Error {
  override readonly name = "UploadTooLargeError";
  constructor(readonly maxBytes: number) {
    super(`The upload is larger than ${maxBytes} bytes; raise --max-upload, or give the piece with a fetch link.`);
  }
}

/** The pieces whose bytes the node holds, as files in its data folder. */
export class PieceFolder {
  private readonly folder: string;

  constructor(
    private readonly dataFolder: string,
    private readonly held: Pick<HeldPieces, "hold" | "get">,
  ) {
    this.folder = path.join(dataFolder, "pieces");
  }

  /** Streams to disk and computes the commitment on the way; the piece is held once file and record are durable. Throws an
   *  `UploadTooLargeError` above `maxBytes`. */
  async put(source: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Piece> {
    const temporary = await this.temporaryFile();
    const hasher = new PieceHasher();
    let received = 0;
    const measured = async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        received += chunk.length;
        if (received > maxBytes) throw new UploadTooLargeError(maxBytes);
        hasher.write(chunk);
        yield chunk;
      }
    };
    try {
      await pipeline(source, measured, createWriteStream(temporary));
      const piece = hasher.finish();
      await this.adopt(temporary, piece);
      return piece;
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  async temporaryFile(): Promise<string> {
    await mkdir(this.folder, { recursive: true });
    return path.join(this.folder, `.${randomUUID()}.part`);
  }

  /** Moves a verified file into the folder and records it as held. */
  async adopt(file: string, piece: Piece): Promise<void> {
    const cid = pieceCidV2(piece).toString();
    await flush(file);
    await rename(file, path.join(this.folder, cid));
    await flush(this.folder);
    const stored = { cid, payloadBytes: piece.payloadBytes, file: path.join("pieces", cid) };
    await this.held.hold({ piece: pieceKeyOf(piece.root, piece.height), ...stored });
  }

  fileOf(held: HeldPiece): string {
    return path.join(this.dataFolder, held.file);
  }
}
