import type { RepairParameters } from "./parameters/repairMarket";

/** What the repair market charges, takes and shares, to the attoFIL: prices round up against the payer, shares down. */

const GIB_BYTES = 1n << 30n;
/** The whole, in hundredths of a percent. */
const ONE_BPS = 10_000n;

const roundedUp = (amount: bigint, divisor: bigint) => (amount + divisor - 1n) / divisor;
const shareAtto = (amountAtto: bigint, bps: bigint) => (amountAtto * bps) / ONE_BPS;
const smaller = (a: bigint, b: bigint) => (a < b ? a : b);

/** What a deal costs in all. `priceAtto`: per GiB and epoch; `sizeBytes`: padded, of all shards. */
export function totalAtto(priceAtto: bigint, sizeBytes: bigint, durationEpochs: bigint): bigint {
  return roundedUp(priceAtto * sizeBytes * durationEpochs, GIB_BYTES);
}

/** What of the total is earned once so many epochs are proven. */
export function earnedAtto(ofTotalAtto: bigint, provenEpochs: bigint, durationEpochs: bigint): bigint {
  return (ofTotalAtto * provenEpochs) / durationEpochs;
}

/** What a miner puts up for a deal when it begins: by its size, or as a share of its total, whichever is more. */
export function stakeAtto(
  deal: { sizeBytes: bigint; totalAtto: bigint },
  { collateralPerGiB, stakeBps }: RepairParameters,
): bigint {
  const bySize = roundedUp(deal.sizeBytes * collateralPerGiB, GIB_BYTES);
  const byTotal = roundedUp(deal.totalAtto * stakeBps, ONE_BPS);
  return bySize > byTotal ? bySize : byTotal;
}

/** What is left of a deal's stake, and how many strikes were taken from it. */
export interface StakeLeft {
  /** Put up when the deal began: strikes are shares of it. */
  wholeAtto: bigint;
  leftAtto: bigint;
  strikesTaken: number;
}

/** What so many more strikes take: the last one takes the rest, and never more than is left. */
export function strikesAtto(
  { wholeAtto, leftAtto, strikesTaken }: StakeLeft,
  strikes: number,
  { strikeBps, maxStrikes }: RepairParameters,
): bigint {
  if (strikes === 0) return 0n;
  if (BigInt(strikesTaken + strikes) >= maxStrikes) return leftAtto;
  return smaller(shareAtto(wholeAtto * BigInt(strikes), strikeBps), leftAtto);
}

/** Of what is taken, the client's. */
export function clientShareAtto(takenAtto: bigint, { clientBps }: RepairParameters): bigint {
  return shareAtto(takenAtto, clientBps);
}

/** Of what is taken, that of the first reporter and the slasher: all of it if they are one. */
export function reportersShareAtto(takenAtto: bigint, { reporterBps }: RepairParameters): bigint {
  return shareAtto(takenAtto, reporterBps);
}

/** How the reporters' share is halved between two. */
export function halvesAtto(sharedAtto: bigint): { reporterAtto: bigint; slasherAtto: bigint } {
  const reporterAtto = sharedAtto / 2n;
  return { reporterAtto, slasherAtto: sharedAtto - reporterAtto };
}

/** Collateral as a miner's record shows it. */
export interface CollateralHeld {
  collateralAtto: bigint;
  /** The stakes of its open deals. */
  lockedAtto: bigint;
}

/** What a miner may still stake, the acceptance bond set apart in any case. */
export function freeCollateralAtto({ collateralAtto, lockedAtto }: CollateralHeld, rules: RepairParameters): bigint {
  const free = collateralAtto - lockedAtto - rules.acceptanceBond;
  return free > 0n ? free : 0n;
}

/** What a broken acceptance takes: the bond, as far as there is collateral that is not staked. */
export function bondTakenAtto({ collateralAtto, lockedAtto }: CollateralHeld, rules: RepairParameters): bigint {
  return smaller(rules.acceptanceBond, collateralAtto - lockedAtto);
}
