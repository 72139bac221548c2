import { task } from "hardhat/config";

task("deploy").setAction(async (args, hre, runSuper) => {
  const { requireDeployer } =
    require("../src/deployment/requireDeployer") as typeof import("../src/deployment/requireDeployer");
  await requireDeployer(hre);
  return runSuper(args);
});
