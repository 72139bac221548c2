import { proposalOfDeal } from "../manifestOfDeal";
import type { LifeStage } from "../parts";
import { ifBidClosed } from "./bidClosed";

/** The bid is good: waits for the data shards. */
export const awaitingData: LifeStage = {
  async run(parts, deal, at) {
    const closed = await ifBidClosed(parts, deal, at);
    if (closed !== undefined) return closed;
    const { dataShards } = proposalOfDeal(deal);
    return parts.shards.missing(deal.id, dataShards).length === 0 ? { to: "verifying" } : undefined;
  },
};
