import { repairMinerAbi } from "../../protocol/marketAbi";
import { ContractRevertError } from "../../filecoin/revert";
import type { LifeStage } from "../parts";

/** Promised: fills the bid on chain. */
export const adding: LifeStage = {
  async run(parts, deal, at) {
    const { bidId, askId, authorisation } = deal;
    const bid = await parts.chain.bid(bidId!, at.number);
    if (bid?.repairMiner === parts.repairMiner) return { to: "placing" };
    if (bid === undefined || bid.state !== "open") {
      return { to: "expired", reason: `bid ${bidId} is ${bid?.state ?? "gone"} and cannot be filled` };
    }
    const data = repairMinerAbi.encodeFunctionData("addDeal", [askId, bidId!, authorisation!]);
    try {
      const about = { requestId: bidId!, single: true, reason: `addDeal: bid ${bidId} from ask ${askId}` };
      const { state } = await parts.outbox.sendAndLook({ ...about, to: parts.repairMiner, data }, at);
      return state === "mined" ? { to: "adding" } : undefined;
    } catch (error) {
      if (!(error instanceof ContractRevertError)) throw error;
      // The bond is at risk until the bid expires: it is tried again, and logged as an error.
      parts.log.error(
        { deal: deal.id, refusal: error.message },
        "the market refuses a deal that this miner promised; trying again, its acceptance bond is at risk",
      );
      const doing = [{ what: "addDeal: refused", why: error.message }];
      await parts.deals.change(deal.id, "adding", { doing: JSON.stringify(doing) });
      return undefined;
    }
  },
};
