import type { DealView, MinerView } from "../market/views";
import { NO_ADDRESS } from "../market/views";
import type { RepairParameters } from "../parameters/repairMarket";

const ONE = 10_000n;
const GIB = 1n << 30n;

/** What a miner put up for a deal when it began, of which strikes are shares. */
function wholeStakeAtto({ size, totalAtto }: DealView, rules: RepairParameters): bigint {
  const bySize = ceilDiv(size * rules.collateralPerGiB, GIB);
  const byTotal = ceilDiv(totalAtto * rules.stakeBps, ONE);
  return bySize > byTotal ? bySize : byTotal;
}

/** What so many strikes take: the last one the rest, and never more than there is. */
export function strikesAtto(deal: DealView, strikes: number, rules: RepairParameters): bigint {
  if (strikes === 0) return 0n;
  if (deal.state === "placing") return deal.stakeAtto;
  if (BigInt(deal.order.progress.strikes + strikes) >= rules.maxStrikes) return deal.stakeAtto;
  const due = (wholeStakeAtto(deal, rules) * rules.strikeBps * BigInt(strikes)) / ONE;
  return due < deal.stakeAtto ? due : deal.stakeAtto;
}

/** Of what is taken: the slasher's share, half of it when somebody else was the first to report. */
export function slasherShareAtto(
  takenAtto: bigint,
  reporter: string,
  slasher: string,
  rules: RepairParameters,
): bigint {
  const share = (takenAtto * rules.reporterBps) / ONE;
  const alone = reporter === NO_ADDRESS || reporter.toLowerCase() === slasher.toLowerCase();
  return alone ? share : share - share / 2n;
}

/** A first reporter's half of the next strike, which comes only if the loss is not made good. */
export function reporterShareAtto(deal: DealView, rules: RepairParameters, oddsPercent: bigint): bigint {
  const share = (strikesAtto(deal, 1, rules) * rules.reporterBps) / ONE;
  return ((share / 2n) * oddsPercent) / 100n;
}

/** For a broken acceptance: the bond, as far as unstaked collateral is there. */
export function bondShareAtto({ collateralAtto, lockedAtto }: MinerView, rules: RepairParameters): bigint {
  const free = collateralAtto - lockedAtto;
  const taken = rules.acceptanceBond < free ? rules.acceptanceBond : free;
  return (taken * rules.reporterBps) / ONE;
}

function ceilDiv(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}
