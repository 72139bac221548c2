import type { RepairDealState } from "../../protocol/negotiationWire";
import { isDamaged } from "../../policy/repairDeal";
import type { RepairDealView } from "../../protocol/repairRecords";
import { keep } from "../keep";
import type { LifeStage } from "../parts";

/** Keeps a deal that is on chain; whatever the state it is in, the same acts are open to it. */
export const onChain: LifeStage = {
  async run(parts, deal, at) {
    const { view, doing, again } = await keep(parts, deal, at);
    const to = stateOf(view, at.number);
    const change = { doing: JSON.stringify(doing) };
    if (to === deal.state && !again) {
      await parts.deals.change(deal.id, deal.state, change);
      return undefined;
    }
    const reason =
      to === "failed" ? "the market closed it: a deadline was missed too often, or the data was lost" : null;
    return { to, change, ...(reason === null ? {} : { reason }) };
  },
};

function stateOf(view: RepairDealView, now: bigint): RepairDealState {
  if (view.state === "finished" || view.state === "failed") return view.state;
  if (view.state === "placing") return "placing";
  if (now > view.end) return "settling";
  return isDamaged(view) ? "repairing" : "keeping";
}
