import { bidOf, wrongState } from "./records";
import { market } from "./refusal";
import { MAX_MONEY, MAX_SIZE, totalPrice } from "./rules";
import type { Call, Hex, MarketState } from "./state";

export interface BidTerms {
  droot: Hex;
  price: bigint;
  size: bigint;
  duration: number;
  lifetime: number;
  dataShards: number;
  totalShards: number;
  maxShardsPerProvider: number;
  payloadSize: bigint;
  providersRoot: Hex;
}

export function addBid(m: MarketState, call: Call, t: BidTerms): void {
  const { rules } = m;
  if (BigInt(t.droot) === 0n) market("DrootZero");
  if (t.price === 0n) market("AmountZero");
  if (t.duration < rules.minDuration || t.duration > rules.maxDuration) {
    market("DurationOutOfRange", rules.minDuration, rules.maxDuration, t.duration);
  }
  if (t.price > MAX_MONEY) market("AmountTooLarge", MAX_MONEY, t.price);
  if (t.size > MAX_SIZE) market("AmountTooLarge", MAX_SIZE, t.size);
  const total = totalPrice(t.price, t.size, t.duration);
  if (call.value !== total) market("WrongValue", total, call.value);
  const shardHeight = shardHeightOf(t);
  if (t.lifetime === 0 || t.lifetime > rules.maxBidLifetime) {
    market("LifetimeOutOfRange", rules.maxBidLifetime, t.lifetime);
  }
  m.balance += call.value;
  m.bids.push({
    ...{ id: m.bids.length + 1, client: call.from, droot: t.droot, price: t.price, size: Number(t.size), shardHeight },
    ...{ duration: t.duration, expiry: call.now + t.lifetime, dataShards: t.dataShards, totalShards: t.totalShards },
    ...{ maxShardsPerProvider: t.maxShardsPerProvider, payloadSize: t.payloadSize, providersRoot: t.providersRoot },
    ...{ deposit: total, state: "open", closedAt: 0 },
  });
}

/** Log2 of a shard's leaves, if the code and the sizes fit each other. */
function shardHeightOf({ dataShards: k, totalShards: n, maxShardsPerProvider: max, size, payloadSize }: BidTerms) {
  if (!(k >= 1 && k < n && max >= 1 && max <= n)) market("BadCoding", k, n, max);
  const height = HEIGHTS.find((height) => (32n << BigInt(height)) * BigInt(n) === size);
  if (height === undefined) return market("SizeNotShards", size, n);
  const capacity = BigInt(k) * 127n * 2n ** BigInt(height - 2);
  if (payloadSize === 0n || payloadSize > capacity) market("PayloadTooLarge", capacity, payloadSize);
  return height;
}

/** Of pieces from 128 bytes to 2^63. */
const HEIGHTS = Array.from({ length: 57 }, (_, index) => index + 2);

export function cancelBid(m: MarketState, call: Call, id: number): void {
  const bid = bidOf(m, id);
  if (call.from !== bid.client) market("NotClient", bid.client, call.from);
  if (bid.state !== "open") wrongState(bid);
  bid.state = "cancelled";
  bid.closedAt = call.now;
  m.credit(bid.client, bid.deposit);
}

export function expireBid(m: MarketState, call: Call, id: number): void {
  const bid = bidOf(m, id);
  if (bid.state !== "open") wrongState(bid);
  if (call.now <= bid.expiry) market("BidNotExpired", bid.expiry);
  bid.state = "expired";
  m.credit(bid.client, bid.deposit);
}
