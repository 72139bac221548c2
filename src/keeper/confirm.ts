import type { Block } from "../chain/block";
import type { Keeper } from "./ports";
import { settleIntent } from "./reconcile";

/** Waits for the receipts of what is under way, within the keeper's patience. Returns how many are still awaited. */
export async function confirm(keeper: Keeper, pinned: Block, signal?: AbortSignal): Promise<number> {
  const { store, settings } = keeper;
  for (let waitedMs = 0; ; waitedMs += settings.pollMs) {
    let waiting = 0;
    for (const intent of await store.intents.outstanding()) {
      if (intent.state === "signed" && !(await settleIntent(keeper, intent, pinned))) waiting++;
    }
    if (waiting === 0 || waitedMs >= settings.confirmMs || signal?.aborted === true) return waiting;
    await keeper.sleep(settings.pollMs, signal);
  }
}
