import type { Block } from "../filecoin/block";
import { countWaiting } from "../outbox/outbox";
import type { Keeper } from "./ports";

/** Waits for the receipts of what is under way, for `confirmMs` at most. Returns how many are still waited for. */
export async function confirm(keeper: Keeper, pinned: Block, signal?: AbortSignal): Promise<number> {
  const { outbox, settings } = keeper;
  for (let waitedMs = 0; ; waitedMs += settings.pollMs) {
    const waiting = countWaiting(await outbox.settle(pinned));
    if (waiting === 0 || waitedMs >= settings.confirmMs || signal?.aborted === true) return waiting;
    await keeper.sleep(settings.pollMs, signal);
  }
}
