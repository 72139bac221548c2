import { marketAbi } from "../protocol/marketAbi";
import { type DealView, NO_ADDRESS, type ShardView } from "../protocol/repairRecords";
import type { RepairParameters } from "../protocol/parameters/repairMarket";
import { reporterShareAtto, slasherShareAtto, strikesDueAtto } from "./watcherRewards";

/** Something that anyone may do, for a reward. */
export interface Opportunity {
  /** The same thing to do has the same key, whenever it is found. */
  key: string;
  kind: "strikes" | "loss" | "report" | "acceptance" | "withdraw";
  /** The deal, or the bid of an acceptance. */
  dealId?: bigint;
  /** What the watcher may expect to be credited. */
  rewardAtto: bigint;
  why: string;
  /** Calldata for the market. */
  data: string;
}

interface FindTerms {
  rules: RepairParameters;
  epoch: bigint;
  /** The watcher's own address. */
  self: string;
  /** Percentage of reported losses that a strike is expected to follow. */
  lossOddsPercent: bigint;
}

/** What can be earned with a deal now. Pure; `shards` is empty when they were not read. */
export function findIn(deal: DealView, shards: readonly ShardView[], terms: FindTerms): Opportunity[] {
  if (deal.state === "placing") return strikes(deal, terms);
  if (deal.state !== "active" && deal.state !== "repairing") return [];
  const loss = provenLoss(deal, shards, terms);
  // A loss takes the whole stake: nothing is left for anything else.
  return loss.length > 0 ? loss : [...strikes(deal, terms), ...reports(deal, shards, terms)];
}

function strikes(deal: DealView, { rules, self }: FindTerms): Opportunity[] {
  const { dealId, strikesDue, repairMiner, order } = deal;
  if (strikesDue === 0) return [];
  const taken = strikesDueAtto(deal, strikesDue, rules);
  const what = deal.state === "placing" ? "it was not placed in time" : `${strikesDue} due`;
  return [
    {
      key: `strikes/${dealId}`,
      kind: "strikes",
      dealId,
      rewardAtto: slasherShareAtto(taken, order.reporter, self, rules),
      why: `${what}: ${taken} attoFIL of the stake are slashed`,
      data: marketAbi.encodeFunctionData("slashRepairMiner", [repairMiner, dealId, []]),
    },
  ];
}

/** More shards are dead than the code can spare, and the time to rebuild them is over. */
function provenLoss(deal: DealView, shards: readonly ShardView[], { rules, epoch, self }: FindTerms): Opportunity[] {
  const { dealId, repairMiner, stakeAtto, order } = deal;
  const dead = shards.filter(
    ({ status, placement }) =>
      status === "dead" && placement.markedAt !== 0n && epoch > placement.markedAt + rules.repairWindow,
  );
  const spare = order.totalShards - order.dataShards;
  if (dead.length <= spare) return [];
  const evidence = dead.slice(0, spare + 1).map(({ shard, location }) => ({ shard, location }));
  return [
    {
      key: `loss/${dealId}`,
      kind: "loss",
      dealId,
      rewardAtto: slasherShareAtto(stakeAtto, order.reporter, self, rules),
      why: `${dead.length} shards are dead after their repair windows, at most ${spare} may be: the whole stake is slashed`,
      data: marketAbi.encodeFunctionData("slashRepairMiner", [repairMiner, dealId, evidence]),
    },
  ];
}

/** Only the first report of a loss is rewarded; later ones pay when they make up the proof that the data is lost. */
function reports(deal: DealView, shards: readonly ShardView[], terms: FindTerms): Opportunity[] {
  const { rules, epoch, self, lossOddsPercent } = terms;
  const { dealId, order } = deal;
  if (epoch > deal.end || deal.provenThrough >= deal.end) return [];
  const reportable = shards.filter((shard) => isReportable(shard, epoch));
  const dead = shards.filter(({ status }) => status === "dead");
  const unmarkedDead = reportable.filter(({ status }) => status === "dead");
  if (dead.length > order.totalShards - order.dataShards && unmarkedDead.length > 0) {
    const reporter = order.reporter === NO_ADDRESS ? self : order.reporter;
    const share = (slasherShareAtto(deal.stakeAtto, reporter, self, rules) * lossOddsPercent) / 100n;
    const each = share / BigInt(unmarkedDead.length);
    return unmarkedDead.map((shard) =>
      report(dealId, shard, each, epoch, "one of the losses that make the data unrecoverable"),
    );
  }
  if (order.progress.marks > 0) return [];
  // Dead ones first: a dead sector does not recover by itself.
  const [first] = [...unmarkedDead, ...reportable];
  if (first === undefined) return [];
  return [
    report(dealId, first, reporterShareAtto(deal, rules, lossOddsPercent), epoch, "the deal's first reported loss"),
  ];
}

function report(dealId: bigint, view: ShardView, rewardAtto: bigint, epoch: bigint, what: string): Opportunity {
  const { shard, placement, status, location } = view;
  const how =
    epoch > placement.validUntil ? `past its commitment, which ended at epoch ${placement.validUntil}` : status;
  return {
    key: `report/${dealId}/${shard}`,
    kind: "report",
    dealId,
    rewardAtto,
    why: `shard ${shard} in sector ${placement.sector} of f0${placement.provider} is ${how}; ${what}`,
    data: marketAbi.encodeFunctionData("reportLoss", [dealId, shard, location]),
  };
}

function isReportable({ placement, status }: ShardView, epoch: bigint): boolean {
  if (placement.kind === "none" || placement.markedAt !== 0n) return false;
  return epoch > placement.validUntil || status === "faulty" || status === "dead";
}
