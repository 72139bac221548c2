import { valuesOf } from "../../../src/protocol/enums";
import { actorOf, bidOf, wrongState } from "./records";
import { market } from "./refusal";
import type { Sectors } from "./sectors";
import { takeStrikes, wouldFail } from "./slashing";
import {
  type Bid,
  type Call,
  type Deal,
  endOf,
  type Hex,
  isOpen,
  marked,
  type MarketState,
  NO_HASH,
  NOBODY,
  type PlacementKind,
  type Shard,
} from "./state";
import { allowListHas, type NodeProof, treeHas } from "./trees";

/** In the order of the checks, as the interface numbers them. */
const Fault = valuesOf("PlacementFault");

/** Claims may be dropped in a sector's last 30 days. */
const DROP_WINDOW = 86_400;

export interface ShardPlacement {
  shard: number;
  shardRoot: Hex;
  inData: NodeProof;
  kind: PlacementKind;
  provider: number;
  sector: number;
  dealId: number;
  pieceRoot: Hex;
  pieceHeight: number;
  inPiece: NodeProof;
  location: Hex;
  fullTerm: boolean;
  allowed: Hex[];
}

/** The deal may be placed and proven at this epoch. */
export function requireLive(m: MarketState, bid: Bid, now: number): Deal {
  const deal = bid.deal;
  if (deal === undefined || !isOpen(deal)) return wrongState(bid);
  if (deal.state === "placing") {
    if (now > deal.deadline) market("PlacementDeadlineMissed", deal.deadline);
    return deal;
  }
  const last = endOf(bid, deal) + m.rules.finalWindow;
  if (now > last) market("DealOver", last);
  return deal;
}

export function placeShards(m: MarketState, world: Sectors, call: Call, id: number, given: ShardPlacement[]): void {
  const bid = bidOf(m, id);
  const actor = actorOf(m, bid);
  if (call.from !== actor) market("NotMiner", actor, call.from);
  const deal = requireLive(m, bid, call.now);
  const open = deal.state === "active";
  if (open && wouldFail(m, bid, deal, call.now)) {
    takeStrikes(m, bid, deal, call.now, NOBODY);
    return;
  }
  const until = given.map((p) => believedUntil(m, world, call.now, bid, deal, p));
  const shards = deal.shards.map((shard) => ({ ...shard }));
  given.forEach((p, index) => {
    requireOwnCopy(m, bid, shards, p);
    shards[p.shard] = {
      ...{ kind: p.kind, provider: p.provider, sector: p.sector, dealId: p.dealId, root: p.shardRoot },
      ...{ validUntil: until[index]!, lastProof: call.now, markedAt: 0 },
    };
  });
  if (open) takeStrikes(m, bid, deal, call.now, NOBODY);
  const marksBefore = marked(deal).length;
  deal.shards = shards;
  if (marked(deal).length < marksBefore) afterCure(m, deal);
}

/** With marks gone, the next loss's window holds; without any, the proving deadline alone. */
export function afterCure(m: MarketState, deal: Deal): void {
  const left = marked(deal);
  if (left.length === 0) {
    deal.reporter = NOBODY;
    return;
  }
  const next = Math.min(...left.map((shard) => shard.markedAt)) + m.rules.repairWindow;
  deal.repairBy = Math.max(deal.repairBy, next);
}

function believedUntil(m: MarketState, world: Sectors, now: number, bid: Bid, deal: Deal, p: ShardPlacement): number {
  const refused = (fault: bigint) => market("PlacementInvalid", p.shard, fault);
  if (p.shard >= bid.totalShards) market("ShardOutOfRange", bid.totalShards, p.shard);
  if (p.kind === "none") refused(Fault.BadKind);
  if (p.inData.index !== BigInt(p.shard)) refused(Fault.IndexDiffers);
  const drootHeight = bid.shardHeight + Math.ceil(Math.log2(bid.totalShards));
  if (!treeHas(bid.droot, drootHeight, p.shardRoot, bid.shardHeight, p.inData)) refused(Fault.NotInData);
  if (!treeHas(p.pieceRoot, p.pieceHeight, p.shardRoot, bid.shardHeight, p.inPiece)) refused(Fault.NotInPiece);
  if (bid.providersRoot !== NO_HASH && !allowListHas(bid.providersRoot, p.provider, p.allowed)) {
    refused(Fault.ProviderNotAllowed);
  }
  const end = p.kind === "deal" ? dealEnd(m, world, now, deal, p) : noticeEnd(m, world, deal, p);
  if (end <= now) refused(Fault.TermTooShort);
  if (!world.confirms(p.provider, p.sector, "active", p.location, now)) refused(Fault.NotProvenActive);
  return end;
}

function dealEnd(m: MarketState, world: Sectors, now: number, deal: Deal, p: ShardPlacement): number {
  const refused = (fault: bigint) => market("PlacementInvalid", p.shard, fault);
  const found = world.deals.find(({ id }) => id === p.dealId);
  if (found === undefined || !world.dealIsActive(found, now)) return refused(Fault.DealNotActive);
  const same =
    found.provider === p.provider &&
    found.sector === p.sector &&
    found.pieceRoot === p.pieceRoot &&
    found.pieceHeight === p.pieceHeight;
  if (!same) refused(Fault.DealDiffers);
  if ((m.clients.get(found.client) ?? 0) !== deal.miner) refused(Fault.ForeignClient);
  return p.fullTerm && !found.verified ? found.end : Math.max(found.end - DROP_WINDOW, 0);
}

function noticeEnd(m: MarketState, world: Sectors, deal: Deal, p: ShardPlacement): number {
  const { actor } = m.miners[deal.miner - 1]!;
  const told = world.notices.find(
    (notice) =>
      notice.miner === actor &&
      notice.provider === p.provider &&
      notice.sector === p.sector &&
      notice.pieceRoot === p.pieceRoot &&
      notice.pieceHeight === p.pieceHeight,
  );
  if (told === undefined) return market("PlacementInvalid", p.shard, Fault.NoNotice);
  return Math.max(told.commitment - DROP_WINDOW, 0);
}

/** One shard a sector, few a provider; and no copy that backs a shard of an open deal already. */
function requireOwnCopy(m: MarketState, bid: Bid, shards: Shard[], p: ShardPlacement): void {
  const refused = (fault: bigint) => market("PlacementInvalid", p.shard, fault);
  if (p.provider === 0) refused(Fault.OutOfRange);
  const others = shards.filter((shard, index) => index !== p.shard && shard.kind !== "none");
  if (others.some((shard) => isAt(shard, p))) refused(Fault.SectorTaken);
  const onProvider = others.filter(({ provider }) => provider === p.provider).length + 1;
  if (onProvider > bid.maxShardsPerProvider) refused(Fault.TooManyOnProvider);
  for (const other of m.bids) {
    if (other.deal === undefined || other === bid || !isOpen(other.deal)) continue;
    const taken = other.deal.shards.findIndex((shard) => isAt(shard, p) && shard.root === p.shardRoot);
    if (taken >= 0) market("CopyInUse", p.shard, other.id, taken);
  }
}

const isAt = (shard: Shard, at: { provider: number; sector: number }) =>
  shard.provider === at.provider && shard.sector === at.sector && shard.kind !== "none";
