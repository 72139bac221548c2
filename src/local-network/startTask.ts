import { HardhatPluginError } from "hardhat/plugins";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { keysOf } from "./accounts";
import { PortTakenError } from "./rpcServer";
import { startLocalNetwork, type LocalChain } from "./start";
import { FileRefusedError } from "./storedFile";
import { StoryError } from "./story";

/** What `local start` does. */

export interface StartArguments {
  file: string;
  once: boolean;
  port: number;
  nodePort: number;
  epochMs: number;
  providers: number;
}

export async function startLocal(hre: HardhatRuntimeEnvironment, args: StartArguments): Promise<void> {
  if (hre.network.name !== "hardhat")
    throw new HardhatPluginError(
      "filecoin-raas",
      "`local start` makes a network of its own: leave --network out (or use --network hardhat).",
    );
  const ending = new AbortController();
  const end = () => ending.abort();
  process.once("SIGINT", end).once("SIGTERM", end);
  try {
    await startLocalNetwork(chainOf(hre), { ...args, print: (line) => console.log(line), signal: ending.signal });
  } catch (error) {
    // What a person can do something about is one sentence; anything else keeps its stack.
    const known = [PortTakenError, FileRefusedError, StoryError].some((kind) => error instanceof kind);
    throw known ? new HardhatPluginError("filecoin-raas", (error as Error).message, error as Error) : error;
  } finally {
    process.off("SIGINT", end).off("SIGTERM", end);
  }
}

function chainOf(hre: HardhatRuntimeEnvironment): LocalChain {
  const { accounts } = hre.config.networks.hardhat;
  return {
    provider: hre.network.provider,
    keys: keysOf(accounts, 3),
    deploy: async () => {
      await hre.run("compile", { quiet: true });
      return hre.deployments.run(undefined, { resetMemory: true });
    },
  };
}
