import { encodeManifest, type Manifest, manifestBlock, manifestCid } from "../../data/manifest";
import { paddedBytesOf, type Piece } from "../../data/piece";
import { pieceCidV1, pieceCidV2 } from "../../data/pieceCid";
import type { RefusedFile } from "../../data/shardFiles";
import type { Report } from "../command";
import { formatBytes } from "../command";

/** What a piece is called and how large it is. */
export function describePiece(piece: Piece): Report {
  const root = `0x${Buffer.from(piece.root).toString("hex")}`;
  const [v1, v2] = [pieceCidV1(piece).toString(), pieceCidV2(piece).toString()];
  const paddedBytes = paddedBytesOf(piece.height);
  return {
    rows: [
      ["piece CID v2", v2],
      ["piece CID v1", v1],
      ["root", root],
      ["payload", formatBytes(piece.payloadBytes)],
      ["padded size", formatBytes(paddedBytes)],
    ],
    json: {
      ...{ pieceCidV2: v2, pieceCidV1: v1, root, height: piece.height },
      ...{ payloadBytes: String(piece.payloadBytes), paddedBytes: String(paddedBytes) },
    },
  };
}

/** What a payload was encoded to. */
export function describeManifest(manifest: Manifest): Report {
  const { layout, root } = manifest;
  const { dataShards, totalShards } = layout.code;
  const block = manifestBlock(manifest);
  const cid = manifestCid(encodeManifest(manifest)).toString();
  return {
    rows: [
      ["code", `any ${dataShards} of ${totalShards} shards restore the payload`],
      ["payload", formatBytes(layout.payloadBytes)],
      ["shard, padded", formatBytes(layout.paddedShardBytes)],
      ["all shards, padded", formatBytes(layout.paddedShardBytes * BigInt(totalShards))],
      ["droot", block.root.toString()],
      ["droot as bytes32", `0x${Buffer.from(root.root).toString("hex")}`],
      ["manifest", cid],
      ...block.shards.map((shard, i): [string, string] => [`shard ${i}`, shard.toString()]),
    ],
    json: {
      manifest: cid,
      ...block,
      shards: block.shards.map(String),
      root: block.root.toString(),
      droot: `0x${Buffer.from(root.root).toString("hex")}`,
    },
  };
}

export function refusedRows(refused: RefusedFile[]): [string, string][] {
  return refused.map(({ path, reason }) => ["left out", `${path}: ${reason}`]);
}
