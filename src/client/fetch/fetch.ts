import { rm } from "node:fs/promises";
import path from "node:path";

import type { JsonRpc } from "../../filecoin/rpc";
import { decodeFile, shardSet } from "../../data/decode";
import { shardFileName } from "../../data/encode";
import type { Manifest } from "../../data/manifest";
import type { MarketReader } from "../../protocol/repairMarket";
import { gather, type GatherOptions, type ShardFailure } from "./gather";
import { dealIdOf, locate } from "./locate";

export interface FetchOptions extends GatherOptions {
  rpc: JsonRpc;
  reader: MarketReader;
  /** A deal's id, or the droot of its data. */
  target: string;
  /** The file to write; it appears when all of it is right. Default: deal-ID in this folder. */
  out?: string;
  /** Names the shards when the node's events do not reach back far enough. */
  manifest?: Manifest;
  threads?: number;
}

/** What was written, and from which shards. */
export interface Fetched {
  dealId: bigint;
  out: string;
  payloadBytes: bigint;
  /** The shards from which the payload was made. */
  used: number[];
  /** Data shards that were computed, because they could not be fetched. */
  rebuilt: number[];
  failures: ShardFailure[];
}

/** Fetches a deal's data from its providers. Only the chain is believed: every shard is checked against its root. */
export async function fetchDeal(options: FetchOptions): Promise<Fetched> {
  const { reader, signal, onProgress, threads } = options;
  const dealId = await dealIdOf(reader, options.target);
  const out = options.out ?? `deal-${dealId}`;
  const located = await locate(dealId, options);
  const folder = path.join(path.dirname(out), `.${path.basename(out)}.shards`);
  const { shards, failures } = await gather(located, folder, options);
  const { layout, order, manifest, droot } = located;
  const { dataShards, totalShards } = layout.code;
  const terms = {
    dataShards,
    totalShards,
    payloadBytes: order.payloadBytes,
    paddedShardBytes: layout.paddedShardBytes,
  };
  const files = shards.map((shard) => path.join(folder, shardFileName(shard)));
  const set = await shardSet(files, manifest ?? { ...terms, droot });
  const { used } = await decodeFile(set, out, { signal, onProgress, threads });
  await rm(folder, { recursive: true });
  const rebuilt = Array.from({ length: dataShards }, (_, shard) => shard).filter((shard) => !used.includes(shard));
  return { dealId, out, payloadBytes: order.payloadBytes, used, rebuilt, failures };
}
