import { fr32Pad, PADDED_QUAD_BYTES, QUAD_BYTES } from "./fr32";
import { Frontier, MIN_HEIGHT, NODE_BYTES, rootOfLeaves } from "./pieceTree";

/** A Filecoin piece. `payloadBytes` is what was committed before zero-filling and Fr32 padding. */
export interface Piece {
  root: Uint8Array;
  height: number;
  payloadBytes: bigint;
}

/** The padded size of a piece of `height`: 32 bytes a leaf. */
export function paddedBytesOf(height: number): bigint {
  return BigInt(NODE_BYTES) << BigInt(height);
}

/** The payload that a piece of `height` has room for: 127 bytes in every 128. */
export function capacityBytesOf(height: number): bigint {
  return (paddedBytesOf(height) / BigInt(PADDED_QUAD_BYTES)) * BigInt(QUAD_BYTES);
}

/** The height of a piece with `paddedBytes`, which must be a power of two of at least 128. */
export function heightOf(paddedBytes: bigint): number {
  const height = paddedBytes.toString(2).length - 1 - Math.log2(NODE_BYTES);
  if (height < MIN_HEIGHT || paddedBytesOf(height) !== paddedBytes) {
    throw new RangeError(`A piece's padded size is a power of two of at least 128 bytes, not ${paddedBytes}.`);
  }
  return height;
}

const BLOCK_QUADS = 2048;
const BLOCK_HEIGHT = Math.log2(BLOCK_QUADS) + MIN_HEIGHT;

/** Commits to a payload piece by piece, in the memory of one block and the tree's frontier. */
export class PieceHasher {
  private readonly block = new Uint8Array(BLOCK_QUADS * QUAD_BYTES);
  private readonly leaves = new Uint8Array(BLOCK_QUADS * PADDED_QUAD_BYTES);
  private readonly frontier = new Frontier();
  private filled = 0;
  private payloadBytes = 0n;

  write(bytes: Uint8Array): this {
    for (let from = 0; from < bytes.length;) {
      const part = bytes.subarray(from, from + this.block.length - this.filled);
      this.block.set(part, this.filled);
      this.filled += part.length;
      from += part.length;
      if (this.filled === this.block.length) this.flush(BLOCK_QUADS);
    }
    this.payloadBytes += BigInt(bytes.length);
    return this;
  }

  finish(): Piece {
    if (this.filled > 0) {
      const quads = Math.ceil(this.filled / QUAD_BYTES);
      this.block.fill(0, this.filled, quads * QUAD_BYTES);
      this.flush(quads);
    }
    return { ...this.frontier.close(MIN_HEIGHT), payloadBytes: this.payloadBytes };
  }

  /** A part of a block is filled with zeros to the next power of two: only the last one may be. */
  private flush(quads: number): void {
    let full = 1;
    while (full < quads) full *= 2;
    const leaves = this.leaves.subarray(0, full * PADDED_QUAD_BYTES);
    fr32Pad(this.block, leaves, quads);
    leaves.fill(0, quads * PADDED_QUAD_BYTES);
    this.frontier.append(rootOfLeaves(leaves), full === BLOCK_QUADS ? BLOCK_HEIGHT : Math.log2(full) + MIN_HEIGHT);
    this.filled = 0;
  }
}

/** The piece that a payload makes; the source is read once and never held. */
export async function commitPiece(source: Uint8Array | AsyncIterable<Uint8Array>): Promise<Piece> {
  const hasher = new PieceHasher();
  if (source instanceof Uint8Array) return hasher.write(source).finish();
  for await (const chunk of source) hasher.write(chunk);
  return hasher.finish();
}
