import { task } from "hardhat/config";

task("deploy").setAction(async (args, hre, runSuper) => {
  const { requireDeployer } = await import("../src/deployment/requireDeployer");
  await requireDeployer(hre);
  return runSuper(args);
});
