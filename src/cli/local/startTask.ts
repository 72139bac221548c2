import { HardhatPluginError } from "hardhat/plugins";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { chainOf } from "./taskChain";
import { PortTakenError } from "../../devnet/lotus/rpcServer";
import { startLocalNetwork } from "../../scenarios/start";
import { FileRefusedError } from "../../scenarios/storedFile";
import { StoryError } from "../../scenarios/story";

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
  const chain = chainOf(hre, "local start");
  const ending = new AbortController();
  const end = () => ending.abort();
  process.once("SIGINT", end).once("SIGTERM", end);
  try {
    await startLocalNetwork(chain, { ...args, print: (line) => console.log(line), signal: ending.signal });
  } catch (error) {
    // What a person can do something about is one sentence; anything else keeps its stack.
    const known = [PortTakenError, FileRefusedError, StoryError].some((kind) => error instanceof kind);
    throw known ? new HardhatPluginError("filecoin-raas", (error as Error).message, error as Error) : error;
  } finally {
    process.off("SIGINT", end).off("SIGTERM", end);
  }
}
