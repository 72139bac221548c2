import type { Block } from "../filecoin/block";
import { WithdrawnError } from "../outbox/laneErrors";
import type { JsonRpc } from "../filecoin/rpc";
import { marketAbi } from "../protocol/marketAbi";
import type { Call, Outbox, Seen } from "../outbox/outbox";
import type { SqlStore } from "../store/store";
import type { Opportunity } from "../policy/watcherFinds";

export interface Outgoing {
  rpc: JsonRpc;
  store: SqlStore;
  outbox: Outbox;
  market: string;
}

/** The outcome of a transaction. */
export interface Settled {
  key: string;
  /** overtaken: another watcher did it first. */
  state: "mined" | "overtaken" | "failed";
  hash?: string;
  rewardAtto: bigint;
  costAtto: bigint;
  error?: string;
}

/** Taking an opportunity; its key is its name in the store. */
export function callOf({ market }: Outgoing, { key, data, why }: Opportunity): Call {
  return { to: market, data, reason: why, piece: key, single: true };
}

/** The outcomes of all transactions, and the keys of those that the block does not show yet. */
export async function settleIntents(
  { outbox, store }: Outgoing,
  block: Block,
): Promise<{ settled: Settled[]; waiting: Set<string> }> {
  const settled = (await outbox.settle(block)).flatMap((seen) => settledOf(seen, outbox.address));
  const waiting = new Set((await store.intents.outstanding()).map(({ piece }) => piece ?? ""));
  return { settled, waiting };
}

function settledOf(seen: Seen, self: string): Settled[] {
  if (seen.state === "waiting") return [];
  const key = seen.intent.piece ?? "";
  if (seen.state === "mined") {
    const { hash, costAtto, logs } = seen.receipt;
    return [{ key, state: "mined", hash, rewardAtto: creditedIn(logs, self), costAtto }];
  }
  const { error, refusal, costAtto } = seen;
  // The contract refuses it by now: there is nothing left to do.
  const state = refusal !== undefined || error instanceof WithdrawnError ? "overtaken" : "failed";
  return [{ key, state, rewardAtto: 0n, costAtto, error: error.message }];
}

/** What a transaction credited to an account, in attoFIL. */
function creditedIn(logs: readonly { topics: string[]; data: string }[], account: string): bigint {
  let sum = 0n;
  for (const log of logs) {
    const event = marketAbi.parseLog(log);
    if (event?.name === "Credited" && (event.args.account as string) === account) sum += event.args.amount as bigint;
  }
  return sum;
}
