import type { RepairParameters } from "../parameters/repairMarket";

/** What is known of a deal that failed, from outside: its terms, and the epochs at which it was proven. */
interface FailedDeal {
  /** attoFIL per GiB and epoch. */
  priceAtto: bigint;
  /** Padded bytes of all shards. */
  size: bigint;
  durationEpochs: bigint;
  /** First and last proof of all shards. */
  startEpoch: bigint;
  lastProofEpoch: bigint;
}

interface Refund {
  /** What the client gets of what it paid. */
  unearnedAtto: bigint;
  /** Its share of each strike. */
  sharesAtto: bigint[];
  totalAtto: bigint;
}

const GIB = 1n << 30n;
const BPS = 10_000n;
const ceilDiv = (a: bigint, b: bigint) => (a + b - 1n) / b;

/** What the client of a deal is owed whose miner stopped and took every strike: by the protocol's text alone. */
export function refundOf(deal: FailedDeal, rules: RepairParameters): Refund {
  const paid = ceilDiv(deal.priceAtto * deal.size * deal.durationEpochs, GIB);
  const earned = (paid * (deal.lastProofEpoch - deal.startEpoch)) / deal.durationEpochs;
  const bySize = ceilDiv(deal.size * rules.collateralPerGiB, GIB);
  const byTotal = ceilDiv(paid * rules.stakeBps, BPS);
  const stake = bySize > byTotal ? bySize : byTotal;
  const strike = (stake * rules.strikeBps) / BPS;
  const sharesAtto: bigint[] = [];
  let left = stake;
  for (let taken = 1n; taken <= rules.maxStrikes; taken++) {
    const amount = taken === rules.maxStrikes || strike > left ? left : strike;
    left -= amount;
    sharesAtto.push((amount * rules.clientBps) / BPS);
  }
  const unearnedAtto = paid - earned;
  return { unearnedAtto, sharesAtto, totalAtto: sharesAtto.reduce((sum, share) => sum + share, unearnedAtto) };
}
