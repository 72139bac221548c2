import type { Rules } from "./rules";

/** Addresses and hashes are lower-case hex; epochs, ids and sizes are numbers; money is attoFIL. */
export type Hex = string;

export const NOBODY: Hex = `0x${"0".repeat(40)}`;
export const NO_HASH: Hex = `0x${"0".repeat(64)}`;

/** A deadline that never comes. */
export const NEVER = 2 ** 32 - 1;

export type AskState = "open" | "cancelled" | "filled";
export type BidState = "open" | "cancelled" | "expired" | "filled";
export type StoredState = "placing" | "active" | "failed" | "finished";
export type PlacementKind = "none" | "deal" | "notice";

export interface Miner {
  id: number;
  actor: Hex;
  owner: Hex;
  worker: Hex;
  /** Former workers, and until which deadline their acceptances still bind. */
  boundUntil: Map<Hex, number>;
  collateral: bigint;
  pledge: bigint;
  lockedUntil: number;
  deals: number[];
}

export interface Ask {
  id: number;
  miner: number;
  price: bigint;
  size: bigint;
  expiry: number;
  state: AskState;
}

export interface Bid {
  id: number;
  client: Hex;
  droot: Hex;
  price: bigint;
  size: number;
  shardHeight: number;
  duration: number;
  expiry: number;
  dataShards: number;
  totalShards: number;
  maxShardsPerProvider: number;
  payloadSize: bigint;
  providersRoot: Hex;
  deposit: bigint;
  state: BidState;
  /** When it was filled or cancelled; 0: neither. */
  closedAt: number;
  deal?: Deal;
}

export interface Shard {
  kind: PlacementKind;
  provider: number;
  sector: number;
  dealId: number;
  root: Hex;
  validUntil: number;
  /** The last epoch at which its sector was shown to be Active; 0: never. */
  lastProof: number;
  /** When its loss was reported; 0: it is not marked. */
  markedAt: number;
}

export interface Deal {
  id: number;
  miner: number;
  ask: number;
  price: bigint;
  total: bigint;
  /** Locked when the deal was made. */
  wholeStake: bigint;
  /** What is left of it. */
  stake: bigint;
  state: StoredState;
  /** The first proof of all shards; 0: the term has not begun. */
  start: number;
  /** By when all shards must be proven next. */
  deadline: number;
  /** By when the first loss must be made good; means nothing without a marked shard. */
  repairBy: number;
  provenThrough: number;
  /** Proofs before it do not count: a strike was taken then. */
  freshAfter: number;
  lapsed: boolean;
  strikes: number;
  provenEpochs: number;
  withdrawn: bigint;
  /** Who first reported the oldest loss that is still marked. */
  reporter: Hex;
  shards: Shard[];
}

/** Who calls, with how much, at which epoch. */
export interface Call {
  from: Hex;
  value: bigint;
  now: number;
}

/** All that a market knows, and what it must own. */
export class MarketState {
  readonly miners: Miner[] = [];
  readonly asks: Ask[] = [];
  readonly bids: Bid[] = [];
  readonly credits = new Map<Hex, bigint>();
  readonly approvals = new Map<Hex, number>();
  readonly clients = new Map<number, number>();
  /** Bids that a miner promised to fill and did not. */
  readonly brokenPromises = new Set<string>();
  /** Digests that a wallet vouches for now. */
  readonly vouched = new Map<Hex, Hex>();
  unburnt = 0n;
  /** What the contract owns. */
  balance = 0n;

  constructor(
    readonly rules: Rules,
    readonly address: Hex,
    readonly chainId: bigint,
  ) {}

  credit(account: Hex, amount: bigint): void {
    if (amount > 0n) this.credits.set(account, this.creditOf(account) + amount);
  }

  creditOf(account: Hex): bigint {
    return this.credits.get(account) ?? 0n;
  }

  /** The deals of a miner that are not closed. */
  openDeals(miner: Miner): Deal[] {
    return miner.deals.map((id) => this.bids[id - 1]!.deal!).filter(isOpen);
  }
}

export const isOpen = (deal: Deal) => deal.state === "placing" || deal.state === "active";
export const endOf = (bid: Bid, deal: Deal) => deal.start + bid.duration;
export const earnedOf = (bid: Bid, deal: Deal) => (deal.total * BigInt(deal.provenEpochs)) / BigInt(bid.duration);
export const marked = (deal: Deal) => deal.shards.filter((shard) => shard.markedAt > 0);
