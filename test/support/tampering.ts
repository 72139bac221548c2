import { ethers } from "hardhat";

import type { Inclusion } from "./podsi";

export interface SegmentPiece {
  root: string | Uint8Array;
  height: bigint | number;
}

/** A segment and its proof, changed in one place; `change` says which. */
export interface Tampering {
  change: string;
  segment: SegmentPiece;
  proof: Inclusion;
}

function flipByte(node: string | Uint8Array, byte: number, mask: number): string {
  const bytes = ethers.getBytes(node).slice();
  bytes[byte]! ^= mask;
  return ethers.hexlify(bytes);
}

const SIDES = ["proofSubtree", "proofIndex"] as const;

/** Changes byte `byteOf(i)` of node i, for each node of both paths and the segment's root. */
export function* flippedNodes(
  segment: SegmentPiece,
  proof: Inclusion,
  byteOf: (node: number) => number,
  mask: number,
): Generator<Tampering> {
  let node = 0;
  const root = flipByte(segment.root, byteOf(node++), mask);
  yield { change: "segment root", segment: { ...segment, root }, proof };
  for (const side of SIDES) {
    for (let level = 0; level < proof[side].path.length; level++) {
      const path = proof[side].path.slice();
      path[level] = flipByte(path[level]!, byteOf(node++), mask);
      yield { change: `${side}.path[${level}]`, segment, proof: { ...proof, [side]: { ...proof[side], path } } };
    }
  }
}

/** Changes each of the 64 bits of both indices, and gives the segment every other height. */
export function* flippedIndices(segment: SegmentPiece, proof: Inclusion): Generator<Tampering> {
  for (const side of SIDES) {
    for (let bit = 0n; bit < 64n; bit++) {
      const index = proof[side].index ^ (1n << bit);
      yield { change: `${side}.index bit ${bit}`, segment, proof: { ...proof, [side]: { ...proof[side], index } } };
    }
  }
  for (let height = 0n; height < 64n; height++) {
    if (height !== BigInt(segment.height)) yield { change: `height ${height}`, segment: { ...segment, height }, proof };
  }
}
