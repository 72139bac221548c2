import type { Block } from "../filecoin/block";
import { dealKey } from "../protocol/dealRecords";
import type { Keeper } from "./ports";
import type { Judged } from "./read";

/** Requests that can no longer change a decision are not read again: completed, sealed or lost, and past the time-out. */
export async function settleRequests(keeper: Keeper, judged: readonly Judged[], block: Block): Promise<void> {
  const settled: bigint[] = [];
  for (const { requests, deals } of judged) {
    const pending = new Set(deals.filter((it) => it.health === "pending").map((it) => dealKey(it.deal)));
    for (const { requestId, state, deal, submittedAt } of requests) {
      if (state !== "completed" || requestId === undefined || deal === undefined) continue;
      const old = block.number - submittedAt >= keeper.settings.requestTimeoutEpochs;
      if (old && !pending.has(dealKey(deal))) settled.push(requestId);
    }
  }
  await keeper.store.requests.settle(settled);
}
