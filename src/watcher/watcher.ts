import { Wallet } from "ethers";
import pino, { type Logger } from "pino";

import { type Block, blockAt, type ReadTag } from "../filecoin/block";
import type { LaneSettings } from "../outbox/lane";
import type { JsonRpc } from "../filecoin/rpc";
import { marketAbi } from "../protocol/marketAbi";
import { type MarketAddresses, MarketReader } from "../protocol/repairMarket";
import type { DealView } from "../protocol/repairRecords";
import { openOutbox } from "../outbox/outbox";
import type { RepairParameters } from "../protocol/parameters/repairMarket";
import { claimFolder } from "../service/claimFolder";
import { openLibsqlStore } from "../store/libsql";
import { lockFolder } from "../store/lock";
import type { SqlStore } from "../store/store";
import { findBroken, readAcceptances } from "./acceptances";
import { type Outgoing, type Settled, settleIntents } from "./act";
import { OpenDeals } from "./openDeals";
import { decide, type Deciding, type WatchDecision } from "./weigh";
import { findIn, type Opportunity } from "../policy/watcherFinds";

interface WatcherSettings {
  /** It acts when the reward exceeds the estimated gas by this much: 200 is twice. */
  marginPercent: bigint;
  /** The same for taking its credit out. */
  withdrawPercent: bigint;
  /** Of a hundred losses reported, those for which a strike follows. */
  lossOddsPercent: bigint;
  /** Deals whose sectors are looked at in one tick, those not looked at for longest first. */
  looksPerTick: number;
  /** Transactions sent in one tick. */
  sendsPerTick: number;
  readTag: ReadTag;
}

export const WATCHER_DEFAULTS: WatcherSettings = {
  marginPercent: 200n,
  withdrawPercent: 1_000n,
  lossOddsPercent: 50n,
  looksPerTick: 200,
  sendsPerTick: 20,
  readTag: "latest",
};

export interface WatcherOptions {
  rpc: JsonRpc;
  addresses: MarketAddresses;
  privateKey: string;
  /** The watcher's own data folder: it holds no other program's transactions. */
  folder: string;
  /** Files or folders of acceptances that it was given. */
  acceptances?: string[];
  /** Where its credit goes; default: its own address. */
  payTo?: string;
  /** Decides and sends nothing. */
  dryRun?: boolean;
  settings?: Partial<WatcherSettings>;
  lane?: Partial<LaneSettings>;
  log?: Logger;
  /** What holds the folder's lock; without it nothing is locked. */
  holder?: string;
  openStore?: (folder: string) => Promise<SqlStore>;
}

/** What one tick saw and did. */
export interface WatchReport {
  epoch: bigint;
  /** Open deals read, and those whose sectors were looked at. */
  deals: number;
  looked: number;
  decisions: WatchDecision[];
  settled: Settled[];
  /** Sent and not mined yet. */
  waiting: number;
  /** Credited, and spent on gas, by the transactions that this tick saw mined; attoFIL. */
  earnedAtto: bigint;
  spentAtto: bigint;
  problems: string[];
}

/** A watcher without a clock: the caller ticks it. */
export interface OpenWatcher {
  readonly address: string;
  /** One look at the whole market: decides, acts, and says what it did. Never waits. */
  tick(): Promise<WatchReport>;
  close(): Promise<void>;
}

/** Opens the watcher's store, checks that it belongs to this chain and market, and puts the parts together. */
export async function openWatcher(options: WatcherOptions): Promise<OpenWatcher> {
  const { rpc, addresses, folder } = options;
  const store = await (options.openStore ?? openLibsqlStore)(folder);
  const lock = options.holder === undefined ? undefined : lockFolder(folder, options.holder);
  const close = async () => {
    await store.close();
    lock?.release();
  };
  try {
    const chainId = await claimFolder(rpc, store.identity, folder, addresses.market.toLowerCase());
    const key = new Wallet(options.privateKey);
    const log = options.log ?? pino({ level: "silent" });
    const outbox = openOutbox(
      { rpc, key, chainId, intents: store.intents, errors: marketAbi, log, settings: options.lane },
      { planned: "forget", seen: "block", about: ({ piece }) => ({ key: piece }) },
    );
    const out = { rpc, store, outbox, market: addresses.market };
    const watcher = new Watcher(options, new MarketReader(rpc, addresses), out);
    return { address: outbox.address, tick: () => watcher.tick(), close };
  } catch (error) {
    await close();
    throw error;
  }
}

class Watcher {
  private readonly settings: WatcherSettings;
  private readonly open: OpenDeals;
  /** When a deal's sectors were last looked at. */
  private readonly looks = new Map<bigint, bigint>();
  private readonly deciding: Deciding;
  private rules: RepairParameters | undefined;

  constructor(
    private readonly options: WatcherOptions,
    private readonly reader: MarketReader,
    private readonly out: Outgoing,
  ) {
    this.settings = { ...WATCHER_DEFAULTS, ...options.settings };
    this.open = new OpenDeals(reader);
    const { dryRun = false, log } = options;
    this.deciding = { out, settings: this.settings, dryRun, log, again: (found) => this.again(found) };
  }

  async tick(): Promise<WatchReport> {
    const { dryRun } = this.options;
    const block = await blockAt(this.out.rpc, this.settings.readTag);
    const before = dryRun === true ? { settled: [], waiting: new Set<string>() } : await settleIntents(this.out, block);
    const report = { epoch: block.number, deals: 0, looked: 0, problems: [] as string[] };
    const found = [...(await this.findAll(block, report)), ...(await this.findAcceptances(block, report.problems))];
    found.push(...(await this.findCredit(block)));
    // The same promise may lie in two files.
    const once = [...new Map(found.map((one) => [one.key, one])).values()];
    const decisions = await decide(this.deciding, once, before.waiting, block);
    const sent = decisions.some(({ decision }) => decision === "sent");
    const after = sent ? await settleIntents(this.out, await blockAt(this.out.rpc, "latest")) : before;
    const settled = sent ? [...before.settled, ...after.settled] : before.settled;
    const sum = (amounts: bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);
    return {
      ...report,
      decisions,
      settled,
      waiting: after.waiting.size,
      earnedAtto: sum(settled.map(({ rewardAtto }) => rewardAtto)),
      spentAtto: sum(settled.map(({ costAtto }) => costAtto)),
    };
  }

  private async findAll(block: Block, report: { deals: number; looked: number }): Promise<Opportunity[]> {
    const deals: DealView[] = [];
    for await (const deal of this.open.read(block.number)) deals.push(deal);
    report.deals = deals.length;
    const looked = this.toLookAt(deals);
    report.looked = looked.size;
    const found: Opportunity[] = [];
    for (const deal of deals) {
      const shards = looked.has(deal.dealId) ? await this.reader.shardsOf(deal.dealId, block.number) : [];
      if (looked.has(deal.dealId)) this.looks.set(deal.dealId, block.number);
      found.push(...findIn(deal, shards, await this.terms(block)));
    }
    return found;
  }

  /** Sectors are asked one by one, by searching: so many deals a tick, in turn. */
  private toLookAt(deals: DealView[]): Set<bigint> {
    const known = new Set(deals.map(({ dealId }) => dealId));
    for (const dealId of this.looks.keys()) if (!known.has(dealId)) this.looks.delete(dealId);
    const running = deals.filter(({ state }) => state !== "placing").map(({ dealId }) => dealId);
    const last = (dealId: bigint) => this.looks.get(dealId) ?? -1n;
    const inTurn = running.sort((a, b) => Number(last(a) - last(b)));
    return new Set(inTurn.slice(0, this.settings.looksPerTick));
  }

  /** Reads again just before acting: another watcher may have acted since the believed block. */
  private async again(found: Opportunity): Promise<Opportunity | undefined> {
    if (found.kind === "acceptance" || found.kind === "withdraw") return found;
    const block = await blockAt(this.out.rpc, "latest");
    const deal = await this.reader.dealOf(found.dealId!, block.number);
    const shards = found.kind === "strikes" ? [] : await this.reader.shardsOf(found.dealId!, block.number);
    return findIn(deal, shards, await this.terms(block)).find(({ key }) => key === found.key);
  }

  private async findAcceptances(block: Block, problems: string[]): Promise<Opportunity[]> {
    const found: Opportunity[] = [];
    for (const from of this.options.acceptances ?? []) {
      const read = await readAcceptances(from);
      problems.push(...read.problems);
      for (const given of read.given) {
        const broken = await findBroken(this.reader, given, await this.terms(block));
        if (broken !== undefined) found.push(broken);
      }
    }
    return found;
  }

  private async findCredit(block: Block): Promise<Opportunity[]> {
    const self = this.out.outbox.address;
    const credit = await this.reader.creditOf(self, block.number);
    if (credit === 0n) return [];
    const to = this.options.payTo ?? self;
    const data = marketAbi.encodeFunctionData("withdraw", [to]);
    return [{ key: "withdraw", kind: "withdraw", rewardAtto: credit, why: `its credit, to ${to}`, data }];
  }

  private async terms({ number }: Block) {
    this.rules ??= await this.reader.rules();
    const { lossOddsPercent } = this.settings;
    return { rules: this.rules, epoch: number, self: this.out.outbox.address, lossOddsPercent };
  }
}
