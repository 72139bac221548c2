import { createHash } from "node:crypto";

import { keccak256 } from "ethers";

import type { Hex } from "./state";

export interface NodeProof {
  index: bigint;
  path: Hex[];
}

const bytes = (hex: Hex) => Buffer.from(hex.slice(2), "hex");

function parentOf(left: Buffer, right: Buffer): Buffer {
  const digest = createHash("sha256").update(left).update(right).digest();
  digest[31]! &= 0x3f;
  return digest;
}

/** Whether the node stands at the proof's index in the tree of that root, as deep as their heights say. */
export function treeHas(root: Hex, rootHeight: number, node: Hex, nodeHeight: number, proof: NodeProof): boolean {
  const depth = rootHeight - nodeHeight;
  if (proof.path.length !== depth || proof.index >= 2n ** BigInt(depth)) return false;
  let at = proof.index;
  let hash: Buffer = bytes(node);
  for (const sibling of proof.path.map(bytes)) {
    hash = at % 2n === 0n ? parentOf(hash, sibling) : parentOf(sibling, hash);
    at /= 2n;
  }
  return hash.equals(bytes(root));
}

const allowedLeaf = (provider: number) => keccak256(keccak256(`0x${BigInt(provider).toString(16).padStart(64, "0")}`));

/** A list of providers as its root, pairs sorted. */
export function allowListHas(root: Hex, provider: number, path: Hex[]): boolean {
  return path.reduce(pairOf, allowedLeaf(provider)) === root;
}

const pairOf = (a: Hex, b: Hex): Hex => keccak256(a < b ? `${a}${b.slice(2)}` : `${b}${a.slice(2)}`);

/** A list of two providers: its root, and the path of each. */
export function allowListOf(first: number, second: number): { root: Hex; paths: Map<number, Hex[]> } {
  const [a, b] = [allowedLeaf(first), allowedLeaf(second)];
  const paths = new Map<number, Hex[]>();
  paths.set(first, [b]).set(second, [a]);
  return { root: pairOf(a, b), paths };
}
