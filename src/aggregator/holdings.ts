import type { Block } from "../filecoin/block";
import type { DealStatusReader } from "../protocol/dealStatus";
import { type Aggregations, membersOf, type Placement } from "../store/aggregations";
import { type DealId, dealKey } from "../protocol/dealRecords";
import type { Holding } from "../policy/assign";
import { MARKET_ACTOR_ID } from "./completing";

/** Which provider holds which piece, or must not get it: from the chain, the placements under way, and the store. */
export async function gatherHoldings(
  pieces: readonly string[],
  reader: DealStatusReader,
  store: Aggregations,
  durationEpochs: bigint,
  at: Block,
): Promise<Holding[]> {
  const holdings: Holding[] = [];
  const listed = await reader.inspect(pieces, at);
  const known = new Set<string>();
  for (const [piece, deals] of listed) {
    const faulty = deals.length === 0 ? [] : await reader.faultyDeals(piece, at);
    for (const { marketActorId, providerId, dealId, state, endEpoch } of deals) {
      known.add(`${dealKey({ marketActorId, providerId, dealId })}/${piece}`);
      if (endEpoch <= at.number || state === "ended") continue;
      if (state === "gone" || state === "unknown")
        await store.remember({ providerId, piece, epoch: at.number, reason: `deal ${dealId} ended before its time` });
      else if (faulty.some((fault) => dealKey(fault) === dealKey({ marketActorId, providerId, dealId })))
        holdings.push({ providerId, piece, state: "failed" });
      else holdings.push({ providerId, piece, state: "live", endEpoch });
    }
  }
  const own = (placement: Placement) =>
    membersOf(placement)
      .filter(({ piece }) => listed.has(piece))
      .map(({ piece }) => ({ providerId: placement.providerId, piece }));
  for (const placement of await store.underWay())
    for (const { providerId, piece } of own(placement)) holdings.push({ providerId, piece, state: "under way" });
  for (const placement of await store.done()) {
    // Completed, and pruned since: it was lost, unless it reached its end.
    if (placement.createdEpoch + durationEpochs <= at.number) continue;
    for (const { providerId, piece } of own(placement))
      if (!known.has(`${dealKey(dealOf(placement))}/${piece}`))
        await store.remember({ providerId, piece, epoch: at.number, reason: `deal ${placement.dealId} is gone` });
  }
  for (const { providerId, piece } of await store.failures(pieces))
    holdings.push({ providerId, piece, state: "failed" });
  return holdings;
}

function dealOf({ marketActorId, providerId, dealId }: Placement): DealId {
  return { marketActorId: marketActorId ?? MARKET_ACTOR_ID, providerId, dealId: dealId! };
}
