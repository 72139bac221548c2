import { afterCure, requireLive } from "./placing";
import { actorOf, bidOf, wrongState } from "./records";
import { market } from "./refusal";
import type { Sectors } from "./sectors";
import { close, deadlineOf, fail, strikesDue, takeStrikes, wouldFail } from "./slashing";
import {
  type Bid,
  type Call,
  type Deal,
  endOf,
  type Hex,
  marked,
  type MarketState,
  NEVER,
  NOBODY,
  type Shard,
} from "./state";

export interface ShardAt {
  shard: number;
  location: Hex;
}

/** Proofs, losses, cures, and the two ends of a deal. */

/** `locations` may be too few or too many. */
export function proveRepair(
  m: MarketState,
  world: Sectors,
  call: Call,
  id: number,
  shards: number[],
  locations: Hex[],
): void {
  const bid = bidOf(m, id);
  const deal = requireLive(m, bid, call.now);
  const begun = deal.state === "active";
  if (begun && wouldFail(m, bid, deal, call.now)) {
    takeStrikes(m, bid, deal, call.now, NOBODY);
    return;
  }
  if (shards.length !== locations.length) market("LengthsDiffer", shards.length, locations.length);
  shards.forEach((shard, index) => {
    if (shard >= bid.totalShards) market("ShardOutOfRange", bid.totalShards, shard);
    if (shards.indexOf(shard) < index) market("ShardRepeated", shard);
    requireActive(world, call.now, bid, deal, { shard, location: locations[index]! });
  });
  if (begun) takeStrikes(m, bid, deal, call.now, NOBODY);
  const marksBefore = marked(deal).length;
  for (const shard of shards) {
    deal.shards[shard]!.lastProof = call.now;
    deal.shards[shard]!.markedAt = 0;
  }
  if (marked(deal).length < marksBefore) afterCure(m, deal);
  if (begun) advance(m, bid, deal);
  else begin(m, deal, call.now);
}

function requireActive(world: Sectors, now: number, bid: Bid, deal: Deal, at: ShardAt): void {
  const held = deal.shards[at.shard]!;
  if (held.kind === "none") market("ShardNotPlaced", at.shard);
  const bound = deal.state === "active" ? Math.min(now, endOf(bid, deal)) : now;
  if (held.validUntil < bound) market("PastValidUntil", at.shard, held.validUntil);
  if (!world.confirms(held.provider, held.sector, "active", at.location, now)) market("NotProvenActive", at.shard);
}

const oldestProof = (deal: Deal) => Math.min(...deal.shards.map((shard) => shard.lastProof));

/** The term begins once every shard was proven within the last proving period. */
function begin(m: MarketState, deal: Deal, now: number): void {
  const oldest = oldestProof(deal);
  if (oldest === 0 || now - oldest > m.rules.provingPeriod) return;
  deal.state = "active";
  deal.start = now;
  deal.provenThrough = now;
  deal.deadline = now + m.rules.provingPeriod;
}

/** The deal is proven through its oldest proof; near its end, to its end. */
function advance(m: MarketState, bid: Bid, deal: Deal): void {
  const { finalWindow, provingPeriod } = m.rules;
  const end = endOf(bid, deal);
  const proof = oldestProof(deal);
  if (deal.provenThrough >= end || proof <= deal.provenThrough || proof < deal.freshAfter) return;
  const upTo = Math.min(proof, end);
  const boundToEnd = deal.shards.every((shard) => shard.validUntil >= end);
  const covered = boundToEnd && end - proof <= finalWindow ? end : upTo;
  deal.provenEpochs += covered - (deal.lapsed ? upTo : deal.provenThrough);
  deal.provenThrough = covered;
  deal.lapsed = false;
  if (end - covered <= finalWindow) deal.deadline = NEVER;
  else deal.deadline = proof + provingPeriod > end ? end + finalWindow : proof + provingPeriod;
}

function begunDeal(bid: Bid): Deal {
  return bid.deal?.state === "active" ? bid.deal : wrongState(bid);
}

export function reportLoss(m: MarketState, world: Sectors, call: Call, id: number, at: ShardAt): void {
  const bid = bidOf(m, id);
  const deal = begunDeal(bid);
  const end = endOf(bid, deal);
  if (call.now > end || deal.provenThrough >= end) market("DealOver", end);
  const shard: Shard | undefined = deal.shards[at.shard];
  if (shard === undefined || shard.kind === "none") return market("ShardNotPlaced", at.shard);
  if (shard.markedAt > 0) market("AlreadyMarked", at.shard);
  const lost = (["faulty", "dead"] as const).some((status) =>
    world.confirms(shard.provider, shard.sector, status, at.location, call.now),
  );
  if (call.now <= shard.validUntil && !lost) market("NotProvenLost", at.shard);
  const by = call.now + m.rules.repairWindow;
  if (marked(deal).length === 0) {
    deal.reporter = call.from;
    deal.repairBy = by;
  }
  deal.repairBy = Math.min(deal.repairBy, by);
  shard.markedAt = call.now;
}

export function cure(m: MarketState, world: Sectors, call: Call, id: number, at: ShardAt): void {
  const bid = bidOf(m, id);
  begunDeal(bid);
  const deal = requireLive(m, bid, call.now);
  if (!wouldFail(m, bid, deal, call.now)) {
    if ((deal.shards[at.shard]?.markedAt ?? 0) === 0) market("NotMarked", at.shard);
    requireActive(world, call.now, bid, deal, at);
  }
  if (takeStrikes(m, bid, deal, call.now, NOBODY)) return;
  deal.shards[at.shard]!.markedAt = 0;
  deal.shards[at.shard]!.lastProof = call.now;
  afterCure(m, deal);
}

export function slashRepairMiner(
  m: MarketState,
  world: Sectors,
  call: Call,
  o: { actor: Hex; id: number; evidence: ShardAt[] },
): void {
  const bid = bidOf(m, o.id);
  const actor = actorOf(m, bid);
  if (o.actor !== actor) market("WrongMiner", actor, o.actor);
  const deal = bid.deal;
  if (deal?.state === "placing") {
    if (call.now <= deal.deadline) market("NothingToSlash", deal.deadline);
    fail(m, bid, deal, call.from);
    return;
  }
  if (deal?.state !== "active") return wrongState(bid);
  if (o.evidence.length > 0) {
    requireDataLost(m, world, call.now, bid, deal, o.evidence);
    fail(m, bid, deal, call.from);
    return;
  }
  if (strikesDue(m, bid, deal, call.now).due === 0) market("NothingToSlash", deadlineOf(bid, deal));
  takeStrikes(m, bid, deal, call.now, call.from);
}

/** More shards than the code can spare are dead, and the time to repair each of them is over. */
function requireDataLost(m: MarketState, world: Sectors, now: number, bid: Bid, deal: Deal, evidence: ShardAt[]): void {
  const spare = bid.totalShards - bid.dataShards;
  if (evidence.length <= spare) market("StillRecoverable", evidence.length, spare);
  evidence.forEach(({ shard, location }, index) => {
    if (evidence.findIndex((other) => other.shard === shard) < index) market("ShardRepeated", shard);
    const held = deal.shards[shard];
    if (held === undefined || held.markedAt === 0) return market("NotMarked", shard);
    const until = held.markedAt + m.rules.repairWindow;
    if (now <= until) market("RepairWindowOpen", shard, until);
    if (!world.confirms(held.provider, held.sector, "dead", location, now)) market("NotProvenLost", shard);
  });
}

export function settle(m: MarketState, call: Call, id: number): void {
  const bid = bidOf(m, id);
  const deal = begunDeal(bid);
  const end = endOf(bid, deal);
  const last = deal.provenThrough >= end ? end : end + m.rules.finalWindow;
  if (call.now <= last) market("NotOver", last);
  if (takeStrikes(m, bid, deal, call.now, NOBODY)) return;
  close(m, bid, deal, "finished");
}
