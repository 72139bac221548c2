import { createHash } from "node:crypto";

import { indexEntriesOf, type InclusionProofAbi, type MerklePathAbi } from "./aggregate";
import { paddedBytesOf, type Piece } from "./piece";
import { MAX_HEIGHT, NODE_BYTES, parentOf } from "./pieceTree";

/** A proof of inclusion is wrong, or cannot be read; the message says why. */
export class InclusionError extends Error {
  override readonly name = "InclusionError";
}

/** The root that a path leads to; its index must lie inside the tree that its length spans. */
export function climb(node: Uint8Array, { index, path }: MerklePathAbi): Uint8Array {
  if (path.length > MAX_HEIGHT || index >> BigInt(path.length) !== 0n) {
    throw new InclusionError(`Index ${index} lies outside a tree of depth ${path.length}.`);
  }
  let position = index;
  let top = node;
  for (const hex of path) {
    const sibling = nodeOf(hex);
    top = position & 1n ? parentOf(sibling, top) : parentOf(top, sibling);
    position >>= 1n;
  }
  return top;
}

/** The aggregate that a proof shows `segment` to lie in (FRC-0058), by its own check of every rule. */
export function aggregateOf(
  segment: Pick<Piece, "root" | "height">,
  { proofSubtree, proofIndex }: InclusionProofAbi,
): Pick<Piece, "root" | "height"> {
  const height = segment.height + proofSubtree.path.length;
  const root = climb(segment.root, proofSubtree);
  if (proofIndex.path.length + 1 !== height) {
    throw new InclusionError(
      `The subtree's path ends at height ${height}, the index's at ${proofIndex.path.length + 1}.`,
    );
  }
  const entry = indexEntryOf(segment, proofSubtree.index * paddedBytesOf(segment.height));
  const indexRoot = climb(parentOf(entry.subarray(0, NODE_BYTES), entry.subarray(NODE_BYTES)), proofIndex);
  if (Buffer.compare(root, indexRoot) !== 0) {
    throw new InclusionError("The subtree's path and the index's lead to different roots.");
  }
  const firstEntry = paddedBytesOf(height) / 64n - indexEntriesOf(paddedBytesOf(height));
  if (proofIndex.index < firstEntry) {
    throw new InclusionError(`Entry ${proofIndex.index} lies before the index, which starts at ${firstEntry}.`);
  }
  return { root, height };
}

/** 64 bytes: root, offset, size, and a checksum of 126 bits over the entry without it. */
export function indexEntryOf({ root, height }: Pick<Piece, "root" | "height">, offset: bigint): Uint8Array {
  const entry = Buffer.alloc(2 * NODE_BYTES);
  entry.set(root, 0);
  entry.writeBigUInt64LE(offset, 32);
  entry.writeBigUInt64LE(paddedBytesOf(height), 40);
  const checksum = createHash("sha256").update(entry).digest().subarray(0, 16);
  checksum[15]! &= 0x3f;
  entry.set(checksum, 48);
  return entry;
}

function nodeOf(hex: string): Uint8Array {
  if (!/^0x[0-9a-f]{64}$/i.test(hex)) throw new InclusionError(`${hex} is not a node: a node is 32 bytes as 0x-hex.`);
  return Uint8Array.from(Buffer.from(hex.slice(2), "hex"));
}
