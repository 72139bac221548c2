import type { RepairState } from "../protocol/enums";
import type { RepairParameters } from "../protocol/parameters/repairMarket";
import { type Due, dueOf } from "./repairDue";
import type { DealView, ShardView } from "../protocol/repairRecords";

/**
 * From the worst on. lost: the code can no longer restore the data · failing: strikes are due, or fewer shards than
 * needed are held · repairing: shards are lost · attention: something is due soon · fine · over.
 */
export const URGENCIES = ["lost", "failing", "repairing", "attention", "fine", "over"] as const;
export type Urgency = (typeof URGENCIES)[number];

/** The chain's time. */
export interface Moment {
  epoch: bigint;
  /** Seconds since 1970 at that epoch. */
  timestamp: bigint;
}

export interface DealHealth {
  dealId: bigint;
  state: RepairState;
  urgency: Urgency;
  /** Shards in active sectors that are committed to hold them. */
  good: number;
  /** k: as many restore the data. */
  needed: number;
  /** n */
  total: number;
  /** Distinct ones that hold good shards. */
  providers: number;
  /** (providers − k) / (n − k): 1 is as safe as it can be, 0 the last provider that may be lost, below that none may. */
  margin: number;
  deadline?: { epoch: bigint; at: Date };
  /** Shards reported lost, and by when each must be cured. */
  marks: { shard: number; since: bigint; cureBy: bigint }[];
  strikes: number;
  strikesDue: number;
  due: Due[];
}

/** A deadline within so many epochs needs attention: a day. */
export const SOON_EPOCHS = 2_880n;
const EPOCH_SECONDS = 30n;

/** The health of a deal, from what the lens shows of it at `now`. Pure. */
export function healthOf(
  deal: DealView,
  shards: readonly ShardView[],
  rules: RepairParameters,
  now: Moment,
): DealHealth {
  const { dataShards: needed, totalShards: total, progress } = deal.order;
  const held = shards.filter((shard) => shard.held);
  const providers = new Set(held.map(({ placement }) => placement.provider)).size;
  const due = dueOf(deal, shards, rules, now.epoch);
  return {
    dealId: deal.dealId,
    state: deal.state,
    urgency: urgencyOf(deal, shards, due, now.epoch),
    good: held.length,
    needed,
    total,
    providers,
    margin: (providers - needed) / (total - needed),
    ...(isOver(deal) || deal.deadline === undefined
      ? {}
      : { deadline: { epoch: deal.deadline, at: timeOf(deal.deadline, now) } }),
    marks: shards
      .filter(({ placement }) => placement.markedAt !== 0n && !isOver(deal))
      .map(({ shard, placement: { markedAt } }) => ({ shard, since: markedAt, cureBy: markedAt + rules.repairWindow })),
    strikes: progress.strikes,
    strikesDue: deal.strikesDue,
    due,
  };
}

/** The most urgent first; then by deadline, then by margin. */
export function byUrgency(a: DealHealth, b: DealHealth): number {
  const never = 1n << 64n;
  const [deadlineA, deadlineB] = [a.deadline?.epoch ?? never, b.deadline?.epoch ?? never];
  return (
    URGENCIES.indexOf(a.urgency) - URGENCIES.indexOf(b.urgency) ||
    (deadlineA < deadlineB ? -1 : deadlineA > deadlineB ? 1 : 0) ||
    a.margin - b.margin ||
    Number(a.dealId - b.dealId)
  );
}

/** When an epoch is, by the clock. */
export function timeOf(epoch: bigint, now: Moment): Date {
  return new Date(Number(now.timestamp + (epoch - now.epoch) * EPOCH_SECONDS) * 1_000);
}

export function isOver({ state }: Pick<DealView, "state">): boolean {
  return state !== "placing" && state !== "active" && state !== "repairing";
}

function urgencyOf(deal: DealView, shards: readonly ShardView[], due: readonly Due[], epoch: bigint): Urgency {
  const { dataShards, totalShards } = deal.order;
  if (isOver(deal)) return "over";
  if (shards.filter(({ status }) => status === "dead").length > totalShards - dataShards) return "lost";
  if (deal.strikesDue > 0) return "failing";
  if (deal.state !== "placing") {
    if (epoch <= deal.end && shards.filter(({ held }) => held).length < dataShards) return "failing";
    if (deal.state === "repairing" || due.some(({ what }) => what === "rebuild" || what === "report"))
      return "repairing";
  }
  const soon = deal.deadline !== undefined && deal.deadline <= epoch + SOON_EPOCHS;
  return soon || due.some(({ what }) => what === "settle" || what === "renew") ? "attention" : "fine";
}
