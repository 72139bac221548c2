import * as dagCbor from "@ipld/dag-cbor";
import { CID } from "multiformats/cid";
import * as Digest from "multiformats/hashes/digest";
import { createHash } from "node:crypto";

import { ErasureCode } from "./erasureCode";
import { type Layout, layoutOf } from "./layout";
import type { Piece } from "./piece";
import { parsePieceCid, pieceCidV2 } from "./pieceCid";
import { levelsOf } from "./pieceTree";

/** A manifest cannot be read, or contradicts itself. */
export class ManifestError extends Error {
  override readonly name = "ManifestError";
}

/** The one code there is: systematic Reed–Solomon over GF(2^8), polynomial 0x11d, Cauchy rows 1/((k+i) ⊕ j). */
const CODE = "reed-solomon-gf256-11d-cauchy";
const VERSION = 1;
const SHA2_256 = 0x12;

/** What a payload became: all that is needed to find its shards, to check them and to give it back. */
export interface Manifest {
  layout: Layout;
  shards: Piece[];
  /** droot: the piece that all shards one after the other make. */
  root: Piece;
}

/** The form that is encoded, as DAG-CBOR. Sizes in bytes; `shardSize` is padded. */
export interface ManifestBlock {
  version: number;
  code: string;
  k: number;
  n: number;
  shardSize: number;
  payloadSize: number;
  shards: CID[];
  root: CID;
}

/** The manifest for a layout and the roots of all its shards (32 bytes each, by index). */
export function manifestOf(layout: Layout, shardRoots: Uint8Array[]): Manifest {
  const shards = shardRoots.map((root) => ({ root, height: layout.shardHeight, payloadBytes: layout.shardBytes }));
  return { layout, shards, root: rootOf(layout, shardRoots) };
}

/** droot over the roots of all shards. */
export function rootOf(layout: Layout, shardRoots: Uint8Array[]): Piece {
  const top = levelsOf(shardRoots, layout.shardHeight, layout.rootHeight).at(-1)!;
  const payloadBytes = BigInt(layout.code.totalShards) * layout.shardBytes;
  return { root: top[0]!, height: layout.rootHeight, payloadBytes };
}

/** The manifest in the form that is encoded. */
export function manifestBlock({ layout, shards, root }: Manifest): ManifestBlock {
  return {
    version: VERSION,
    code: CODE,
    k: layout.code.dataShards,
    n: layout.code.totalShards,
    shardSize: Number(layout.paddedShardBytes),
    payloadSize: Number(layout.payloadBytes),
    shards: shards.map(pieceCidV2),
    root: pieceCidV2(root),
  };
}

/** The manifest as DAG-CBOR. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  return dagCbor.encode(manifestBlock(manifest));
}

/** The CID under which the manifest is pinned. */
export function manifestCid(bytes: Uint8Array): CID {
  return CID.createV1(dagCbor.code, Digest.create(SHA2_256, createHash("sha256").update(bytes).digest()));
}

/** Reads a manifest and checks that everything in it agrees. */
export function decodeManifest(bytes: Uint8Array): Manifest {
  let block: Partial<ManifestBlock>;
  try {
    block = dagCbor.decode<ManifestBlock>(bytes) ?? {};
  } catch (cause) {
    throw new ManifestError("This is not a manifest: it is not DAG-CBOR.", { cause });
  }
  if (block.version !== VERSION || block.code !== CODE) {
    throw new ManifestError(
      `Only manifests of version ${VERSION} with the code ${CODE} can be read, not version ${block.version} with ${block.code}.`,
    );
  }
  const { k, n, shardSize, payloadSize, shards, root } = block;
  if (![k, n, shardSize, payloadSize].every((number) => Number.isSafeInteger(number)) || !Array.isArray(shards)) {
    throw new ManifestError(
      "The manifest lacks k, n, shardSize, payloadSize or shards, or they are not of the right type.",
    );
  }
  let manifest: Manifest;
  try {
    const layout = layoutOf(new ErasureCode(k!, n!), BigInt(payloadSize!), BigInt(shardSize!));
    if (shards.length !== n) throw new ManifestError(`it names ${shards.length} shards of ${n}.`);
    manifest = manifestOf(
      layout,
      shards.map((cid) => parsePieceCid(cid).root),
    );
  } catch (cause) {
    throw new ManifestError(`The manifest contradicts itself: ${(cause as Error).message}`, { cause });
  }
  const again = manifestBlock(manifest);
  if (shards.some((cid, i) => !again.shards[i]!.equals(cid)) || !again.root.equals(root)) {
    throw new ManifestError("The manifest contradicts itself: its shards do not make its root.");
  }
  return manifest;
}
