import { blockAt } from "../../filecoin/block";
import type { JsonRpc } from "../../filecoin/rpc";
import { ErasureCode } from "../../data/erasureCode";
import { type Layout, layoutOf } from "../../data/layout";
import { type Manifest, manifestOf, rootOf } from "../../data/manifest";
import { paddedBytesOf } from "../../data/piece";
import type { MarketReader } from "../../protocol/repairMarket";
import type { OrderView, ShardView } from "../../protocol/repairRecords";
import { shardRootsOf } from "./shardRoots";

/** The target names no deal, or the node or manifest does not fit it; the message says what to do. */
export class FetchTargetError extends Error {
  override readonly name = "FetchTargetError";
}

/** All that the chain says about a deal's data: its terms, its roots, and where its shards are. */
export interface Located {
  dealId: bigint;
  order: OrderView;
  layout: Layout;
  droot: Uint8Array;
  /** Roots of shards by index. */
  roots: Map<number, Uint8Array>;
  /** Set when all roots are known and make droot. */
  manifest?: Manifest;
  shards: ShardView[];
}

interface LocateOptions {
  rpc: JsonRpc;
  reader: MarketReader;
  signal?: AbortSignal;
  /** Gives the shards' roots without any events; its root must be the deal's droot. */
  manifest?: Manifest;
}

const PAGE = 50;

/** A deal by its id, or the best one that holds a droot (0x and 64 hex digits). */
export async function dealIdOf(reader: MarketReader, target: string): Promise<bigint> {
  if (/^\d+$/.test(target)) return BigInt(target);
  if (!/^0x[0-9a-f]{64}$/i.test(target))
    throw new FetchTargetError(
      `Give the id of a deal, or the droot of its data (0x and 64 hex digits), not ${target}.`,
    );
  const { bids } = await reader.counts();
  let fallback: bigint | undefined;
  for (let last = bids; last > 0n; last -= BigInt(PAGE)) {
    const first = last > BigInt(PAGE) ? last - BigInt(PAGE) + 1n : 1n;
    const deals = (await reader.deals(first, Number(last - first + 1n))).reverse();
    const same = deals.filter(({ order }) => order.droot.toLowerCase() === target.toLowerCase());
    const live = same.find(({ state }) => state === "active" || state === "repairing");
    if (live !== undefined) return live.dealId;
    fallback ??= same[0]?.dealId;
  }
  if (fallback !== undefined) return fallback;
  throw new FetchTargetError(
    `No deal of this market holds data with droot ${target}. \`market show\` lists the deals.`,
  );
}

/** Reads a deal's terms, placements and shard roots. Throws FetchTargetError when it is not a deal yet, or when roots or manifest do
 * not make its droot; ShardRootsError when the node does not have the events. */
export async function locate(dealId: bigint, { rpc, reader, signal, manifest }: LocateOptions): Promise<Located> {
  const order = await reader.orderOf(dealId);
  if (order.minerId === 0n) {
    throw new FetchTargetError(
      `Bid ${dealId} is not a deal yet, so no provider holds its data. \`market show ${dealId}\` shows its state.`,
    );
  }
  const code = new ErasureCode(order.dataShards, order.totalShards);
  const layout = layoutOf(code, order.payloadBytes, paddedBytesOf(order.shardHeight));
  const droot = Uint8Array.from(Buffer.from(order.droot.slice(2), "hex"));
  const shards = await reader.shardsOf(dealId);
  const found = { dealId, order, layout, droot, shards };
  if (manifest !== undefined) return { ...found, manifest: matching(manifest, droot), roots: rootsIn(manifest) };

  const head = (await blockAt(rpc, "latest")).number;
  const where = { dealId, total: order.totalShards, from: order.closedAt, to: head };
  const roots = await shardRootsOf(rpc, reader.addresses.market, where, signal);
  if (roots.size < order.totalShards) return { ...found, roots };
  const all = Array.from({ length: order.totalShards }, (_, shard) => roots.get(shard)!);
  if (Buffer.compare(rootOf(layout, all).root, droot) !== 0)
    throw new FetchTargetError(
      `The shard roots that this node gives for deal ${dealId} do not make its droot. Do not trust it: use another node.`,
    );
  return { ...found, roots, manifest: manifestOf(layout, all) };
}

function matching(manifest: Manifest, droot: Uint8Array): Manifest {
  if (Buffer.compare(manifest.root.root, droot) === 0) return manifest;
  const [given, wanted] = [manifest.root.root, droot].map((root) => `0x${Buffer.from(root).toString("hex")}`);
  throw new FetchTargetError(
    `The manifest (--manifest) belongs to other data: its root is ${given}, the deal's droot is ${wanted}.`,
  );
}

function rootsIn({ shards }: Manifest): Map<number, Uint8Array> {
  return new Map(shards.map(({ root }, shard) => [shard, root]));
}
