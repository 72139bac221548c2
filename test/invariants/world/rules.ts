import { parseEther } from "ethers";

import { type RepairParameters, repairMarketParameters } from "../../../src/protocol/parameters/repairMarket";
import type { Rules } from "../model/rules";

const DAY = 2_880;

/** Windows as short as a market may have them, many small strikes, odd shares, a stake that follows the size. */
const TIGHT: Rules = {
  collateralPerGiB: parseEther("300000"),
  acceptanceBond: 999_999_999_999_999_999n,
  stakeBps: 333n,
  strikeBps: 1_999n,
  maxStrikes: 5,
  reporterBps: 3_333n,
  clientBps: 6_661n,
  placementWindow: DAY,
  provingPeriod: 2 * DAY + 120,
  repairWindow: 2 * DAY + 120,
  strikePeriod: DAY + 1,
  finalWindow: DAY,
  claimWindow: DAY,
  minDuration: 3 * DAY + 121,
  maxDuration: 60_000,
  maxBidLifetime: 5_000,
  maxAskLifetime: 40_000,
};

/** One strike takes all; the whole total is at stake; times as far from each other as they may be. */
const HARSH: Rules = {
  collateralPerGiB: 1n,
  acceptanceBond: 1n,
  stakeBps: 10_000n,
  strikeBps: 10_000n,
  maxStrikes: 1,
  reporterBps: 1n,
  clientBps: 0n,
  placementWindow: 20_000,
  provingPeriod: 9_000,
  repairWindow: 30_000,
  strikePeriod: 9_000,
  finalWindow: 2 * DAY,
  claimWindow: 25_000,
  minDuration: 9_000 + 2 * DAY + 1,
  maxDuration: 3_000_000,
  maxBidLifetime: 100_000,
  maxAskLifetime: 200_000,
};

const BIG = ["collateralPerGiB", "acceptanceBond", "stakeBps", "strikeBps", "reporterBps", "clientBps"];

function ofNetwork(network: string): Rules {
  const entries = Object.entries(repairMarketParameters(network));
  return Object.fromEntries(
    entries.map(([name, value]) => [name, BIG.includes(name) ? value : Number(value)]),
  ) as unknown as Rules;
}

export const RULES: Record<string, Rules> = {
  local: ofNetwork("hardhat"),
  tight: TIGHT,
  calibration: ofNetwork("calibration"),
  harsh: HARSH,
};

/** As the contracts' constructors take them. */
export function asParameters(rules: Rules): RepairParameters {
  const entries = Object.entries(rules).map(([name, value]) => [name, BigInt(value)] as const);
  return Object.fromEntries(entries) as unknown as RepairParameters;
}
