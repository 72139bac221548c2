import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";

import pino from "pino";

import type { JsonRpc } from "../../filecoin/rpc";
import { pieceCidV2 } from "../../data/pieceCid";
import { fetchDeal } from "../../client/fetch/fetch";
import { MarketReader } from "../../protocol/repairMarket";
import { openWatcher } from "../../watcher/watcher";
import { ProviderDirectory } from "../../providers/directory";
import { openLibsqlStore } from "../../store/libsql";
import { RepairDeals } from "../../store/repairDeals";
import { announce, type Announced, startMiner, storeInMarket } from "../marketActors";
import type { MarketScene } from "../marketScene";
import type { FlakyRpc } from "./flakyRpc";
import { killable } from "./killable";
import { type Spent, Spending } from "./spending";
import { type KeptDeal, type MarketProgram, Year, type YearCounts } from "./year";
import { spread } from "./recoveries";

interface YearRunOptions {
  scene: MarketScene;
  folder: string;
  days: number;
  seed: number;
  /** k and n of each deal. */
  codes?: readonly [number, number][];
  payloadBytes?: number;
  onDay?: (day: number, counts: YearCounts) => void;
}

interface YearReport {
  counts: YearCounts;
  /** In epochs: until the sector healed; until a new placement was proven. */
  healed: { times: number; median?: bigint; worst?: bigint };
  replaced: { times: number; median?: bigint; worst?: bigint };
  /** attoFIL. */
  slashed: { total: bigint; toClients: bigint; burnt: bigint };
  deals: { dealId: bigint; state: bigint; provenEpochs: bigint; strikes: bigint; earned: bigint; total: bigint }[];
  miner: Record<string, Spent>;
  watcher: Record<string, Spent>;
}

const GIB = 1n << 30n;
const DAY_EPOCHS = 2_880n;
/** Sectors are asked for no longer than this, so that a year has renewals: the least that providers take, and 30 days. */
const MAX_SECTOR_EPOCHS = 518_400n + 30n * DAY_EPOCHS;
const CODES: readonly [number, number][] = [
  [6, 10],
  [2, 5],
];

/** Stores files with one repair miner, and lets days of bad weather pass over them. */
export async function runYear(options: YearRunOptions): Promise<YearReport> {
  const { scene, folder, days, seed, codes = CODES, payloadBytes = 100_000, onDay } = options;
  await mkdir(folder, { recursive: true });
  const log = pino({ level: "info" }, pino.destination({ dest: path.join(folder, "miner.log"), sync: true }));
  const announced = await announce(scene, {
    ...{ key: scene.key(1), folder: path.join(folder, "miner"), pledge: GIB, askBytes: GIB },
    extraCollateralAtto: 100n * 10n ** 18n,
    // The files are small, and their price such that it pays to slash for them.
    priceAtto: (10n * 10n ** 18n * GIB) / (BigInt(payloadBytes) * 2n * BigInt(days) * DAY_EPOCHS),
  });
  const spending = { miner: new Spending(scene.rpc), watcher: new Spending(scene.rpc) };
  const openMiner = (rpc: FlakyRpc) => minerProgram(scene, announced, log, rpc);
  const deals: KeptDeal[] = [];
  const first = await minerProgram(scene, announced, log, spending.miner);
  try {
    for (const [index, code] of codes.entries())
      deals.push(await storeOne(options, { code, days, payloadBytes, name: `file-${index}`, miner: first }));
  } finally {
    await first.close();
  }
  const year = new Year({
    ...{ scene, seed, days, deals, openMiner, openWatcher: (rpc) => watcherProgram(scene, folder, rpc) },
    rpc: spending,
    fetch: (dealId) => fetchSha256(scene, folder, dealId),
    disaster: { day: Math.ceil(days / 3), providers: 4 },
    ...(onDay === undefined ? {} : { onDay }),
  });
  const counts = await year.run();
  const views = await Promise.all(deals.map(({ dealId }) => scene.lens.dealOf(dealId)));
  const times = (epochs: readonly bigint[]) => ({ times: epochs.length, ...spread(epochs) });
  return {
    counts,
    healed: times(year.recoveries.times.healed),
    replaced: times(year.recoveries.times.replaced),
    slashed: year.ledger.slashes,
    deals: views.map(({ dealId, state, order, earned, total }) => ({
      ...{ dealId, state, earned, total },
      ...{ provenEpochs: order.pay.provenEpochs, strikes: order.progress.strikes },
    })),
    miner: Object.fromEntries(await spending.miner.byKind()),
    watcher: Object.fromEntries(await spending.watcher.byKind()),
  };
}

async function minerProgram(
  scene: MarketScene,
  announced: Announced,
  log: pino.Logger,
  rpc: JsonRpc | FlakyRpc,
): Promise<MarketProgram> {
  const isDead = () => "dead" in rpc && rpc.dead;
  const openStores = async (folder: string) => ({
    base: killable(await openLibsqlStore(folder), isDead),
    deals: killable(await RepairDeals.open(folder), isDead),
  });
  const settings = { maxSectorEpochs: MAX_SECTOR_EPOCHS };
  const running = await startMiner(scene, announced, log, { rpc, openStores, settings });
  return {
    tick: async () => {
      const { problems, moved, waiting, copies } = await running.miner.tick();
      return { busy: moved.length > 0 || waiting > 0 || copies > 0, problems: problems.map(({ error }) => error) };
    },
    close: () => running.stop(),
  };
}

async function watcherProgram(scene: MarketScene, folder: string, rpc: JsonRpc): Promise<MarketProgram> {
  const watcher = await openWatcher({
    ...{ rpc, addresses: scene.addresses, privateKey: scene.key(5), folder: path.join(folder, "watcher") },
  });
  return {
    tick: async () => {
      const { waiting } = await watcher.tick();
      return { busy: waiting > 0, problems: [] };
    },
    close: () => watcher.close(),
  };
}

async function storeOne(
  { scene, folder }: YearRunOptions,
  what: { code: readonly [number, number]; days: number; payloadBytes: number; name: string; miner: MarketProgram },
): Promise<KeptDeal> {
  const [dataShards, totalShards] = what.code;
  const file = path.join(folder, what.name);
  const bytes = randomBytes(what.payloadBytes);
  await writeFile(file, bytes);
  // As long as the year, and longer than the market's shortest term.
  const epochs = BigInt(Math.max(what.days, 4)) * DAY_EPOCHS;
  const pause = async () => {
    await scene.pass(2n);
    const { problems } = await what.miner.tick();
    if (problems.length > 0) throw problems[0]!;
  };
  const { record, manifest } = await storeInMarket(scene, {
    ...{ key: scene.key(3), folder: path.join(folder, "stores"), meanwhile: pause },
    terms: { file, dataShards, totalShards, maxPerProvider: 1, epochs, expiryEpochs: DAY_EPOCHS, providers: [] },
  });
  return {
    ...{ dealId: record.bidId!, sha256: sha256(bytes), dataShards },
    shards: manifest.shards.map((piece) => pieceCidV2(piece).toString()),
  };
}

async function fetchSha256(scene: MarketScene, folder: string, dealId: bigint): Promise<string> {
  const out = path.join(folder, `fetched-${dealId}`);
  const reader = new MarketReader(scene.rpc, scene.addresses);
  const directory = new ProviderDirectory(scene.fleet.directoryFile);
  await fetchDeal({ rpc: scene.rpc, reader, directory, target: dealId.toString(), out });
  const digest = sha256(await readFile(out));
  await rm(out);
  return digest;
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
