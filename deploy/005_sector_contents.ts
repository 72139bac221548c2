import type { DeployFunction } from "hardhat-deploy/types";

import { deployerOf } from "../src/hardhat/deployerOf";

const deploySectorContents: DeployFunction = async (hre) => {
  await hre.deployments.deploy("SectorContents", { from: await deployerOf(hre), log: true });
};

deploySectorContents.tags = ["SectorContents"];
deploySectorContents.dependencies = ["SimulatedActors"];

export default deploySectorContents;
