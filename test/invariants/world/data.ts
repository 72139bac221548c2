import { createHash } from "node:crypto";

import type { Hex } from "../model/state";
import type { NodeProof } from "../model/trees";

/** Data as the chain sees it: roots. The bytes behind them do not matter to it. */
export interface DataSet {
  dataShards: number;
  totalShards: number;
  shardHeight: number;
  shardSize: number;
  roots: Hex[];
  droot: Hex;
  proofs: NodeProof[];
  payloadSize: bigint;
}

const hex = (bytes: Buffer): Hex => `0x${bytes.toString("hex")}`;
const truncated = (bytes: Buffer) => {
  bytes[31]! &= 0x3f;
  return bytes;
};
const sha = (...parts: Buffer[]) => truncated(createHash("sha256").update(Buffer.concat(parts)).digest());

function zeroRoot(height: number): Buffer {
  let root: Buffer = Buffer.alloc(32);
  for (let level = 0; level < height; level++) root = sha(root, root);
  return root;
}

/** Root of a tree over nodes, and the proof of each. */
export function treeOver(nodes: Hex[], height: number): { root: Hex; proofs: NodeProof[]; depth: number } {
  const depth = Math.ceil(Math.log2(nodes.length));
  let row = nodes.map((node): Buffer => Buffer.from(node.slice(2), "hex"));
  while (row.length < 2 ** depth) row.push(zeroRoot(height));
  const proofs = nodes.map((_, index): NodeProof => ({ index: BigInt(index), path: [] }));
  for (let level = 0; level < depth; level++) {
    proofs.forEach(({ path }, index) => path.push(hex(row[(index >> level) ^ 1]!)));
    row = Array.from({ length: row.length / 2 }, (_, i) => sha(row[2 * i]!, row[2 * i + 1]!));
  }
  return { root: hex(row[0]!), proofs, depth };
}

function dataSet(name: string, dataShards: number, totalShards: number, shardHeight: number, equal = false): DataSet {
  const roots = Array.from({ length: totalShards }, (_, index) =>
    hex(sha(Buffer.from(`${name} ${equal ? 0 : index}`))),
  );
  const { root: droot, proofs } = treeOver(roots, shardHeight);
  const shardSize = 32 * 2 ** shardHeight;
  const payloadSize = BigInt(dataShards * (shardSize / 128) * 127);
  return { dataShards, totalShards, shardHeight, shardSize, roots, droot, proofs, payloadSize };
}

/** The shards of the first are equal, as those of one data shard and its copy are. */
export const DATA: DataSet[] = [dataSet("mirror", 1, 2, 2, true), dataSet("three", 2, 3, 4), dataSet("four", 2, 4, 3)];
