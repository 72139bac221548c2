import { HardhatPluginError } from "hardhat/plugins";

import { plain } from "./json";

/** Prints for programs or for people. */
export function print(json: boolean, data: unknown, text: () => string): void {
  console.log(json ? JSON.stringify(plain(data), null, 2) : text());
}

/** Runs a task; what goes wrong is told in a sentence, with its cause kept for --show-stack-traces. */
export async function told(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new HardhatPluginError("filecoin-raas", (error as Error).message, error as Error);
  }
}

/** The task did its work, and found something that wants attention: exit code 2. */
export function wantsAttention(): void {
  process.exitCode = 2;
}
