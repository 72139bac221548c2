import type { LifeStage } from "../parts";

/** Offered, and nothing promised: waits for the bid to be named. */
export const tentative: LifeStage = {
  async run(_parts, deal, at) {
    if (at.number <= deal.offeredUntil) return undefined;
    return {
      to: "expired",
      reason: `the offer was valid until epoch ${deal.offeredUntil}, and the client named no bid`,
    };
  },
};
