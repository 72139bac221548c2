import { HardhatPluginError } from "hardhat/plugins";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

/** Where test FIL comes from; mainnet has no faucet. */
const FAUCETS: Record<string, string> = { calibration: "https://faucet.calibnet.chainsafe-fil.io" };

/**
 * Refuses a deployment that cannot succeed: no key, or an address that never received FIL, for whose nonce a Lotus node
 * answers with an error instead of 0 (which deploy tools turn into a stack trace).
 */
export async function requireDeployer(hre: HardhatRuntimeEnvironment): Promise<void> {
  const { name, config, live } = hre.network;
  if (!live) return;
  // Looked at before anything is asked of the network, which without a key would answer with its own accounts.
  if (Array.isArray(config.accounts) && config.accounts.length === 0) {
    throw new HardhatPluginError(
      "filecoin-raas",
      `No key for network ${name}. Set one with "npx hardhat vars set PRIVATE_KEY", then run the command again.`,
    );
  }
  const [deployer] = (await hre.network.provider.request({ method: "eth_accounts" })) as string[];
  const balance = (await hre.network.provider.request({
    method: "eth_getBalance",
    params: [deployer, "latest"],
  })) as string;
  if (BigInt(balance) === 0n) {
    const faucet = FAUCETS[name] === undefined ? "" : ` A faucet is at ${FAUCETS[name]}.`;
    throw new HardhatPluginError(
      "filecoin-raas",
      `${deployer} holds no FIL on ${name}. Send FIL to it first.${faucet}`,
    );
  }
}
