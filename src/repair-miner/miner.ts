import type { Block } from "../filecoin/block";
import { marketAbi } from "../protocol/marketAbi";
import { countWaiting } from "../outbox/outbox";
import type { RepairDealState } from "../protocol/negotiationWire";
import type { RepairDeal } from "../store/repairDeals";
import type { Negotiation } from "./negotiation";
import type { MinerParts, Step } from "./parts";
import { STATES } from "./states";

/** What one look at every deal came to. */
export interface MinerTickReport {
  epoch: bigint;
  /** Deals by state, closed ones too. */
  deals: ReadonlyMap<RepairDealState, number>;
  moved: { deal: string; from: RepairDealState; to: RepairDealState; reason?: string }[];
  /** Deals that could not be processed, and why; the next tick tries them again. */
  problems: { deal: string; error: Error }[];
  /** Transactions on their way. */
  waiting: number;
  /** Copies of shards on their way into sectors. */
  copies: number;
  /** Of all deals on chain. */
  shards: { held: number; needed: number; total: number };
  /** The earliest of all deals. */
  nextDeadline?: bigint;
}

/** Steps of one deal in one tick: more than a life has states. */
const MAX_STEPS = 24;
/** Epochs for which an offer that nobody took is still listed. */
const FORGET_EPOCHS = 2_880n;
/** How often a tick waits for long work and looks again. */
const MAX_ROUNDS = 16;

interface MinerOptions {
  /** How long a tick waits for long work (verifying, rebuilding) before it leaves it to the next one. */
  patienceMs: number;
}

/** One repair miner: looks at every deal, one tick at a time. The chain's epoch is its clock. */
export class RepairMiner {
  private running: Promise<unknown> = Promise.resolve();

  constructor(
    readonly parts: MinerParts,
    readonly negotiation: Negotiation,
    private readonly pin: () => Promise<Block>,
    private readonly noteSealed: (at: Block) => Promise<void>,
    private readonly options: MinerOptions,
    private readonly release: () => Promise<void>,
  ) {}

  /** Ticks never overlap. */
  async tick(): Promise<MinerTickReport> {
    const mine = this.running.then(() => this.round());
    this.running = mine.catch(() => undefined);
    return mine;
  }

  async close(): Promise<void> {
    await this.running;
    await this.release();
  }

  private async round(): Promise<MinerTickReport> {
    const { parts } = this;
    const report: MinerTickReport = {
      epoch: 0n,
      deals: new Map(),
      moved: [],
      problems: [],
      waiting: 0,
      copies: 0,
      shards: { held: 0, needed: 0, total: 0 },
    };
    let at = await this.pin();
    await parts.outbox.settle(at);
    let due = new Set((await parts.deals.open()).map(({ id }) => id));
    for (let round = 0; round < MAX_ROUNDS && due.size > 0; round++) {
      await this.noteSealed(at);
      report.problems = report.problems.filter(({ deal }) => !due.has(deal));
      await this.runAll(due, report);
      // Deals that waited for work that has ended have something new to look at; the others went as far as they could.
      if (!(await parts.work.settle(this.options.patienceMs))) break;
      due = new Set((await parts.deals.open()).map(({ id }) => id).filter((id) => due.has(id)));
      at = await this.pin();
    }
    await parts.deals.forgetOffers(at.number - FORGET_EPOCHS);
    await this.payOut(at, report);
    report.waiting = countWaiting(await parts.outbox.settle(await this.pin()));
    report.copies = (await parts.deals.copiesUnderWay()).filter(({ state }) => state !== "sealed").length;
    report.epoch = at.number;
    report.deals = await parts.deals.countByState();
    this.addFigures(report);
    return report;
  }

  /** The owner's credit, where this key may and should pay it out. */
  private async payOut(at: Block, report: MinerTickReport): Promise<void> {
    const { chain, settings, policy, outbox, repairMiner } = this.parts;
    if (settings.withdrawTo === undefined) return;
    try {
      const { address } = outbox;
      if ((await chain.minerByActor(repairMiner, at.number))?.owner !== address) return;
      const credit = await chain.creditOf(address, at.number);
      if (credit === 0n || credit < policy.minWithdrawAtto) return;
      const data = marketAbi.encodeFunctionData("withdraw", [settings.withdrawTo]);
      const reason = `withdraw: ${credit} attoFIL of credit`;
      await outbox.sendAndLook({ to: chain.addresses.market, data, reason, single: true }, at);
    } catch (error) {
      report.problems.push({ deal: "credit", error: error as Error });
    }
  }

  private addFigures(report: MinerTickReport): void {
    for (const { shards, order, deadline } of this.parts.seen.values()) {
      report.shards.held += shards.filter(({ held }) => held).length;
      report.shards.needed += order.dataShards;
      report.shards.total += order.totalShards;
      const earlier = report.nextDeadline === undefined || (deadline !== undefined && deadline < report.nextDeadline);
      if (deadline !== undefined && earlier) report.nextDeadline = deadline;
    }
  }

  /** All at the same time; an error of one deal is logged and does not stop the others. */
  private async runAll(ids: ReadonlySet<string>, report: MinerTickReport): Promise<void> {
    await Promise.all(
      [...ids].map(async (id) => {
        try {
          await this.runDeal(id, report);
        } catch (error) {
          report.problems.push({ deal: id, error: error as Error });
          this.parts.log.warn(
            { deal: id, error: (error as Error).message },
            "a deal could not be processed; the next tick tries again",
          );
        }
      }),
    );
  }

  private async runDeal(id: string, report: MinerTickReport): Promise<void> {
    for (let steps = 0; steps < MAX_STEPS; steps++) {
      const deal = await this.parts.deals.get(id);
      const state = deal === undefined ? undefined : STATES[deal.state];
      if (deal === undefined || state === undefined) return;
      const at = await this.pin();
      if (deal.bidId !== null && (await this.isWaiting(deal, at))) return;
      const step = await state.run(this.parts, deal, at);
      if (step === undefined) return;
      await this.take(deal, step, report);
    }
  }

  /** A transaction about the deal whose effect is not believed yet: deciding now would be deciding twice. */
  private async isWaiting({ bidId }: RepairDeal, at: Block): Promise<boolean> {
    const { outbox } = this.parts;
    const about = { requestId: bidId!, data: "" };
    if ((await outbox.underWay(about)) === undefined) return false;
    await outbox.settle(at);
    return (await outbox.underWay(about)) !== undefined;
  }

  private async take(deal: RepairDeal, step: Step, report: MinerTickReport): Promise<void> {
    const { deals, shards, log } = this.parts;
    const { to, reason, change } = step;
    const moved = await deals.change(deal.id, deal.state, {
      state: to,
      ...change,
      ...(STATES[to] === undefined ? { doing: "[]" } : {}),
      ...(reason === undefined ? {} : { reason }),
    });
    if (STATES[to] === undefined) {
      await shards.drop(deal.id);
      this.parts.seen.delete(deal.id);
    }
    if (!moved || to === deal.state) return;
    report.moved.push({ deal: deal.id, from: deal.state, to, ...(reason === undefined ? {} : { reason }) });
    log.info({ deal: deal.id, from: deal.state, to, reason }, "the deal's state changed");
  }
}
