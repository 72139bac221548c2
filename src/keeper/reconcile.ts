import type { Block } from "../chain/block";
import { decodeLogs } from "../chain/events";
import type { ChainReceipt } from "../chain/receipts";
import type { Intent } from "../store/schema";
import type { Keeper } from "./ports";

/** Asks the chain what became of everything that was signed; what never left is forgotten and decided anew. */
export async function reconcile(keeper: Keeper, pinned: Block): Promise<number> {
  let waiting = 0;
  for (const intent of await keeper.store.intents.outstanding()) {
    if (intent.state === "planned") await keeper.store.intents.drop(intent.id);
    else if (intent.state === "signed" && !(await settleIntent(keeper, intent, pinned))) waiting++;
  }
  return waiting;
}

/** True when the intent needs no further look. */
export async function settleIntent(keeper: Keeper, intent: Intent, pinned: Block): Promise<boolean> {
  const { lane, store, log } = keeper;
  const outcome = await lane.look(intent, pinned);
  const about = { intent: intent.id, kind: intent.kind, piece: intent.piece };
  if (outcome.state === "mined") {
    await recordReceipt(keeper, intent, outcome.receipt);
    return true;
  }
  if (outcome.state === "failed") {
    log.error({ ...about, error: outcome.error.message }, "a transaction failed");
    await store.intents.fail(intent.id, outcome.error.message);
    return true;
  }
  if (outcome.problem !== undefined && outcome.problem.message !== intent.error) {
    log.warn({ ...about, problem: outcome.problem.message }, "a transaction is waiting");
    await store.intents.note(intent.id, outcome.problem.message);
  }
  return false;
}

async function recordReceipt({ store, log }: Keeper, intent: Intent, receipt: ChainReceipt): Promise<void> {
  const { hash, block, gasUsed, costAtto } = receipt;
  const opened = decodeLogs(
    receipt.logs.filter((entry) => entry.address.toLowerCase() === intent.toAddress.toLowerCase()),
  );
  const requestId = opened.find((event) => event.kind === "opened")?.requestId;
  const stored = { intentId: intent.id, hash, block, succeeded: 1n, gasUsed, costAtto: costAtto.toString() };
  await store.intents.mined(stored, intent.kind === "submit" ? requestId : undefined);
  log.info(
    { kind: intent.kind, request: requestId?.toString(), piece: intent.piece, hash, gasUsed: Number(gasUsed) },
    "mined",
  );
}
