import { acceptanceSchema, type DealAnswer } from "../protocol/negotiationWire";
import type { RepairDeal } from "../store/repairDeals";
import { proposalOfDeal } from "./manifestOfDeal";
import type { Doing, MinerParts } from "./parts";

/** A deal for its client. */
export async function answerOf(parts: Pick<MinerParts, "shards" | "deals">, deal: RepairDeal): Promise<DealAnswer> {
  const { id, state, askId, priceAtto, offeredUntil, bidId, acceptance, reason } = deal;
  const { dataShards } = proposalOfDeal(deal);
  return {
    id,
    state,
    askId,
    priceAtto: BigInt(priceAtto),
    ...(acceptance === null ? { offeredUntil } : { acceptance: acceptanceSchema.parse(JSON.parse(acceptance)) }),
    ...(bidId === null ? {} : { bidId }),
    ...(state === "tentative" || state === "awaiting-data" ? { missing: parts.shards.missing(id, dataShards) } : {}),
    doing: [...(JSON.parse(deal.doing) as Doing[]), ...(await copiesOf(parts, deal))],
    ...(reason === null ? {} : { reason }),
  };
}

/** Copies on their way, and why. */
async function copiesOf({ deals }: Pick<MinerParts, "deals">, { id }: RepairDeal): Promise<Doing[]> {
  return (await deals.copiesUnderWay(id)).map(({ shard, providerId, state, reason }) => ({
    shard: Number(shard),
    what: `copy ${state} at f0${providerId}`,
    why: reason,
  }));
}
