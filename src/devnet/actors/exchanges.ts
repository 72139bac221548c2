import type { Result } from "ethers";

import { SimulatedActorError } from "./chain";

/** One notification as a miner sent it, and its answer. */
export interface Exchange {
  receiver: bigint;
  params: string;
  exitCode: bigint;
  returned: string;
}

export function exchangeOf(found: Result): Exchange {
  const [receiver, params, exitCode, returned] = found.toArray().slice(-4) as [bigint, string, bigint, string];
  return { receiver, params, exitCode, returned };
}

/** A commit ended with an exit code other than 0: nothing of it happened. */
export class CommitFailedError extends Error {
  constructor(
    readonly exitCode: bigint,
    readonly exchanges: Exchange[],
    cause: unknown,
  ) {
    super(`the commit failed with exit code ${exitCode}`, { cause });
    this.name = "CommitFailedError";
  }

  static from(error: unknown): CommitFailedError | undefined {
    if (!(error instanceof SimulatedActorError) || error.reason !== "SimulatedMiners_CommitExit") return undefined;
    const [exitCode, exchanges] = error.args as unknown as [bigint, Result[]];
    return new CommitFailedError(exitCode, exchanges.map(exchangeOf), error);
  }
}
