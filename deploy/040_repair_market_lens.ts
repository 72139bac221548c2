import type { DeployFunction } from "hardhat-deploy/types";

import { deployerOf } from "../src/hardhat/deployerOf";

const deployRepairMarketLens: DeployFunction = async (hre) => {
  const market = await hre.deployments.get("RepairMarket");
  await hre.deployments.deploy("RepairMarketLens", { from: await deployerOf(hre), args: [market.address], log: true });
};

deployRepairMarketLens.tags = ["RepairMarketLens"];
deployRepairMarketLens.dependencies = ["RepairMarket"];

export default deployRepairMarketLens;
