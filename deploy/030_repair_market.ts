import type { DeployFunction } from "hardhat-deploy/types";

import { repairMarketParameters } from "../src/parameters/repairMarket";

const deployRepairMarket: DeployFunction = async ({ deployments, getNamedAccounts, network }) => {
  const deployer = (await getNamedAccounts()).deployer!;
  const deploy = (name: string, args: unknown[]) => deployments.deploy(name, { from: deployer, args, log: true });
  const rules = repairMarketParameters(network.name);
  const contents = await deployments.get("SectorContents");
  const placing = await deploy("ShardPlacing", [rules, contents.address]);
  const proving = await deploy("ShardProving", [rules]);
  const records = await deploy("MarketRecords", [rules]);
  await deploy("RepairMarket", [rules, placing.address, proving.address, records.address]);
};

deployRepairMarket.tags = ["RepairMarket"];
deployRepairMarket.dependencies = ["SectorContents"];

export default deployRepairMarket;
