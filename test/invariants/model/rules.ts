/** The rules of a market. Money in attoFIL, shares in hundredths of a percent, the rest in epochs. */
export interface Rules {
  collateralPerGiB: bigint;
  acceptanceBond: bigint;
  stakeBps: bigint;
  strikeBps: bigint;
  maxStrikes: number;
  reporterBps: bigint;
  clientBps: bigint;
  placementWindow: number;
  provingPeriod: number;
  repairWindow: number;
  strikePeriod: number;
  finalWindow: number;
  claimWindow: number;
  minDuration: number;
  maxDuration: number;
  maxBidLifetime: number;
  maxAskLifetime: number;
}

export const BPS = 10_000n;
const GIB = 2n ** 30n;

export const MAX_MONEY = 2n ** 96n - 1n;
export const MAX_SIZE = 2n ** 63n;

const roundedUp = (dividend: bigint, divisor: bigint) =>
  dividend % divisor === 0n ? dividend / divisor : dividend / divisor + 1n;

/** What keeping `size` bytes for `epochs` costs at a price for a GiB and an epoch. */
export const totalPrice = (price: bigint, size: bigint | number, epochs: bigint | number) =>
  roundedUp(price * BigInt(size) * BigInt(epochs), GIB);

export const collateralFor = (rules: Rules, size: bigint | number) =>
  roundedUp(rules.collateralPerGiB * BigInt(size), GIB);

/** The greater of the collateral for the size and a share of the total. */
export function stakeFor(rules: Rules, size: number, total: bigint): bigint {
  const bySize = collateralFor(rules, size);
  const byTotal = roundedUp(total * rules.stakeBps, BPS);
  return bySize > byTotal ? bySize : byTotal;
}
