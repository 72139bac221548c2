import { mkdir, rm } from "node:fs/promises";
import path from "node:path";

import { shardFileName } from "../data/encode";
import type { Manifest } from "../data/manifest";
import { pieceCidV2 } from "../data/pieceCid";
import { rebuildShards } from "../data/rebuild";
import { isPlaced, type RepairDealView } from "../protocol/repairRecords";
import { retrievePiece } from "../providers/retrieval";
import type { RepairDeal } from "../store/repairDeals";
import { manifestOfDeal } from "./manifestOfDeal";
import type { Doing, MinerParts } from "./parts";

/** Makes sure that the bytes of every copy that a provider will pull are on this disk; missing ones are rebuilt. */
export async function provideBytes(parts: MinerParts, deal: RepairDeal, view: RepairDealView): Promise<Doing[]> {
  const waiting = (await parts.deals.copiesUnderWay(deal.id)).filter(({ state }) => state !== "sealed");
  const missing = [...new Set(waiting.map(({ shard }) => Number(shard)))].filter(
    (shard) => !parts.shards.has(deal.id, shard),
  );
  if (missing.length === 0) return [];
  const name = `rebuild ${deal.id}`;
  const failure = parts.work.takeFailure(name);
  parts.work.start(name, () => rebuild(parts, deal, view, missing));
  const why =
    failure === undefined ? "their bytes are not on this disk" : `the last attempt failed: ${failure.message}`;
  return [{ what: `rebuilding shards ${missing.join(", ")}`, why }];
}

/** Fewer than k shards can be read now. A later attempt may succeed. */
export class TooFewSourcesError extends Error {
  override readonly name = "TooFewSourcesError";
  readonly retryable = true;
  constructor(needed: number, had: number, failures: readonly string[]) {
    super(`${needed} shards are needed and ${had} could be read. ${failures.join("; ")}`);
  }
}

/** Reads any k shards, from this disk and from their providers, each checked whole, and makes the wanted ones from them. */
async function rebuild(parts: MinerParts, deal: RepairDeal, view: RepairDealView, wanted: number[]): Promise<void> {
  const manifest = manifestOfDeal(deal);
  const fetched = parts.shards.fetched(deal.id);
  await mkdir(fetched, { recursive: true });
  try {
    const files = await collect(parts, deal, view, manifest, fetched);
    const { layout, root } = manifest;
    const set = { layout, manifest, root: root.root, refused: [], shards: files };
    await rebuildShards(set, wanted, parts.shards.of(deal.id), { signal: parts.signal });
    parts.log.info({ deal: deal.id, shards: wanted, from: files.map(({ shard }) => shard) }, "rebuilt");
  } finally {
    await rm(fetched, { recursive: true, force: true });
  }
}

async function collect(
  parts: MinerParts,
  deal: RepairDeal,
  view: RepairDealView,
  manifest: Manifest,
  folder: string,
): Promise<{ shard: number; path: string }[]> {
  const { dataShards, totalShards } = manifest.layout.code;
  const all = Array.from({ length: totalShards }, (_, shard) => shard);
  const files = all
    .filter((shard) => parts.shards.has(deal.id, shard))
    .map((shard) => ({ shard, path: parts.shards.file(deal.id, shard) }))
    .slice(0, dataShards);
  const have = new Set(files.map(({ shard }) => shard));
  // Healthy ones first; a gateway may still serve what its sector no longer proves.
  const rest = view.shards
    .filter((one) => isPlaced(one) && !have.has(one.shard))
    .sort((a, b) => Number(b.held) - Number(a.held));
  const failures: string[] = [];
  const next = async (): Promise<void> => {
    while (files.length < dataShards) {
      const source = rest.shift();
      if (source === undefined) return;
      try {
        files.push(await fetchShard(parts, manifest, source.shard, source.placement.provider, folder));
      } catch (error) {
        parts.signal.throwIfAborted();
        failures.push((error as Error).message);
      }
    }
  };
  await Promise.all(Array.from({ length: parts.settings.fetchParallel }, next));
  if (files.length < dataShards) throw new TooFewSourcesError(dataShards, files.length, failures);
  return files.sort((a, b) => a.shard - b.shard).slice(0, dataShards);
}

async function fetchShard(parts: MinerParts, manifest: Manifest, shard: number, provider: bigint, folder: string) {
  const piece = manifest.shards[shard]!;
  const cid = pieceCidV2(piece).toString();
  const offer = (await parts.providers()).find(({ id }) => id === provider);
  const sources = offer === undefined ? [] : [{ name: `f0${provider}`, url: new URL(`/piece/${cid}`, offer.url).href }];
  const file = path.join(folder, shardFileName(shard));
  // However slow a provider is, another one is asked in the end.
  const signal = AbortSignal.any([parts.signal, AbortSignal.timeout(parts.settings.fetchTimeoutMs)]);
  await retrievePiece(cid, piece, sources, file, signal);
  return { shard, path: file };
}

/** Once all shards are placed and held, their bytes are removed from this disk, if `dropBytes` is set. */
export async function dropBytes(parts: MinerParts, deal: RepairDeal, view: RepairDealView): Promise<void> {
  if (!parts.settings.dropBytes || view.start === 0n || view.shards.some(({ held }) => !held)) return;
  if ((await parts.deals.copiesUnderWay(deal.id)).some(({ state }) => state !== "sealed")) return;
  if (parts.work.isRunning(`rebuild ${deal.id}`)) return;
  await parts.shards.drop(deal.id);
}
