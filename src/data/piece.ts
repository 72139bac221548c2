import { PADDED_QUAD_BYTES, QUAD_BYTES } from "./fr32";
import { Kernels } from "./kernels";
import { LeafHasher } from "./leafHasher";
import { Frontier, MIN_HEIGHT, NODE_BYTES } from "./pieceTree";

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

/** The height of the smallest piece for a payload. */
export function heightForPayload(payloadBytes: bigint): number {
  let height = MIN_HEIGHT;
  while (capacityBytesOf(height) < payloadBytes) height++;
  return height;
}

const BLOCK_QUADS = 4096;
const BLOCK_BYTES = BLOCK_QUADS * QUAD_BYTES;
let scratch: { kernels: Kernels; payload: number; hasher: LeafHasher } | undefined;

/** Blocks are hashed one after the other without a pause, so all hashers of a thread share the kernels' memory. */
function room(): { kernels: Kernels; payload: number; hasher: LeafHasher } {
  if (scratch === undefined) {
    const kernels = new Kernels([BLOCK_BYTES, LeafHasher.area(BLOCK_QUADS)]);
    scratch = { kernels, payload: kernels.take(BLOCK_BYTES), hasher: new LeafHasher(kernels, BLOCK_QUADS) };
  }
  return scratch;
}

/** Commits to a payload piece by piece, in the memory of one block and the tree's frontier. */
export class PieceHasher {
  private block?: Uint8Array;
  private readonly frontier = new Frontier();
  private filled = 0;
  private payloadBytes = 0n;

  write(bytes: Uint8Array): this {
    for (let from = 0; from < bytes.length;) {
      const part = bytes.subarray(from, from + BLOCK_BYTES - this.filled);
      from += part.length;
      if (part.length === BLOCK_BYTES) {
        this.append(part);
        continue;
      }
      this.block ??= new Uint8Array(BLOCK_BYTES);
      this.block.set(part, this.filled);
      this.filled += part.length;
      if (this.filled === BLOCK_BYTES) {
        this.append(this.block);
        this.filled = 0;
      }
    }
    this.payloadBytes += BigInt(bytes.length);
    return this;
  }

  finish(): Piece {
    if (this.filled > 0) this.append(this.block!.subarray(0, this.filled));
    return { ...this.frontier.close(MIN_HEIGHT), payloadBytes: this.payloadBytes };
  }

  /** A block that is not full, which only the last may be, is filled with zeros to the next power of two. */
  private append(block: Uint8Array): void {
    let quads = 1;
    while (quads * QUAD_BYTES < block.length) quads *= 2;
    const { kernels, payload, hasher } = room();
    const area = kernels.view(payload, quads * QUAD_BYTES);
    area.set(block);
    area.fill(0, block.length);
    this.frontier.append(hasher.rootOf(payload, quads), Math.log2(quads) + MIN_HEIGHT);
  }
}

/** The piece that a payload makes; the source is read once and never held. */
export async function commitPiece(source: Uint8Array | AsyncIterable<Uint8Array>): Promise<Piece> {
  const hasher = new PieceHasher();
  if (source instanceof Uint8Array) return hasher.write(source).finish();
  for await (const chunk of source) hasher.write(chunk);
  return hasher.finish();
}
