import { toJson } from "../../service/json";
import type { LifeStage } from "../parts";
import { RefusedError } from "../refused";
import { tryAddDeal } from "../trial";
import { ifBidClosed } from "./bidClosed";

/** The data is here and right: the worker promises to fill the bid. The promise is stored before anybody sees it. */
export const accepted: LifeStage = {
  async run(parts, deal, at) {
    const closed = await ifBidClosed(parts, deal, at);
    if (closed !== undefined) return closed;
    const ask = await parts.chain.ask(deal.askId, at.number);
    if (ask === undefined || !ask.open) return { to: "refused", reason: `ask-closed: ask ${deal.askId} is not open` };
    const deadline = ask.expiry < deal.bidExpiry! ? ask.expiry : deal.bidExpiry!;
    if (deadline < at.number + parts.settings.acceptMarginEpochs)
      return {
        to: "refused",
        reason: `bid-not-open: epoch ${deadline} is too near: the bid could not be filled by then`,
      };
    const { bidId, askId, authorisation } = deal;
    try {
      await tryAddDeal(parts, { askId, bidId: bidId!, authorisation: authorisation! });
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      // No promise is better than one that cannot be kept: the bond would be lost.
      return { to: "refused", reason: `${error.code}: ${error.message}` };
    }
    const acceptance = { bidId: bidId!, askId, miner: parts.repairMiner, deadline, authorisation: authorisation! };
    const signature = await parts.signAcceptance(acceptance);
    return { to: "adding", change: { acceptance: toJson({ ...acceptance, signature }) } };
  },
};
