import { createReadStream } from "node:fs";
import { mkdir, rm, stat } from "node:fs/promises";
import path from "node:path";

import { formatEther } from "ethers";
import pino from "pino";

import { fetchDeal, type Fetched } from "../client/fetch/fetch";
import { MarketReader } from "../protocol/repairMarket";
import { openWatcher, type OpenWatcher } from "../watcher/watcher";
import type { RunningRepairMiner } from "../repair-miner/node";
import { ProviderDirectory } from "../providers/directory";
import { announce, startMiner, storeInMarket } from "./marketActors";
import type { MarketScene } from "./marketScene";
import { refundOf } from "./refundModel";
import { sha256Of } from "./storedFile";
import { StoryError } from "./story";

interface MarketStoryOptions {
  scene: MarketScene;
  /** What is stored with the miner that does its work, and with the one that stops. */
  file: string;
  neglected: string;
  dataShards?: number;
  totalShards?: number;
  durationEpochs?: bigint;
  /** How many providers vanish at once. */
  vanish?: number;
  folder: string;
  print: (line: string) => void;
}

interface MarketStoryFigures {
  fileBytes: number;
  /** From the providers' vanishing to the first proof of all shards after it. */
  repairEpochs: bigint;
  shardsReplaced: number;
  earnedAtto: bigint;
  refundAtto: bigint;
}

interface Kept {
  dealId: bigint;
  file: string;
  sha256: string;
  bytes: number;
}

const GIB = 1n << 30n;
/** A day is 2880 epochs; the story looks at the world eight times as often. */
const STEP_EPOCHS = 360n;
/** As long as something is being sealed or sent. */
const SHORT_EPOCHS = 4n;
const PATIENCE_ROUNDS = 400;

/** A file is kept by a repair miner through an outage to the end of its term; another miner stops, and pays for it. */
export class MarketStory {
  private good!: RunningRepairMiner;
  private bad: RunningRepairMiner | undefined;
  private watcher!: OpenWatcher;
  private readonly reader: MarketReader;
  private readonly terms: { dataShards: number; totalShards: number; durationEpochs: bigint; vanish: number };

  constructor(private readonly options: MarketStoryOptions) {
    const { dataShards = 6, totalShards = 10, durationEpochs = 20_160n, vanish = totalShards - dataShards } = options;
    this.terms = { dataShards, totalShards, durationEpochs, vanish };
    this.reader = new MarketReader(options.scene.rpc, options.scene.addresses);
  }

  async tell(): Promise<MarketStoryFigures> {
    try {
      const { good, bad } = await this.store();
      const { repairEpochs, shardsReplaced } = await this.outage(good);
      await this.earningsSoFar(good);
      const refundAtto = await this.neglect(bad);
      const earnedAtto = await this.end(good);
      return { fileBytes: good.bytes, repairEpochs, shardsReplaced, earnedAtto, refundAtto };
    } finally {
      await this.good?.stop();
      await this.bad?.stop();
      await this.watcher?.close();
    }
  }

  private async store(): Promise<{ good: Kept; bad: Kept }> {
    const { scene, file, neglected, folder } = this.options;
    this.chapter("Two repair miners put up collateral and ask for data");
    const size = BigInt((await stat(file)).size);
    const log = pino({ level: "info" }, pino.destination({ dest: path.join(folder, "miners.log"), sync: true }));
    const offer = (key: string, name: string) => ({
      ...{ key, folder: path.join(folder, name), pledge: GIB, extraCollateralAtto: 10n ** 18n, askBytes: GIB },
      // About one FIL for all of the data and its term.
      priceAtto: (10n ** 18n * GIB) / (size * 2n * this.terms.durationEpochs),
    });
    const [goodMiner, badMiner] = [
      await announce(scene, offer(scene.key(1), "miner-1")),
      await announce(scene, offer(scene.key(2), "miner-2")),
    ];
    this.good = await startMiner(scene, goodMiner, log);
    this.bad = await startMiner(scene, badMiner, log);
    this.watcher = await openWatcher({
      ...{ rpc: scene.rpc, addresses: scene.addresses, privateKey: scene.key(5), folder: path.join(folder, "watcher") },
    });
    this.say(`miners at ${this.good.url} and ${this.bad.url}; a watcher runs`);

    const { dataShards, totalShards } = this.terms;
    this.chapter(
      `A client stores ${path.basename(file)} (${size} bytes) at ${dataShards} of ${totalShards}, and leaves`,
    );
    const good = await this.storeOne(file, scene.key(3), 1n);
    this.chapter(`Another one stores ${path.basename(neglected)} with the second miner`);
    const bad = await this.storeOne(neglected, scene.key(4), 2n);
    await this.until("both deals have begun", async () => {
      const deals = [await this.reader.dealOf(good.dealId), await this.reader.dealOf(bad.dealId)];
      return deals.every(({ state }) => state === "active");
    });
    await this.expectSameBytes(good, "from the providers");
    return { good, bad };
  }

  private async storeOne(file: string, key: string, askId: bigint): Promise<Kept> {
    const { dataShards, totalShards, durationEpochs } = this.terms;
    const terms = { file, dataShards, totalShards, maxPerProvider: 1, providers: [] };
    const { record } = await storeInMarket(this.options.scene, {
      ...{ key, askId, folder: path.join(this.options.folder, `stores-${askId}`) },
      terms: { ...terms, epochs: durationEpochs, expiryEpochs: 2_880n },
      meanwhile: async () => void (await this.step(1n)),
    });
    const bytes = (await stat(file)).size;
    this.say(
      `bid ${record.bidId} is a deal: ${formatEther(record.depositAtto ?? 0n)} FIL paid in once, for the whole term`,
    );
    return { dealId: record.bidId!, file, bytes, sha256: await sha256Of(createReadStream(file)) };
  }

  private async outage(deal: Kept): Promise<{ repairEpochs: bigint; shardsReplaced: number }> {
    const { scene } = this.options;
    const before = await scene.lens.placementsOf(deal.dealId);
    const vanished = before.slice(0, this.terms.vanish).map(({ provider }) => provider);
    this.chapter(`${vanished.length} of its providers vanish at once: ${vanished.map((id) => `f0${id}`).join(", ")}`);
    const at = await scene.filecoin.epoch();
    for (const id of vanished) await scene.fleet.get(id).vanish();
    const during = await this.expectSameBytes(deal, "during the outage");
    if (during.rebuilt.length === 0)
      throw new StoryError("no data shard was rebuilt although its provider has vanished");

    await this.until("all shards are placed and proven again", async () => {
      const { shards } = await scene.lens.healthOf(deal.dealId);
      const { provenThrough } = await scene.lens.dealOf(deal.dealId);
      const moved = shards.every(({ placement }) => !vanished.includes(placement.provider));
      return moved && shards.every(({ held }) => held) && provenThrough > at;
    });
    const after = await scene.lens.placementsOf(deal.dealId);
    const shardsReplaced = after.filter(({ provider }, shard) => provider !== before[shard]!.provider).length;
    if (shardsReplaced !== vanished.length)
      throw new StoryError(`${shardsReplaced} shards were placed with new providers, not ${vanished.length}`);
    const repairEpochs = (await scene.lens.dealOf(deal.dealId)).provenThrough - at;
    this.say(`${shardsReplaced} shards rebuilt, placed and proven ${repairEpochs} epochs after the providers vanished`);
    await this.expectSameBytes(deal, "after the repair");
    return { repairEpochs, shardsReplaced };
  }

  /** What is earned is the proven part of the total, rounded down. */
  private async earningsSoFar(deal: Kept): Promise<void> {
    const view = await this.options.scene.lens.dealOf(deal.dealId);
    const expected = (view.total * (view.provenThrough - view.start)) / view.order.duration;
    if (view.earned !== expected) throw new StoryError(`${view.earned} attoFIL are earned, ${expected} are proven`);
    this.say(`earned so far: ${formatEther(view.earned)} of ${formatEther(view.total)} FIL, as much as is proven`);
  }

  private async neglect(deal: Kept): Promise<bigint> {
    const { scene } = this.options;
    this.chapter("The second miner stops");
    await this.bad?.stop();
    this.bad = undefined;
    const start = await scene.lens.dealOf(deal.dealId);
    await this.until("its deal has failed", async () => (await this.reader.dealOf(deal.dealId)).state === "failed");
    const failed = await scene.lens.dealOf(deal.dealId);
    const { client, dealPrice, duration, deposit } = failed.order;
    const expected = refundOf(
      {
        ...{ priceAtto: dealPrice, size: failed.size, durationEpochs: duration },
        ...{ startEpoch: failed.start, lastProofEpoch: start.provenThrough },
      },
      await this.reader.rules(),
    );
    const credit = await scene.market.creditOf(client);
    const owed = expected.totalAtto + (deposit - failed.total);
    if (credit !== owed) throw new StoryError(`its client is credited ${credit} attoFIL; by the rules it gets ${owed}`);
    const shares = expected.sharesAtto.map(formatEther).join(" + ");
    this.say(
      `its client gets ${formatEther(expected.unearnedAtto)} FIL back and ${shares} FIL of the stake: exactly that`,
    );
    return credit;
  }

  private async end(deal: Kept): Promise<bigint> {
    const { scene } = this.options;
    this.chapter("The first deal comes to its end");
    const { end, total } = await scene.lens.dealOf(deal.dealId);
    await this.until(`it is settled after epoch ${end}`, async () => {
      return (await this.reader.dealOf(deal.dealId)).state === "finished";
    });
    const { earned } = await scene.lens.dealOf(deal.dealId);
    if (earned !== total) throw new StoryError(`${earned} attoFIL of ${total} were earned although all was proven`);
    this.say(`all ${formatEther(total)} FIL are earned, and the stake is free again`);
    return earned;
  }

  /** Lets all parts do what is due until `done`, in shorter steps while something is under way. */
  private async until(what: string, done: () => Promise<boolean>): Promise<void> {
    for (let round = 0; round < PATIENCE_ROUNDS; round++) {
      const busy = await this.step(0n);
      if (await done()) return;
      await this.options.scene.pass(busy ? SHORT_EPOCHS : STEP_EPOCHS);
    }
    throw new StoryError(`after ${PATIENCE_ROUNDS} rounds this is still not true: ${what}`);
  }

  /** True when something moved or is on its way. */
  private async step(epochs: bigint): Promise<boolean> {
    if (epochs > 0n) await this.options.scene.pass(epochs);
    let busy = false;
    for (const miner of [this.good, this.bad]) {
      if (miner === undefined) continue;
      const { problems, moved, waiting, copies } = await miner.miner.tick();
      if (problems.length > 0) throw problems[0]!.error;
      busy ||= moved.length > 0 || waiting > 0 || copies > 0;
    }
    const { settled, waiting } = await this.watcher.tick();
    return busy || waiting > 0 || settled.length > 0;
  }

  private async expectSameBytes(deal: Kept, when: string): Promise<Fetched> {
    const { scene, folder } = this.options;
    const out = path.join(folder, "fetched");
    await mkdir(folder, { recursive: true });
    const directory = new ProviderDirectory(scene.fleet.directoryFile);
    const fetched = await fetchDeal({
      ...{ rpc: scene.rpc, reader: this.reader, directory, target: deal.dealId.toString(), out },
    });
    const sha256 = await sha256Of(createReadStream(out));
    await rm(out);
    if (sha256 !== deal.sha256)
      throw new StoryError(`${when} the bytes that came back are different: SHA-256 ${sha256}`);
    const rebuilt = fetched.rebuilt.length === 0 ? "" : `, data shards ${fetched.rebuilt.join(", ")} rebuilt`;
    this.say(
      `fetched ${when} from shards ${fetched.used.join(", ")}${rebuilt}: the same SHA-256 ${sha256.slice(0, 16)}…`,
    );
    return fetched;
  }

  private chapter(title: string): void {
    this.options.print(`\n── ${title}`);
  }

  private say(text: string): void {
    this.options.print(`   ${text}`);
  }
}
