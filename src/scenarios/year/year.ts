import { valuesOf } from "../../protocol/enums";
import { type JsonRpc, RpcError, RpcUnreachableError } from "../../filecoin/rpc";
import { Mk20Error } from "../../providers/mk20";
import type { MarketScene } from "../marketScene";
import { BytesAudit, LostBytesError } from "./bytes";
import { FlakyRpc, KilledError } from "./flakyRpc";
import { Ledger } from "./ledger";
import { Random } from "../../devnet/random";
import { Recoveries } from "./recoveries";
import { type Climate, type Happening, ROUGH, weatherOfDay } from "./weather";
import { Weathered } from "./weathered";

/** A program of the market as a year runs it. */
export interface MarketProgram {
  /** One look at the chain, and what follows from it. Busy when it waits for something that will be there soon. */
  tick(): Promise<{ busy: boolean; problems: readonly Error[] }>;
  close(): Promise<void>;
}

/** A deal whose data the year looks after. */
export interface KeptDeal {
  dealId: bigint;
  sha256: string;
  dataShards: number;
  /** Piece CIDs v2 of the shards. */
  shards: readonly string[];
}

interface YearOptions {
  scene: MarketScene;
  seed: number;
  days: number;
  deals: readonly KeptDeal[];
  /** Opens the repair miner on the same folder again and again: it is killed and started. */
  openMiner(rpc: FlakyRpc): Promise<MarketProgram>;
  openWatcher(rpc: FlakyRpc): Promise<MarketProgram>;
  /** What the two of them reach the chain by. */
  rpc: { miner: JsonRpc; watcher: JsonRpc };
  /** SHA-256 of the payload, fetched as a client does. */
  fetch(dealId: bigint): Promise<string>;
  climate?: Climate;
  /** The share of RPC requests that fail. */
  rpcFailing?: number;
  /** The share of HTTP requests to providers that fail. */
  httpFailing?: number;
  /** Chance that the miner is killed on a day. */
  kill?: number;
  /** The day on which more providers vanish at once than usual, and how many. */
  disaster?: { day: number; providers: number };
  onDay?: (day: number, counts: YearCounts) => void;
}

export interface YearCounts {
  days: number;
  happenings: Record<Happening["kind"], number>;
  kills: number;
  restarts: number;
  rpcCalls: number;
  rpcFailures: number;
  ticks: number;
  failedTicks: number;
  fetches: number;
  /** Deals that the market closed before their end. */
  failedDeals: number;
  /** Days on which fewer than k shards of a deal could be read: nobody could have read the data. */
  daysBelowK: number;
  fewestReadable: number;
}

const { Failed: FAILED, Finished: FINISHED } = valuesOf("RepairState");
const isOver = (state: bigint) => state === FAILED || state === FINISHED;
const DAY_EPOCHS = 2_880n;
/** Epochs that are skipped while no program waits for anything: a sixth of a day. */
const CALM_EPOCHS = 480n;
/** As long as somebody waits for a seal or a receipt, time passes slowly; and still not fast when that takes long. */
const BUSY_EPOCHS = 5n;
const LONG_BUSY_EPOCHS = 60n;
const BUSY_ROUNDS = 12;

/** Days of random faults, one after the other; every day the books and the bytes are audited. */
export class Year {
  readonly counts: YearCounts = {
    ...{ days: 0, kills: 0, restarts: 0, rpcCalls: 0, rpcFailures: 0, ticks: 0, failedTicks: 0, fetches: 0 },
    ...{ failedDeals: 0, daysBelowK: 0, fewestReadable: Infinity },
    happenings: { vanish: 0, return: 0, fault: 0, recover: 0, terminate: 0, corrupt: 0, refuse: 0, accept: 0, join: 0 },
  };
  readonly recoveries = new Recoveries();
  readonly ledger: Ledger;
  private readonly random: Random;
  private readonly weathered: Weathered;
  private readonly bytes: BytesAudit;
  private miner: { program: MarketProgram; rpc: FlakyRpc } | undefined;
  private watcher: { program: MarketProgram; rpc: FlakyRpc } | undefined;

  constructor(private readonly options: YearOptions) {
    const { scene, seed, httpFailing = 0.02 } = options;
    this.random = new Random(seed);
    this.weathered = new Weathered(scene.fleet, scene.filecoin, this.random, this.recoveries, httpFailing);
    this.ledger = new Ledger(scene.market, scene.lens);
    this.bytes = new BytesAudit(scene.fleet);
  }

  async run(): Promise<YearCounts> {
    try {
      for (let day = 1; day <= this.options.days; day++) {
        await this.day(day);
        this.counts.days = day;
        this.options.onDay?.(day, this.counts);
      }
      return this.counts;
    } finally {
      await this.stop(this.miner);
      await this.stop(this.watcher);
    }
  }

  private async day(day: number): Promise<void> {
    const { climate = ROUGH, kill = 0.3, disaster, scene } = this.options;
    const epoch = await scene.filecoin.epoch();
    const today = weatherOfDay(this.random, this.weathered.conditions(), climate);
    if (disaster?.day === day) today.push(...this.weathered.disaster(disaster.providers));
    for (const happening of today) {
      await this.weathered.apply(happening, epoch);
      this.counts.happenings[happening.kind]++;
    }
    if (this.random.chance(kill)) this.miner?.rpc.killAfter(1 + this.random.below(200));
    await this.live(epoch + DAY_EPOCHS);
    await this.ledger.audit();
    await this.auditBytes();
  }

  /** Lets all parts act, again and again, until that epoch. */
  private async live(until: bigint): Promise<void> {
    const { scene } = this.options;
    let rounds = 0;
    for (let now = await scene.filecoin.epoch(); now < until; now = await scene.filecoin.epoch()) {
      const busy = await this.tickMiner();
      await this.tickWatcher();
      await this.look();
      rounds = busy ? rounds + 1 : 0;
      const step = !busy ? CALM_EPOCHS : rounds <= BUSY_ROUNDS ? BUSY_EPOCHS : LONG_BUSY_EPOCHS;
      await scene.pass(now + step > until ? until - now : step);
    }
  }

  /** True while it is busy. */
  private async tickMiner(): Promise<boolean> {
    const { openMiner, rpc } = this.options;
    this.miner ??= await this.opened(openMiner, rpc.miner);
    if (this.miner === undefined) return true;
    const busy = await this.ticked(this.miner.program);
    if (!this.miner.rpc.dead) return busy;
    this.counts.kills++;
    await this.stop(this.miner);
    this.miner = undefined;
    return true;
  }

  private async tickWatcher(): Promise<void> {
    const { openWatcher, rpc } = this.options;
    this.watcher ??= await this.opened(openWatcher, rpc.watcher);
    if (this.watcher !== undefined) await this.ticked(this.watcher.program);
  }

  private async ticked(program: MarketProgram): Promise<boolean> {
    this.counts.ticks++;
    try {
      const { busy, problems } = await program.tick();
      for (const problem of problems) this.tolerate(problem);
      if (problems.length > 0) this.counts.failedTicks++;
      return busy || problems.length > 0;
    } catch (error) {
      this.tolerate(error as Error);
      this.counts.failedTicks++;
      return true;
    }
  }

  /** Undefined when the line was bad at that moment. */
  private async opened(how: (rpc: FlakyRpc) => Promise<MarketProgram>, line: JsonRpc) {
    const rpc = new FlakyRpc(line, this.random, this.options.rpcFailing ?? 0.01);
    try {
      const program = await how(rpc);
      this.counts.restarts++;
      return { program, rpc };
    } catch (error) {
      this.tolerate(error as Error);
      return undefined;
    }
  }

  private async stop(running: { program: MarketProgram; rpc: FlakyRpc } | undefined): Promise<void> {
    if (running === undefined) return;
    this.counts.rpcCalls += running.rpc.calls;
    this.counts.rpcFailures += running.rpc.failures;
    await running.program.close().catch((error: unknown) => {
      if (!(error instanceof KilledError)) throw error;
    });
  }

  /** What a program meets on a bad line; anything else is a defect of it, and ends the year. */
  private tolerate(error: Error): void {
    const known = [RpcError, RpcUnreachableError, KilledError, Mk20Error].some((kind) => error instanceof kind);
    if (!known && (error as { retryable?: boolean }).retryable !== true) throw error;
  }

  private async look(): Promise<void> {
    this.counts.failedDeals = 0;
    const { lens, filecoin } = this.options.scene;
    const epoch = await filecoin.epoch();
    for (const { dealId } of this.options.deals) {
      const deal = await lens.dealOf(dealId);
      if (deal.state === FAILED) this.counts.failedDeals++;
      if (isOver(deal.state)) this.recoveries.over(dealId);
      if (isOver(deal.state) || deal.start === 0n) continue;
      const { shards } = await lens.healthOf(dealId);
      const seen = shards.map(({ placement: { provider, sector }, held }, shard) => ({
        shard,
        provider,
        sector,
        held,
      }));
      this.recoveries.look(dealId, epoch, deal.provenThrough, seen);
    }
  }

  /** As long as k shards can be read, the file comes back; the year ends with an error when it does not. */
  private async auditBytes(): Promise<void> {
    for (const deal of this.options.deals) {
      // The bytes of a deal that is over need not be kept.
      const { state } = await this.options.scene.lens.dealOf(deal.dealId);
      if (isOver(state)) continue;
      const readable = await this.bytes.readable(deal.shards);
      this.counts.fewestReadable = Math.min(this.counts.fewestReadable, readable);
      if (readable < deal.dataShards) {
        this.counts.daysBelowK++;
        continue;
      }
      const got = await this.options.fetch(deal.dealId).catch((cause: unknown) => {
        throw new LostBytesError(deal.dealId, readable, deal.dataShards, { cause });
      });
      this.counts.fetches++;
      if (got !== deal.sha256) throw new LostBytesError(deal.dealId, readable, deal.dataShards);
    }
  }
}
