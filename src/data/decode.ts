import { resizeFile } from "./byteFiles";
import type { RunOptions } from "./columnsRun";
import { ErasureCode } from "./erasureCode";
import { type Layout, layoutOf } from "./layout";
import type { Manifest } from "./manifest";
import { parsePieceCid } from "./pieceCid";
import { type Recovered, recover, type ShardSet } from "./recover";
import { identifyShards } from "./shardFiles";
import { requireRoom, stageFile } from "./staged";

/** The terms in a bid: enough to decode the payload without a manifest. */
export interface CodedTerms {
  dataShards: number;
  totalShards: number;
  payloadBytes: bigint;
  /** By default the smallest that holds the payload. */
  paddedShardBytes?: bigint;
  /** Piece CID of the encoded data, or its 32-byte root. */
  droot: string | Uint8Array;
}

/** Finds the shards among files and says what they will be checked against. */
export async function shardSet(paths: string[], known: Manifest | CodedTerms): Promise<ShardSet> {
  const manifest = "layout" in known ? known : undefined;
  const layout = "layout" in known ? known.layout : layoutOfTerms(known);
  const { shards, refused } = await identifyShards(paths, layout.shardBytes, layout.code.totalShards, manifest);
  return { layout, shards, refused, manifest, root: "layout" in known ? known.root.root : rootOfTerms(known) };
}

/** Decodes the payload from any k shards into a file beside its target; it is moved there only when droot is right. */
export async function decodeFile(set: ShardSet, target: string, options: RunOptions = {}): Promise<Recovered> {
  const { layout } = set;
  const payloadBytes = Number(layout.payloadBytes);
  const shardBytes = Number(layout.shardBytes);
  requireRoom(target, layout.payloadBytes);
  return stageFile(target, async (descriptor) => {
    resizeFile(descriptor, target, payloadBytes);
    const data = Array.from({ length: layout.code.dataShards }, (_, shard) => shard);
    const range = (shard: number) => ({
      descriptor,
      path: target,
      offset: shard * shardBytes,
      length: Math.max(0, Math.min(shardBytes, payloadBytes - shard * shardBytes)),
    });
    return recover(set, data, range, options);
  });
}

function layoutOfTerms(terms: CodedTerms): Layout {
  return layoutOf(new ErasureCode(terms.dataShards, terms.totalShards), terms.payloadBytes, terms.paddedShardBytes);
}

function rootOfTerms({ droot }: CodedTerms): Uint8Array {
  if (droot instanceof Uint8Array && droot.length === 32) return droot;
  if (typeof droot === "string" && /^0x[0-9a-f]{64}$/i.test(droot))
    return Uint8Array.from(Buffer.from(droot.slice(2), "hex"));
  return parsePieceCid(droot).root;
}
