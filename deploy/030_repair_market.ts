import type { DeployFunction } from "hardhat-deploy/types";

import { deployerOf } from "../src/hardhat/deployerOf";
import { repairMarketParameters } from "../src/protocol/parameters/repairMarket";

const deployRepairMarket: DeployFunction = async (hre) => {
  const from = await deployerOf(hre);
  const deploy = (name: string, args: unknown[]) => hre.deployments.deploy(name, { from, args, log: true });
  const rules = repairMarketParameters(hre.network.name);
  const contents = await hre.deployments.get("SectorContents");
  const placing = await deploy("ShardPlacing", [rules, contents.address]);
  const proving = await deploy("ShardProving", [rules]);
  const records = await deploy("MarketRecords", [rules]);
  await deploy("RepairMarket", [rules, placing.address, proving.address, records.address]);
};

deployRepairMarket.tags = ["RepairMarket"];
deployRepairMarket.dependencies = ["SectorContents"];

export default deployRepairMarket;
