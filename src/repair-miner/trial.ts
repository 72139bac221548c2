import { repairMinerAbi } from "../protocol/marketAbi";
import { ContractRevertError } from "../filecoin/revert";
import type { Refusal } from "../protocol/negotiationWire";
import type { MinerParts } from "./parts";
import { RefusedError } from "./refused";

const REFUSAL_OF: Record<string, Refusal> = {
  RepairMarket_AskNotOpen: "ask-closed",
  RepairMarket_AskExpired: "ask-closed",
  RepairMarket_WrongState: "bid-not-open",
  RepairMarket_BidExpired: "bid-not-open",
  RepairMarket_PriceTooHigh: "price-too-low",
  RepairMarket_AskTooSmall: "no-capacity",
  RepairMarket_PledgeExceeded: "no-capacity",
  RepairMarket_CollateralShort: "collateral-short",
  RepairMarket_NotAuthorised: "authorisation-invalid",
};

/** Asks the market itself, by a simulated call, whether it would accept `addDeal` now, the authorisation included (a key's
 *  signature, a contract's, or an approval). Throws a RefusedError when it would not. */
export async function tryAddDeal(
  { chain, repairMiner, outbox }: MinerParts,
  { askId, bidId, authorisation }: { askId: bigint; bidId: bigint; authorisation: string },
): Promise<void> {
  try {
    const data = repairMinerAbi.encodeFunctionData("addDeal", [askId, bidId, authorisation]);
    await chain.simulate(outbox.address, repairMiner, data, "addDeal");
  } catch (error) {
    if (!(error instanceof ContractRevertError)) throw error;
    throw new RefusedError(REFUSAL_OF[error.reason] ?? "authorisation-invalid", error.message);
  }
}
