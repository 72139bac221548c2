import { type PlacementKind, type RepairState, type SectorStatus, wordOf } from "./enums";

/** The market's records as plain values: what the lens shows, without ethers' wrapper objects. */

export const NO_ADDRESS = `0x${"0".repeat(40)}`;
const NEVER = (1n << 64n) - 1n;

export interface ProgressView {
  start: bigint;
  deadline: bigint;
  repairDeadline: bigint;
  provenThrough: bigint;
  marks: number;
  strikes: number;
  placed: number;
  lapsed: boolean;
}

/** A bid and, once filled, its deal. */
export interface OrderView {
  client: string;
  dataShards: number;
  totalShards: number;
  maxShardsPerProvider: number;
  shardHeight: number;
  /** Last epoch at which the bid can be filled. */
  expiry: bigint;
  droot: string;
  priceAtto: bigint;
  depositAtto: bigint;
  durationEpochs: bigint;
  /** Epoch at which it was filled or cancelled; 0: neither. */
  closedAt: bigint;
  payloadBytes: bigint;
  /** Ids; 0 while it is no deal. */
  minerId: bigint;
  askId: bigint;
  dealPriceAtto: bigint;
  progress: ProgressView;
  /** Who first reported the oldest loss that is still marked; the zero address: nobody. */
  reporter: string;
  providersRoot: string;
}

export interface BidView {
  bidId: bigint;
  state: RepairState;
  size: bigint;
  order: OrderView;
}

/** A bid by its deal's record: until it is filled, `repairMiner` is the zero address and all of the deal is 0. */
export interface DealView {
  dealId: bigint;
  state: RepairState;
  repairMiner: string;
  client: string;
  /** Padded bytes of all shards. */
  size: bigint;
  /** 0 until the term has begun. */
  start: bigint;
  end: bigint;
  /** Of the next strike, or by which all must be placed; undefined: none is left. */
  deadline?: bigint;
  provenThrough: bigint;
  strikesDue: number;
  totalAtto: bigint;
  earnedAtto: bigint;
  withdrawableAtto: bigint;
  refundableAtto: bigint;
  stakeAtto: bigint;
  order: OrderView;
}

export interface PlacementView {
  kind: PlacementKind;
  provider: bigint;
  sector: bigint;
  f05DealId: bigint;
  validUntil: bigint;
  provenAt: bigint;
  /** Epoch at which its loss was reported; 0: not marked. */
  markedAt: bigint;
}

export interface ShardView {
  shard: number;
  placement: PlacementView;
  /** Of its sector, as its miner actor proves it; unproven: it is not placed, or the actor gave no answer. */
  status: SectorStatus;
  /** Proves the status, as long as the sector does not move. */
  location: string;
  /** Active and within its validity. */
  held: boolean;
  /** Since when it is not held, as far as the reading program knows: the chain does not store it. */
  lostSince?: bigint;
}

/** A deal with its shards, as their miner actors say. */
export interface RepairDealView extends DealView {
  shards: ShardView[];
}

export interface AskView {
  askId: bigint;
  repairMiner: string;
  minerId: bigint;
  priceAtto: bigint;
  /** Padded bytes still on offer. */
  bytes: bigint;
  expiry: bigint;
  open: boolean;
}

export interface MinerView {
  minerId: bigint;
  /** Its `RepairMiner`. */
  actor: string;
  owner: string;
  collateralAtto: bigint;
  /** Of the collateral: the stakes of its open deals. */
  lockedAtto: bigint;
  /** Padded bytes that it may take on, and those of its open deals. */
  pledgedBytes: bigint;
  usedBytes: bigint;
}

/** A decoded struct: fields by name. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Struct = Record<string, any>;

export function orderView(o: Struct): OrderView {
  const p = o.progress as Struct;
  return {
    client: o.client,
    dataShards: Number(o.dataShards),
    totalShards: Number(o.totalShards),
    maxShardsPerProvider: Number(o.maxShardsPerProvider),
    shardHeight: Number(o.shardHeight),
    expiry: o.expiry,
    droot: o.droot,
    priceAtto: o.price,
    depositAtto: o.deposit,
    durationEpochs: o.duration,
    closedAt: o.closedAt,
    payloadBytes: o.payloadSize,
    minerId: o.miner,
    askId: o.ask,
    dealPriceAtto: o.dealPrice,
    progress: {
      start: p.start,
      deadline: p.deadline,
      repairDeadline: p.repairDeadline,
      provenThrough: p.provenThrough,
      marks: Number(p.marks),
      strikes: Number(p.strikes),
      placed: Number(p.placed),
      lapsed: p.lapsed,
    },
    reporter: o.reporter,
    providersRoot: o.providersRoot,
  };
}

export function bidView(b: Struct): BidView {
  return { bidId: b.bidId, state: wordOf("RepairState", b.state), size: b.size, order: orderView(b.order) };
}

export function dealView(d: Struct): DealView {
  return {
    dealId: d.dealId,
    state: wordOf("RepairState", d.state),
    repairMiner: d.repairMiner,
    client: d.client,
    size: d.size,
    start: d.start,
    end: d.end,
    ...(d.deadline === NEVER || d.deadline === 0n ? {} : { deadline: d.deadline }),
    provenThrough: d.provenThrough,
    strikesDue: Number(d.strikesDue),
    totalAtto: d.total,
    earnedAtto: d.earned,
    withdrawableAtto: d.withdrawable,
    refundableAtto: d.refundable,
    stakeAtto: d.stake,
    order: orderView(d.order),
  };
}

export function placementView(p: Struct): PlacementView {
  return {
    kind: wordOf("PlacementKind", p.kind),
    provider: p.provider,
    sector: p.sector,
    f05DealId: p.dealId,
    validUntil: p.validUntil,
    provenAt: p.provenAt,
    markedAt: p.markedAt,
  };
}

/** Whether the market names a sector for it. */
export function isPlaced({ placement }: Pick<ShardView, "placement">): boolean {
  return placement.kind !== "none";
}

export function shardView(s: Struct): ShardView {
  const placement = placementView(s.placement);
  const status = wordOf("SectorStatus", s.status);
  return { shard: Number(s.shard), placement, status, location: s.location, held: s.held };
}

export function askView(a: Struct): AskView {
  const { miner, price, size, expiry } = a.ask as Struct;
  const ask = { askId: a.askId, repairMiner: a.repairMiner, open: a.open };
  return { ...ask, minerId: miner, priceAtto: price, bytes: size, expiry };
}

export function minerView(minerId: bigint, m: Struct): MinerView {
  const money = { collateralAtto: m.collateral, lockedAtto: m.locked };
  return { minerId, actor: m.actor, owner: m.owner, ...money, pledgedBytes: m.pledge, usedBytes: m.used };
}
