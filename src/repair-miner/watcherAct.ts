import { ulid } from "ulid";

import { baseFeeAtto, type Block } from "../chain/block";
import type { TransactionLane } from "../chain/lane";
import { WithdrawnError } from "../chain/laneErrors";
import { receiptOf } from "../chain/receipts";
import { ContractRevertError, decodeRevert } from "../chain/revert";
import type { JsonRpc } from "../chain/rpc";
import { marketAbi } from "../chain/marketAbi";
import type { Intent } from "../store/schema";
import type { SqlStore } from "../store/store";
import type { Opportunity } from "./watcherFinds";

export interface Outgoing {
  rpc: JsonRpc;
  store: SqlStore;
  lane: Pick<TransactionLane, "address" | "send" | "look">;
  market: string;
}

/** What became of something that was sent. */
export interface Settled {
  key: string;
  /** overtaken: somebody else did it first. */
  state: "mined" | "overtaken" | "failed";
  hash?: string;
  rewardAtto: bigint;
  costAtto: bigint;
  error?: string;
}

/** What it would cost now; or the contract's refusal, when there is nothing to do any more. */
export async function priceOf({ rpc, lane, market }: Outgoing, { data, key }: Opportunity): Promise<bigint> {
  try {
    const call = { from: lane.address, to: market, data };
    const gas = BigInt(await rpc.request<string>("eth_estimateGas", [call]));
    const priority = BigInt(await rpc.request<string>("eth_maxPriorityFeePerGas"));
    return gas * ((await baseFeeAtto(rpc)) + priority);
  } catch (error) {
    throw decodeRevert(error, key, marketAbi);
  }
}

/** Stores the intent, then sends it. When it cannot be signed nothing has happened, and the intent is forgotten. */
export async function sendOpportunity(out: Outgoing, found: Opportunity, block: Block): Promise<void> {
  const { store, lane, market } = out;
  const about = { id: ulid(), sender: lane.address, toAddress: market, createdEpoch: block.number };
  const intent = await store.intents.plan({
    ...about,
    kind: "call",
    piece: found.key,
    data: found.data,
    reason: found.why,
  });
  try {
    await lane.send(intent);
  } catch (error) {
    // Signed and stored, but not heard to be taken: it is on its way for all we know, and is looked after as such.
    if ((await store.intents.get(intent.id))?.state === "signed") return;
    await store.intents.drop(intent.id);
    throw error;
  }
}

/** Asks the chain what became of everything that was signed; what never left is forgotten and decided anew. */
export async function settleIntents(
  out: Outgoing,
  block: Block,
): Promise<{ settled: Settled[]; waiting: Set<string> }> {
  const { intents } = out.store;
  const settled: Settled[] = [];
  for (const intent of await intents.outstanding()) {
    if (intent.state === "planned") await intents.drop(intent.id);
    else if (intent.state === "signed") settled.push(...(await settle(out, intent, block)));
  }
  // What the chain shows at this block includes what was mined up to it.
  await intents.finish(block.number);
  const waiting = new Set((await intents.outstanding()).map(({ piece }) => piece ?? ""));
  return { settled, waiting };
}

async function settle(out: Outgoing, intent: Intent, block: Block): Promise<Settled[]> {
  const { lane, store } = out;
  const outcome = await lane.look(intent, block);
  const key = intent.piece ?? "";
  if (outcome.state === "waiting") {
    if (outcome.problem !== undefined) await store.intents.note(intent.id, outcome.problem.message);
    return [];
  }
  if (outcome.state === "failed") return [await failed(out, intent, key, outcome.error)];
  const { hash, block: minedAt, gasUsed, costAtto, logs } = outcome.receipt;
  const rewardAtto = creditedIn(logs, lane.address);
  const receipt = { intentId: intent.id, hash, block: minedAt, succeeded: 1n, gasUsed, costAtto: costAtto.toString() };
  await store.intents.mined(receipt);
  return [{ key, state: "mined", hash, rewardAtto, costAtto }];
}

/** Somebody else's transaction may have come before it in the same block: then there is nothing left to do. */
async function failed(out: Outgoing, intent: Intent, key: string, error: Error): Promise<Settled> {
  const { rpc, store, lane, market } = out;
  await store.intents.fail(intent.id, error.message);
  let overtaken = error instanceof ContractRevertError || error instanceof WithdrawnError;
  if (!overtaken) {
    const call = { from: lane.address, to: market, data: intent.data };
    const again = await rpc
      .request("eth_call", [call, "latest"])
      .catch((why: unknown) => decodeRevert(why, key, marketAbi));
    overtaken = again instanceof ContractRevertError;
  }
  let costAtto = 0n;
  for (const { hash } of await store.intents.attempts(intent.id)) {
    costAtto += (await receiptOf(rpc, hash))?.costAtto ?? 0n;
  }
  return { key, state: overtaken ? "overtaken" : "failed", rewardAtto: 0n, costAtto, error: error.message };
}

/** What a transaction credited to an account. */
function creditedIn(logs: readonly { topics: string[]; data: string }[], account: string): bigint {
  let sum = 0n;
  for (const log of logs) {
    const event = marketAbi.parseLog(log);
    if (event?.name === "Credited" && (event.args.account as string) === account) sum += event.args.amount as bigint;
  }
  return sum;
}
