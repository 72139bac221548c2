import { HardhatPluginError } from "hardhat/plugins";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

/** The address that deploys, for deploy scripts. */
export async function deployerOf(hre: HardhatRuntimeEnvironment): Promise<string> {
  const { deployer } = await hre.getNamedAccounts();
  if (deployer === undefined) {
    throw new HardhatPluginError(
      "filecoin-raas",
      `Network ${hre.network.name} has no account to deploy from: set a key with "npx hardhat vars set PRIVATE_KEY".`,
    );
  }
  return deployer;
}
