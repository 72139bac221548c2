import type { DeployFunction } from "hardhat-deploy/types";

const deploySectorContents: DeployFunction = async ({ deployments, getNamedAccounts }) => {
  const deployer = (await getNamedAccounts()).deployer!;
  await deployments.deploy("SectorContents", { from: deployer, log: true });
};

deploySectorContents.tags = ["SectorContents"];
deploySectorContents.dependencies = ["SimulatedActors"];

export default deploySectorContents;
