import type { RepairParameters } from "../protocol/parameters/repairMarket";
import type { DealView, ShardView } from "../protocol/repairRecords";

/** Something that has to be done, and why. */
export interface Due {
  shard?: number;
  what: "place" | "prove" | "report" | "cure" | "rebuild" | "renew" | "slash" | "prove-loss" | "settle";
  why: string;
  /** Last epoch at which it still helps. */
  by?: bigint;
}

/** What has to be done for a deal, by its miner or by anyone, and why; the most urgent first. */
export function dueOf(deal: DealView, shards: readonly ShardView[], rules: RepairParameters, epoch: bigint): Due[] {
  if (deal.state === "placing") return placingDue(deal, shards);
  if (deal.state !== "active" && deal.state !== "repairing") return [];
  const due = [...slashDue(deal, shards, rules, epoch)];
  if (epoch <= deal.end) due.push(...shards.flatMap((shard) => shardDue(deal, shard, rules, epoch)));
  if (isSettled(deal, rules, epoch)) due.push({ what: "settle", why: `its term ended at epoch ${deal.end}` });
  else if (deal.provenThrough < deal.end && deal.deadline !== undefined && deal.strikesDue === 0)
    due.push(proofDue(deal));
  return due;
}

function placingDue(deal: DealView, shards: readonly ShardView[]): Due[] {
  const by = deal.deadline;
  if (deal.strikesDue > 0) return [{ what: "slash", why: `not placed by epoch ${by}: the deal has failed` }];
  const missing = shards.filter(({ placement }) => placement.kind === "none");
  if (missing.length === 0)
    return [{ what: "prove", why: "all shards are placed: the first proof starts the deal's term", by }];
  return missing.map(({ shard }) => ({ shard, what: "place", why: "it is in no sector yet", by }));
}

function slashDue(deal: DealView, shards: readonly ShardView[], rules: RepairParameters, epoch: bigint): Due[] {
  const due: Due[] = [];
  const gone = shards.filter(
    ({ status, placement }) =>
      status === "dead" && placement.markedAt !== 0n && epoch > placement.markedAt + rules.repairWindow,
  );
  const spare = deal.order.totalShards - deal.order.dataShards;
  if (gone.length > spare) {
    const names = gone.map(({ shard }) => shard).join(", ");
    due.push({
      what: "prove-loss",
      why: `shards ${names} are dead and their repair windows are over; at most ${spare} shards may be lost`,
    });
  }
  if (deal.strikesDue > 0) {
    const strikes = deal.strikesDue === 1 ? "a strike is" : `${deal.strikesDue} strikes are`;
    due.push({ what: "slash", why: `${strikes} due since epoch ${deal.deadline} passed` });
  }
  return due;
}

function shardDue(deal: DealView, view: ShardView, rules: RepairParameters, epoch: bigint): Due[] {
  const { shard, placement, status, held } = view;
  const marked = placement.markedAt !== 0n;
  const by = marked ? placement.markedAt + rules.repairWindow : undefined;
  if (marked && held) return [{ shard, what: "cure", why: "its sector is active again", by }];
  if (held) {
    const ends = placement.validUntil < deal.end && placement.validUntil <= epoch + rules.provingPeriod;
    const why = `its sector is committed to hold it only until epoch ${placement.validUntil}; the deal ends at epoch ${deal.end}`;
    return ends ? [{ shard, what: "renew", why, by: placement.validUntil }] : [];
  }
  if (deal.provenThrough >= deal.end) return [];
  const where = `sector ${placement.sector} of f0${placement.provider}`;
  const why =
    epoch > placement.validUntil
      ? `its sector's commitment ended at epoch ${placement.validUntil}`
      : `${where} is ${status}`;
  if (marked) return [{ shard, what: "rebuild", why: `${why}; reported at epoch ${placement.markedAt}`, by }];
  // A sector that proves nothing at all cannot be reported.
  if (status === "unproven" && epoch <= placement.validUntil) return [{ shard, what: "rebuild", why }];
  return [
    { shard, what: "rebuild", why },
    { shard, what: "report", why },
  ];
}

function proofDue(deal: DealView): Due {
  return { what: "prove", why: `proven through epoch ${deal.provenThrough} of ${deal.end}`, by: deal.deadline };
}

function isSettled(deal: DealView, rules: RepairParameters, epoch: bigint): boolean {
  return epoch > (deal.provenThrough >= deal.end ? deal.end : deal.end + rules.finalWindow);
}
