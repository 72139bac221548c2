import type { DeployFunction } from "hardhat-deploy/types";

import { dealStatusParameters } from "../src/parameters/dealStatus";

const deployDealStatus: DeployFunction = async ({ deployments, getNamedAccounts, network }) => {
  const { deployer } = await getNamedAccounts();
  const { maxPending } = dealStatusParameters(network.name);
  await deployments.deploy("DealStatus", { from: deployer, args: [maxPending], log: true });
};

deployDealStatus.tags = ["DealStatus"];
deployDealStatus.dependencies = ["SimulatedActors"];

export default deployDealStatus;
