import { BPS } from "./rules";
import { type Bid, type Deal, earnedOf, endOf, type Hex, marked, type MarketState, NEVER, NOBODY } from "./state";

/** Deadlines, strikes, and what they cost. */

/** The deadline that is next: the proof's, or the first repair's if it comes before the deal's end. */
export function deadlineOf(bid: Bid, deal: Deal): number {
  const repairs = marked(deal).length > 0 && deal.repairBy <= endOf(bid, deal);
  return repairs ? Math.min(deal.repairBy, deal.deadline) : deal.deadline;
}

/** Every epoch at which a strike falls from now on if nobody does anything, in order. */
export function* strikeEpochs(m: MarketState, bid: Bid, deal: Deal): Generator<number> {
  const { strikePeriod, finalWindow } = m.rules;
  const end = endOf(bid, deal);
  let epoch = deadlineOf(bid, deal);
  for (; epoch <= end; epoch += strikePeriod) yield epoch;
  const inLastWindow = deadlineOf(bid, deal) > end;
  if (inLastWindow) {
    if (deadlineOf(bid, deal) !== NEVER) yield deadlineOf(bid, deal);
  } else if (end - deal.provenThrough > finalWindow) {
    yield end + finalWindow;
  }
}

/** How many strikes are due, without a cap, and where the next one falls. */
export function strikesDue(m: MarketState, bid: Bid, deal: Deal, now: number): { due: number; next: number } {
  let due = 0;
  for (const epoch of strikeEpochs(m, bid, deal)) {
    if (epoch >= now) return { due, next: epoch };
    due++;
  }
  return { due, next: NEVER };
}

/** Whether the strikes that are due now would end the deal. */
export const wouldFail = (m: MarketState, bid: Bid, deal: Deal, now: number) =>
  strikesDue(m, bid, deal, now).due >= m.rules.maxStrikes - deal.strikes && strikesDue(m, bid, deal, now).due > 0;

/** Takes the strikes that are due; true if that was the end of the deal. */
export function takeStrikes(m: MarketState, bid: Bid, deal: Deal, now: number, slasher: Hex): boolean {
  const { due, next } = strikesDue(m, bid, deal, now);
  if (due === 0) return false;
  const left = m.rules.maxStrikes - deal.strikes;
  const taken = Math.min(due, left);
  deal.strikes += taken;
  deal.deadline = Math.max(deal.deadline, next);
  deal.repairBy = Math.max(deal.repairBy, next);
  deal.freshAfter = now;
  deal.lapsed = true;
  if (taken === left) {
    fail(m, bid, deal, slasher);
    return true;
  }
  slash(m, bid, deal, (deal.wholeStake * m.rules.strikeBps * BigInt(taken)) / BPS, slasher);
  return false;
}

function slash(m: MarketState, bid: Bid, deal: Deal, due: bigint, slasher: Hex): void {
  const amount = due < deal.stake ? due : deal.stake;
  deal.stake -= amount;
  m.miners[deal.miner - 1]!.collateral -= amount;
  split(m, amount, bid.client, deal.reporter, slasher);
}

/** The client's share; the reporter's, by halves if somebody else slashed; the rest burns. */
export function split(m: MarketState, amount: bigint, client: Hex, reporter: Hex, slasher: Hex): void {
  const forClient = (amount * m.rules.clientBps) / BPS;
  const earners = [reporter, slasher].filter((account) => account !== NOBODY);
  const forReporters = earners.length === 0 ? 0n : (amount * m.rules.reporterBps) / BPS;
  m.credit(client, forClient);
  if (earners.length === 2) {
    m.credit(reporter, forReporters / 2n);
    m.credit(slasher, forReporters - forReporters / 2n);
  } else if (earners.length === 1) {
    m.credit(earners[0]!, forReporters);
  }
  m.unburnt += amount - forClient - forReporters;
}

/** The rest of the stake goes; what was earned stays the miner's. */
export function fail(m: MarketState, bid: Bid, deal: Deal, slasher: Hex): void {
  slash(m, bid, deal, deal.stake, slasher);
  close(m, bid, deal, "failed");
}

export function close(m: MarketState, bid: Bid, deal: Deal, as: "failed" | "finished"): void {
  const earned = earnedOf(bid, deal);
  m.credit(m.miners[deal.miner - 1]!.owner, earned - deal.withdrawn);
  m.credit(bid.client, deal.total - earned);
  deal.withdrawn = earned;
  deal.stake = 0n;
  deal.state = as;
}
