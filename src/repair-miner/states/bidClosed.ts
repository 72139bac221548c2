import type { Block } from "../../filecoin/block";
import type { RepairDeal } from "../../store/repairDeals";
import type { MinerParts, Step } from "../parts";

/** The step to take when the deal's bid can no longer be filled; undefined: it still can. */
export async function ifBidClosed(parts: MinerParts, deal: RepairDeal, at: Block): Promise<Step | undefined> {
  const bid = await parts.chain.bid(deal.bidId!, at.number);
  if (bid === undefined) return { to: "expired", reason: `there is no bid ${deal.bidId} any more` };
  if (bid.repairMiner === parts.repairMiner) return undefined;
  if (bid.state === "open" && at.number <= bid.order.expiry) return undefined;
  return { to: "expired", reason: `bid ${deal.bidId} is ${bid.state === "open" ? "expired" : bid.state}` };
}
