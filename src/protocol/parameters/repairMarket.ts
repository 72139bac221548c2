import { parseEther } from "ethers";

/** The constructor's struct: `RepairParameters` of `contracts/types/Repair.sol`. Money in attoFIL, times in epochs of 30 s. */
export interface RepairParameters {
  collateralPerGiB: bigint;
  acceptanceBond: bigint;
  stakeBps: bigint;
  strikeBps: bigint;
  maxStrikes: bigint;
  reporterBps: bigint;
  clientBps: bigint;
  placementWindow: bigint;
  provingPeriod: bigint;
  repairWindow: bigint;
  strikePeriod: bigint;
  finalWindow: bigint;
  claimWindow: bigint;
  minDuration: bigint;
  maxDuration: bigint;
  maxBidLifetime: bigint;
  maxAskLifetime: bigint;
}

const DAY = 2_880n;

const CALIBRATION: RepairParameters = {
  collateralPerGiB: parseEther("0.001"),
  acceptanceBond: parseEther("0.1"),
  stakeBps: 2_000n,
  strikeBps: 2_500n,
  maxStrikes: 3n,
  reporterBps: 2_000n,
  clientBps: 5_000n,
  placementWindow: 7n * DAY,
  provingPeriod: 3n * DAY,
  repairWindow: 3n * DAY,
  strikePeriod: 3n * DAY,
  finalWindow: 3n * DAY,
  claimWindow: 7n * DAY,
  minDuration: 30n * DAY,
  maxDuration: 1_278n * DAY,
  maxBidLifetime: 30n * DAY,
  maxAskLifetime: 180n * DAY,
};

/** Months pass in seconds there, but a fault still shows once a day. */
const LOCAL: RepairParameters = {
  ...CALIBRATION,
  acceptanceBond: parseEther("1"),
  placementWindow: 2n * DAY,
  provingPeriod: 6_000n,
  repairWindow: 6_000n,
  strikePeriod: DAY,
  finalWindow: DAY,
  claimWindow: 2n * DAY,
  minDuration: 10_000n,
};

const PARAMETERS: Record<string, RepairParameters> = {
  mainnet: { ...CALIBRATION, collateralPerGiB: parseEther("0.01"), acceptanceBond: parseEther("1") },
  calibration: CALIBRATION,
  localhost: LOCAL,
  hardhat: LOCAL,
};

/** The rules of the market on a network. */
export function repairMarketParameters(network: string): RepairParameters {
  const parameters = PARAMETERS[network];
  if (parameters === undefined) {
    throw new Error(
      `No parameters of RepairMarket for network "${network}": add it to src/protocol/parameters/repairMarket.ts.`,
    );
  }
  return parameters;
}
