import { createWriteStream } from "node:fs";
import { rm, truncate } from "node:fs/promises";
import { pipeline } from "node:stream/promises";

import { capacityBytesOf, type Piece, PieceHasher } from "../data/piece";
import { parentOf, zeroRoot } from "../data/pieceTree";

/** A place that says it has the piece: `url` answers `GET` with its bytes. */
export interface PieceSource {
  name: string;
  url: string;
}

/** No source gave the piece's bytes. The message says why, for each source. */
export class RetrievalError extends Error {
  override readonly name = "RetrievalError";
  readonly retryable = true;
  constructor(
    readonly cid: string,
    readonly failures: { source: string; reason: string }[],
  ) {
    const tried = failures.map(({ source, reason }) => `${source}: ${reason}`).join("; ");
    super(`${cid} could not be fetched${tried === "" ? ": no source of the bytes is known" : `. ${tried}`}.`);
  }
}

/**
 * Fetches the piece from the first source that has it into `file`. Every byte is checked against the commitment: the
 * file is complete and right, or it is not there.
 */
export async function retrievePiece(
  cid: string,
  piece: Piece,
  sources: readonly PieceSource[],
  file: string,
  signal?: AbortSignal,
): Promise<PieceSource> {
  const failures: { source: string; reason: string }[] = [];
  for (const source of sources) {
    try {
      await fetchVerified(source.url, piece, file, signal);
      return source;
    } catch (error) {
      await rm(file, { force: true });
      signal?.throwIfAborted();
      failures.push({ source: source.name, reason: reasonOf(error) });
    }
  }
  throw new RetrievalError(cid, failures);
}

async function fetchVerified(url: string, piece: Piece, file: string, signal?: AbortSignal): Promise<void> {
  const capacity = capacityBytesOf(piece.height);
  const response = await fetch(url, { signal, redirect: "error" });
  if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
  const hasher = new PieceHasher();
  let received = 0n;
  const measured = async function* (chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      received += BigInt(chunk.length);
      if (received > capacity) throw new Error(`more bytes than the piece holds (${capacity})`);
      hasher.write(chunk);
      yield chunk;
    }
  };
  await pipeline(response.body as unknown as AsyncIterable<Uint8Array>, measured, createWriteStream(file));
  const got = hasher.finish();
  if (!sameRoot(got, piece)) throw new Error("the bytes are not those of the piece");
  // A gateway may give the payload or the zero-filled piece: the root is the same, the payload's size decides.
  await truncate(file, Number(piece.payloadBytes));
}

/** True when `got`, zero-filled to the piece's height, has the piece's root. */
function sameRoot(got: Piece, piece: Piece): boolean {
  if (got.height > piece.height) return false;
  let root = got.root;
  for (let height = got.height; height < piece.height; height++) root = parentOf(root, zeroRoot(height));
  return Buffer.compare(root, piece.root) === 0;
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? message;
}
