import { Interface } from "ethers";

import {
  IRepairMarket__factory,
  IRepairMarketLens__factory,
  IRepairMiner__factory,
  ISectorContents__factory,
} from "../../typechain-types";

/** The repair market's contracts, as ethers encodes and decodes for them. */

export const marketAbi = IRepairMarket__factory.createInterface();
export const repairMinerAbi = IRepairMiner__factory.createInterface();
export const sectorContentsAbi = ISectorContents__factory.createInterface();
export const lensAbi = IRepairMarketLens__factory.createInterface();

/** Everything with which market, miner and lens may refuse. */
export const repairErrors = new Interface(
  [...marketAbi.fragments, ...repairMinerAbi.fragments, ...lensAbi.fragments].filter(({ type }) => type === "error"),
);
