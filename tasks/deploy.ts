import { task } from "hardhat/config";

task("deploy").setAction(async (args, hre, runSuper) => {
  const { requireDeployer } =
    require("../src/hardhat/requireDeployer") as typeof import("../src/hardhat/requireDeployer");
  await requireDeployer(hre);
  return runSuper(args);
});
