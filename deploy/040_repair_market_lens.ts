import type { DeployFunction } from "hardhat-deploy/types";

const deployRepairMarketLens: DeployFunction = async ({ deployments, getNamedAccounts }) => {
  const deployer = (await getNamedAccounts()).deployer!;
  const market = await deployments.get("RepairMarket");
  await deployments.deploy("RepairMarketLens", { from: deployer, args: [market.address], log: true });
};

deployRepairMarketLens.tags = ["RepairMarketLens"];
deployRepairMarketLens.dependencies = ["RepairMarket"];

export default deployRepairMarketLens;
