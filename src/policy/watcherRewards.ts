import { type DealView, NO_ADDRESS } from "../protocol/repairRecords";
import type { RepairParameters } from "../protocol/parameters/repairMarket";
import {
  bondTakenAtto,
  type CollateralHeld,
  halvesAtto,
  reportersShareAtto,
  stakeAtto,
  strikesAtto,
} from "../protocol/repairMoney";

/** What a slash takes of a deal when so many strikes are due; one that was not placed in time loses its whole stake. */
export function strikesDueAtto(deal: DealView, strikes: number, rules: RepairParameters): bigint {
  if (strikes === 0) return 0n;
  if (deal.state === "placing") return deal.stakeAtto;
  const wholeAtto = stakeAtto({ sizeBytes: deal.size, totalAtto: deal.totalAtto }, rules);
  const stake = { wholeAtto, leftAtto: deal.stakeAtto, strikesTaken: deal.order.progress.strikes };
  return strikesAtto(stake, strikes, rules);
}

/** Of what is taken: the slasher's share, half of it when somebody else was the first to report. */
export function slasherShareAtto(
  takenAtto: bigint,
  reporter: string,
  slasher: string,
  rules: RepairParameters,
): bigint {
  const share = reportersShareAtto(takenAtto, rules);
  const alone = reporter === NO_ADDRESS || reporter.toLowerCase() === slasher.toLowerCase();
  return alone ? share : halvesAtto(share).slasherAtto;
}

/** A first reporter's half of the next strike, which comes only if the loss is not cured; `oddsPercent` is how often that is expected. attoFIL. */
export function reporterShareAtto(deal: DealView, rules: RepairParameters, oddsPercent: bigint): bigint {
  const share = reportersShareAtto(strikesDueAtto(deal, 1, rules), rules);
  return (halvesAtto(share).reporterAtto * oddsPercent) / 100n;
}

/** attoFIL that slashing a broken acceptance brings. */
export function bondShareAtto(miner: CollateralHeld, rules: RepairParameters): bigint {
  return reportersShareAtto(bondTakenAtto(miner, rules), rules);
}
