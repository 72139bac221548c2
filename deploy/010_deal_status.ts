import type { DeployFunction } from "hardhat-deploy/types";

import { deployerOf } from "../src/hardhat/deployerOf";
import { dealStatusParameters } from "../src/protocol/parameters/dealStatus";

const deployDealStatus: DeployFunction = async (hre) => {
  const { maxPending } = dealStatusParameters(hre.network.name);
  const contents = await hre.deployments.get("SectorContents");
  await hre.deployments.deploy("DealStatus", {
    from: await deployerOf(hre),
    args: [maxPending, contents.address],
    log: true,
  });
};

deployDealStatus.tags = ["DealStatus"];
deployDealStatus.dependencies = ["SectorContents"];

export default deployDealStatus;
