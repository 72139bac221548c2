import { HardhatPluginError } from "hardhat/plugins";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { keysOf } from "./accounts";
import type { LocalChain } from "../../scenarios/start";

const KEYS = 8;

/** The chain of a task that makes its own. */
export function chainOf(hre: HardhatRuntimeEnvironment, task: string): LocalChain {
  if (hre.network.name !== "hardhat")
    throw new HardhatPluginError(
      "filecoin-raas",
      `\`${task}\` starts its own network: leave --network out (or use --network hardhat).`,
    );
  return {
    provider: hre.network.provider,
    keys: keysOf(hre.config.networks.hardhat.accounts, KEYS),
    deploy: async () => {
      await hre.run("compile", { quiet: true });
      return hre.deployments.run(undefined, { resetMemory: true });
    },
  };
}
