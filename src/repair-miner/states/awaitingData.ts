import { proposalOfDeal } from "../manifestOfDeal";
import type { LifeStage } from "../parts";
import { whenBidFell } from "./bidStanding";

/** The bid is good: waits for the data shards. */
export const awaitingData: LifeStage = {
  async run(parts, deal, at) {
    const fallen = await whenBidFell(parts, deal, at);
    if (fallen !== undefined) return fallen;
    const { dataShards } = proposalOfDeal(deal);
    return parts.shards.missing(deal.id, dataShards).length === 0 ? { to: "verifying" } : undefined;
  },
};
