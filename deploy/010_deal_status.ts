import type { DeployFunction } from "hardhat-deploy/types";

import { deployerOf } from "../src/deployment/deployerOf";
import { dealStatusParameters } from "../src/parameters/dealStatus";

const deployDealStatus: DeployFunction = async (hre) => {
  const { maxPending } = dealStatusParameters(hre.network.name);
  await hre.deployments.deploy("DealStatus", { from: await deployerOf(hre), args: [maxPending], log: true });
};

deployDealStatus.tags = ["DealStatus"];
deployDealStatus.dependencies = ["SimulatedActors"];

export default deployDealStatus;
