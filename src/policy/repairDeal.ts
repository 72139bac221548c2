import type { CopyPurpose } from "../protocol/dealRecords";
import { isPlaced, type RepairDealView, type ShardView } from "../protocol/repairRecords";
import type { CopyView, RepairRules, RepairSettings } from "./repairTerms";

export type RepairDecision =
  /** Bring a copy of a shard to a provider. */
  | { kind: "copy"; shard: number; purpose: CopyPurpose; reason: string }
  /** Register sealed copies with the market. */
  | { kind: "register"; copies: CopyView[]; reason: string }
  | { kind: "prove"; shards: number[]; reason: string }
  | { kind: "cure"; shards: number[]; reason: string }
  | { kind: "settle"; reason: string }
  | { kind: "withdraw"; reason: string }
  /** Nothing to do about it now, and why. */
  | { kind: "wait"; shard?: number; reason: string };

/** At most one decision that takes a transaction comes back, the most urgent; copies go out beside it. */
export function decideRepair(
  deal: RepairDealView,
  copies: readonly CopyView[],
  rules: RepairRules,
  settings: RepairSettings,
  now: bigint,
): RepairDecision[] {
  const over = decideEnd(deal, rules, now);
  if (over !== undefined) return [over];
  const shards = deal.shards.map((shard) => decideShard({ deal, shard, copies, rules, settings, now }));
  const transaction =
    decideProof(deal, rules, settings, now) ??
    decideRegister(deal, copies, settings, now) ??
    decideCure(deal) ??
    decideWithdraw(deal, settings);
  return [...(transaction === undefined ? [] : [transaction]), ...shards.filter((it) => it !== undefined)];
}

/** True while a shard is not held or is reported lost. */
export function isDamaged(deal: RepairDealView): boolean {
  return deal.shards.some(({ held, placement }) => !held || placement.markedAt !== 0n);
}

function decideEnd(deal: RepairDealView, rules: RepairRules, now: bigint): RepairDecision | undefined {
  if (deal.state === "placing" && deal.deadline !== undefined && now > deal.deadline)
    return { kind: "wait", reason: `it was not placed by epoch ${deal.deadline}: the deal has failed` };
  if (deal.start === 0n || now <= deal.end) return undefined;
  if (deal.provenThrough >= deal.end) return { kind: "settle", reason: `proven to its end at epoch ${deal.end}` };
  const last = deal.end + rules.finalWindow;
  if (now > last) return { kind: "settle", reason: `its final window closed at epoch ${last}` };
  return undefined;
}

// ───────────────────────────── Proofs ─────────────────────────────

function decideProof(
  deal: RepairDealView,
  rules: RepairRules,
  settings: RepairSettings,
  now: bigint,
): RepairDecision | undefined {
  const why = proofDue(deal, rules, settings, now);
  if (why === undefined || deal.shards.some(({ held }) => !held)) return undefined;
  return { kind: "prove", shards: shardsToProve(deal, rules, settings, now), reason: why };
}

/** All at once when one transaction can; else those that this round has not proven yet. */
function shardsToProve(deal: RepairDealView, rules: RepairRules, settings: RepairSettings, now: bigint): number[] {
  const provenBefore = (epoch: bigint) =>
    deal.shards.filter(({ placement }) => placement.provenAt <= epoch).map(({ shard }) => shard);
  // A placement counts as its shard's proof for a proving period: a new deal needs no other one to start.
  if (deal.state === "placing") return provenBefore(now - rules.provingPeriod / 2n).slice(0, settings.proveBatch);
  if (deal.shards.length <= settings.proveBatch) return deal.shards.map(({ shard }) => shard);
  return provenBefore(now - settings.proveMarginEpochs).slice(0, settings.proveBatch);
}

function proofDue(deal: RepairDealView, rules: RepairRules, settings: RepairSettings, now: bigint): string | undefined {
  if (deal.state === "placing") return "all shards are placed: the first proof starts the deal's term";
  if (deal.provenThrough >= deal.end) return undefined;
  if (now + rules.finalWindow >= deal.end) return `a proof now covers to the end at epoch ${deal.end}`;
  const { deadline } = deal;
  if (deadline === undefined || now + settings.proveMarginEpochs < deadline) return undefined;
  return `the deadline is epoch ${deadline}`;
}

// ───────────────────────────── Transactions about shards ─────────────────────────────

function decideRegister(
  deal: RepairDealView,
  copies: readonly CopyView[],
  settings: RepairSettings,
  now: bigint,
): RepairDecision | undefined {
  const chosen = deal.shards.flatMap((shard) => {
    const ready = copies
      .filter((copy) => copy.shard === shard.shard && copy.sector?.status === "active")
      .sort((a, b) => Number(b.sector!.validUntil - a.sector!.validUntil));
    const best = ready[0];
    return best !== undefined && wantsCopy(deal, shard, best, settings, now) ? [best] : [];
  });
  if (chosen.length === 0) return undefined;
  const waiting = copies.some(({ shard, state }) => state !== "sealed" && !isPlaced(deal.shards[shard]!));
  const full = chosen.length >= settings.placeBatch;
  // Registered together they cost half: while no deadline is near, the batch waits for more copies.
  if (deal.state === "placing" && waiting && !full && !isDeadlineNear(deal, settings, now)) return undefined;
  const list = chosen.map(({ shard }) => shard).join(", ");
  const reason = `sealed: shard${chosen.length === 1 ? "" : "s"} ${list}`;
  return { kind: "register", copies: chosen.slice(0, settings.placeBatch), reason };
}

function wantsCopy(
  deal: RepairDealView,
  shard: ShardView,
  copy: CopyView,
  settings: RepairSettings,
  now: bigint,
): boolean {
  const until = copy.sector!.validUntil;
  if (until <= now) return false;
  if (!shard.held) return true;
  return expiresSoon(deal, shard, settings, now) && until > shard.placement.validUntil;
}

function decideCure(deal: RepairDealView): RepairDecision | undefined {
  const healed = deal.shards
    .filter(({ held, placement }) => held && placement.markedAt !== 0n)
    .map(({ shard }) => shard);
  if (healed.length === 0) return undefined;
  return { kind: "cure", shards: healed, reason: `reported lost and active again: ${healed.join(", ")}` };
}

function decideWithdraw(deal: RepairDealView, settings: RepairSettings): RepairDecision | undefined {
  if (deal.withdrawableAtto === 0n || deal.withdrawableAtto < settings.minWithdrawAtto) return undefined;
  return { kind: "withdraw", reason: `${deal.withdrawableAtto} attoFIL are earned` };
}

// ───────────────────────────── Copies ─────────────────────────────

interface ShardCase {
  deal: RepairDealView;
  shard: ShardView;
  copies: readonly CopyView[];
  rules: RepairRules;
  settings: RepairSettings;
  now: bigint;
}

function decideShard(given: ShardCase): RepairDecision | undefined {
  const { deal, shard, copies, settings, now } = given;
  const need = needOf(given);
  if (need === undefined) return undefined;
  const under = copies.find((copy) => copy.shard === shard.shard && copy.state !== "sealed");
  const sealed = copies.find(
    (copy) =>
      copy.shard === shard.shard && copy.sector?.status === "active" && wantsCopy(deal, shard, copy, settings, now),
  );
  const copy = under ?? sealed;
  if (copy !== undefined) {
    const where = `f0${copy.provider}`;
    const stage = copy.state === "sealed" ? `sealed by ${where}` : `on its way to ${where}`;
    return { kind: "wait", shard: shard.shard, reason: `${need.reason}; a copy is ${stage}` };
  }
  if (!need.now) return { kind: "wait", shard: shard.shard, reason: need.reason };
  return { kind: "copy", shard: shard.shard, purpose: need.purpose, reason: need.reason };
}

function needOf({
  deal,
  shard,
  settings,
  now,
}: ShardCase): { purpose: CopyPurpose; now: boolean; reason: string } | undefined {
  if (!isPlaced(shard)) return { purpose: "place", now: true, reason: "it is in no sector yet" };
  const ending = deal.start !== 0n && deal.provenThrough >= deal.end;
  if (ending) return undefined;
  if (shard.held) {
    if (!expiresSoon(deal, shard, settings, now)) return undefined;
    const { provider, validUntil } = shard.placement;
    return {
      purpose: "renew",
      now: true,
      reason: `f0${provider} is committed to hold it only until epoch ${validUntil}`,
    };
  }
  return { purpose: "repair", ...whenToRepair(deal, shard, settings, now) };
}

/** A fault may recover by itself: waits for that, unless time or shards run short. */
function whenToRepair(
  deal: RepairDealView,
  shard: ShardView,
  settings: RepairSettings,
  now: bigint,
): { now: boolean; reason: string } {
  const { provider, sector, validUntil } = shard.placement;
  const where = `sector ${sector} of f0${provider}`;
  if (shard.status === "dead") return { now: true, reason: `${where} is dead` };
  if (shard.status === "active") return { now: true, reason: `${where} was committed only until epoch ${validUntil}` };
  const since = shard.lostSince ?? now;
  const what = `${where} ${shard.status === "faulty" ? "is faulty" : "has no proven status"} since epoch ${since}`;
  // A shard whose miner actor gives no answer is not counted as lost.
  const left = deal.shards.filter((one) => one.held || one.status === "unproven").length;
  const { dataShards, totalShards } = deal.order;
  // Less than half of what the code can spare is left.
  if (2 * (left - dataShards) < totalShards - dataShards)
    return { now: true, reason: `${what}, and only ${left} shards are left (${dataShards} are needed)` };
  if (isDeadlineNear(deal, settings, now))
    return { now: true, reason: `${what}, and the deadline is epoch ${deal.deadline}` };
  if (now - since >= settings.faultPatienceEpochs) return { now: true, reason: `${what} and has not recovered` };
  const until = since + settings.faultPatienceEpochs;
  return { now: false, reason: `${what}; it may recover until epoch ${until}` };
}

function isDeadlineNear(deal: RepairDealView, settings: RepairSettings, now: bigint): boolean {
  return deal.deadline !== undefined && now + settings.placeLeadEpochs >= deal.deadline;
}

function expiresSoon(deal: RepairDealView, shard: ShardView, settings: RepairSettings, now: bigint): boolean {
  const { validUntil } = shard.placement;
  if (deal.start !== 0n && validUntil >= deal.end) return false;
  return validUntil <= now + settings.renewLeadEpochs;
}
