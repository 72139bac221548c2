import * as dagCbor from "@ipld/dag-cbor";
import { CID } from "multiformats/cid";

import { climb, InclusionError } from "./inclusion";
import type { Manifest } from "./manifest";
import type { Piece } from "./piece";
import { parsePieceCid, pieceCidV2 } from "./pieceCid";
import { levelsOf, zeroRoot } from "./pieceTree";

const TYPE = "piece-inclusion";
const VERSION = 1;

/** That one piece lies in another, as a node of its tree: a shard in droot, or a shard in the piece of a deal. */
export interface TreeProof {
  piece: Piece;
  within: Piece;
  /** Position among the nodes of the piece's height. */
  index: bigint;
  /** Siblings, lowest first. */
  path: Uint8Array[];
}

/** The proof for one of the nodes at the piece's height; nodes beyond the given ones are zero. */
export function proveNode(nodes: Uint8Array[], index: number, piece: Piece, within: Piece): TreeProof {
  const path: Uint8Array[] = [];
  let position = index;
  for (const [level, row] of levelsOf(nodes, piece.height, within.height).slice(0, -1).entries()) {
    path.push(row[position ^ 1] ?? zeroRoot(piece.height + level));
    position >>= 1;
  }
  return { piece, within, index: BigInt(index), path };
}

/** The proof that a shard lies in droot. Throws InclusionError when there is no such shard. */
export function proveShard(manifest: Manifest, shard: number): TreeProof {
  const piece = manifest.shards[shard];
  if (piece === undefined)
    throw new InclusionError(`There is no shard ${shard}: they are 0 to ${manifest.shards.length - 1}.`);
  return proveNode(
    manifest.shards.map(({ root }) => root),
    shard,
    piece,
    manifest.root,
  );
}

/** Throws unless the proof leads from the piece to the other, at exactly its depth. */
export function checkProof({ piece, within, index, path }: TreeProof): void {
  if (path.length !== within.height - piece.height) {
    throw new InclusionError(
      `A node of height ${piece.height} lies ${within.height - piece.height} levels below one of height ` +
        `${within.height}; the path has ${path.length}.`,
    );
  }
  if (Buffer.compare(climb(piece.root, { index, path: path.map(toHex) }), within.root) !== 0) {
    throw new InclusionError("The path does not lead to the piece that it names.");
  }
}

/** `{type, version, piece, within, index, path}`: piece CIDs v2 as text, nodes as 0x-hex. */
export function proofToJson({ piece, within, index, path }: TreeProof): object {
  return {
    type: TYPE,
    version: VERSION,
    piece: pieceCidV2(piece).toString(),
    within: pieceCidV2(within).toString(),
    index: Number(index),
    path: path.map(toHex),
  };
}

/** The same fields as DAG-CBOR: piece CIDs v2 as links, nodes as byte strings. */
export function proofToCbor({ piece, within, index, path }: TreeProof): Uint8Array {
  return dagCbor.encode({
    type: TYPE,
    version: VERSION,
    piece: pieceCidV2(piece),
    within: pieceCidV2(within),
    index: Number(index),
    path,
  });
}

/** Reads either form; says nothing yet about whether it is right (`checkProof`). */
export function parseProof(bytes: Uint8Array): TreeProof {
  const fields = parseFields(bytes);
  if (fields.type !== TYPE || fields.version !== VERSION) {
    throw new InclusionError(
      `Only proofs of type ${TYPE}, version ${VERSION} can be read, not ${String(fields.type)}, ${String(fields.version)}.`,
    );
  }
  const { index, path } = fields;
  if (typeof index !== "number" || !Number.isSafeInteger(index) || index < 0 || !Array.isArray(path)) {
    throw new InclusionError("The proof lacks its index or its path.");
  }
  return { piece: toPiece(fields.piece), within: toPiece(fields.within), index: BigInt(index), path: path.map(toNode) };
}

function parseFields(bytes: Uint8Array): Record<string, unknown> {
  const isJson = String.fromCharCode(bytes[0] ?? 0) === "{";
  try {
    const fields: unknown = isJson ? JSON.parse(Buffer.from(bytes).toString()) : dagCbor.decode(bytes);
    if (typeof fields === "object" && fields !== null) return fields as Record<string, unknown>;
  } catch (cause) {
    throw new InclusionError("This is not a proof: it is neither JSON nor DAG-CBOR.", { cause });
  }
  throw new InclusionError("This is not a proof: it has no fields.");
}

function toPiece(cid: unknown): Piece {
  const known = typeof cid === "string" ? cid : CID.asCID(cid);
  if (known === null) throw new InclusionError("The proof's pieces are not CIDs.");
  const { root, height, payloadBytes } = parsePieceCid(known);
  if (height === undefined)
    throw new InclusionError(`${String(known)} does not contain the piece's height: use a piece CID v2.`);
  return { root, height, payloadBytes: payloadBytes! };
}

function toNode(node: unknown): Uint8Array {
  const bytes = typeof node === "string" && /^0x[0-9a-f]{64}$/i.test(node) ? Buffer.from(node.slice(2), "hex") : node;
  if (!(bytes instanceof Uint8Array) || bytes.length !== 32)
    throw new InclusionError("A node of the path is not 32 bytes.");
  return Uint8Array.from(bytes);
}

function toHex(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString("hex")}`;
}
