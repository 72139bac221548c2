import { CID } from "multiformats/cid";
import * as Digest from "multiformats/hashes/digest";
import { createHash } from "node:crypto";

import { decodeFields, encodeFields, type Field } from "./protobuf";

/** Files as IPFS holds them, in the profile unixfs-v1-2025: CIDv1, raw leaves of 1 MiB, 1024 links a node, balanced. */
export const CHUNK_BYTES = 1 << 20;
const LINKS = 1024;
export const RAW = 0x55;
export const DAG_PB = 0x70;
const SHA2_256 = 0x12;
const FILE = 2;

/** A block is not what its CID or its file says; the message says why. */
export class UnixFsError extends Error {
  override readonly name = "UnixFsError";
}

/** A block of a file's graph: a leaf is a range of the file, a node has its bytes and what lies below. */
export interface FileNode {
  cid: CID;
  /** Bytes of the file below. */
  fileBytes: number;
  /** Bytes of all blocks from here on. */
  totalBytes: number;
  /** Undefined for a leaf. */
  block?: Uint8Array;
  children: FileNode[];
}

/** CIDv1 with SHA2-256 of a block; `code` is the codec. */
export function cidOf(code: number, block: Uint8Array): CID {
  return CID.createV1(code, Digest.create(SHA2_256, createHash("sha256").update(block).digest()));
}

/** The graph over a file's chunks, which are read one after the other; an empty file is one empty leaf. */
export async function buildFile(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<FileNode> {
  let level: FileNode[] = [];
  for await (const chunk of chunks) {
    level.push({ cid: cidOf(RAW, chunk), fileBytes: chunk.length, totalBytes: chunk.length, children: [] });
  }
  if (level.length === 0) return { cid: cidOf(RAW, new Uint8Array(0)), fileBytes: 0, totalBytes: 0, children: [] };
  while (level.length > 1) {
    const parents: FileNode[] = [];
    for (let i = 0; i < level.length; i += LINKS) parents.push(parentOf(level.slice(i, i + LINKS)));
    level = parents;
  }
  return level[0]!;
}

function parentOf(children: FileNode[]): FileNode {
  const fileBytes = sum(children.map((child) => child.fileBytes));
  const data: Field[] = [
    { field: 1, value: FILE },
    { field: 3, value: fileBytes },
    ...children.map((child): Field => ({ field: 4, value: child.fileBytes })),
  ];
  const links = children.map(({ cid, totalBytes }): Field => {
    const link: Field[] = [
      { field: 1, bytes: cid.bytes },
      { field: 2, bytes: new Uint8Array(0) },
      { field: 3, value: totalBytes },
    ];
    return { field: 2, bytes: encodeFields(link) };
  });
  const block = encodeFields([...links, { field: 1, bytes: encodeFields(data) }]);
  const below = sum(children.map((child) => child.totalBytes));
  return { cid: cidOf(DAG_PB, block), fileBytes, totalBytes: block.length + below, block, children };
}

/** What a DAG-PB block says: of a file the bytes in it and its parts, of anything else what kind it is. */
export interface UnixFsNode {
  type: number;
  data: Uint8Array;
  /** Bytes of the file from here on, as declared. */
  fileBytes: number;
  links: { cid: CID; name: string }[];
}

/** Reads a DAG-PB block. Throws UnixFsError. */
export function decodeNode(block: Uint8Array): UnixFsNode {
  try {
    const fields = decodeFields(block);
    const inner = decodeFields(bytesOf(fields, 1) ?? new Uint8Array(0));
    const data = bytesOf(inner, 2) ?? new Uint8Array(0);
    return {
      type: numberOf(inner, 1) ?? FILE,
      data,
      fileBytes: numberOf(inner, 3) ?? data.length,
      links: fields.flatMap((entry) => (entry.field === 2 && "bytes" in entry ? [linkOf(entry.bytes)] : [])),
    };
  } catch (cause) {
    throw new UnixFsError("A block is not a UnixFS node.", { cause });
  }
}

/** Type 0 is a raw part of a file, 2 a file. */
export function isFile({ type }: UnixFsNode): boolean {
  return type === 0 || type === FILE;
}

/** Throws unless the block is what its CID says. */
export function checkBlock(cid: CID, block: Uint8Array): void {
  if (cid.multihash.code !== SHA2_256) {
    throw new UnixFsError(`${cid} is made with hash 0x${cid.multihash.code.toString(16)}; only SHA2-256 is supported.`);
  }
  if (Buffer.compare(createHash("sha256").update(block).digest(), cid.multihash.digest) !== 0) {
    throw new UnixFsError(`The block of ${cid} is corrupted: its hash does not match.`);
  }
}

function linkOf(bytes: Uint8Array): { cid: CID; name: string } {
  const fields = decodeFields(bytes);
  return { cid: CID.decode(bytesOf(fields, 1)!), name: Buffer.from(bytesOf(fields, 2) ?? []).toString() };
}

function numberOf(fields: Field[], wanted: number): number | undefined {
  const found = fields.find(({ field }) => field === wanted);
  return found !== undefined && "value" in found ? found.value : undefined;
}

function bytesOf(fields: Field[], wanted: number): Uint8Array | undefined {
  const found = fields.find(({ field }) => field === wanted);
  return found !== undefined && "bytes" in found ? found.bytes : undefined;
}

const sum = (numbers: number[]): number => numbers.reduce((total, value) => total + value, 0);
