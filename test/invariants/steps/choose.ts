import { strikeEpochs } from "../model/slashing";
import { type Deal, endOf, isOpen, marked, type MarketState } from "../model/state";
import { advance } from "./advance";
import { addDeal, approveBid, claimAcceptance, vouch } from "./agreements";
import type { Dice } from "./dice";
import type { Move, Situation } from "./move";
import * as offers from "./offers";
import { donate, flushBurn, refuseMoney, withdraw, withdrawEarnings } from "./payments";
import { cure, placeShards, pointless, proveRepair, reportLoss, settle, slash, slashDataLoss } from "./shards";
import { befallSector, compact, meddle } from "./surroundings";

/** A step before it meets a market: what kind, and chance for all the rest. */
export interface Intent {
  kind: number;
  seed: number;
}

export const LOOK = "look";

const begun = (deal: Deal) => deal.state === "active";
const isMarked = (deal: Deal) => marked(deal).length > 0;

type Chooser = (s: Situation) => Move | undefined;

/** How often of a thousand, and what. The first is what a failing sequence shrinks to. */
const KINDS: [number, Chooser | typeof LOOK][] = [
  [390, advance],
  [22, (s) => offers.addAsk(s)],
  [8, offers.cancelAsk],
  [28, (s) => offers.addBid(s)],
  [8, offers.cancelBid],
  [12, offers.expireBid],
  [14, approveBid],
  [30, (s) => addDeal(s)],
  [10, vouch],
  [26, claimAcceptance],
  [48, (s) => (pointless(s) ? undefined : placeShards(s))],
  [50, (s) => (pointless(s) ? undefined : proveRepair(s))],
  [40, (s) => (pointless(s, begun) ? undefined : reportLoss(s))],
  [24, (s) => (pointless(s, isMarked) ? undefined : cure(s))],
  [46, (s) => (pointless(s) ? undefined : slash(s))],
  [34, (s) => (pointless(s, isMarked) ? undefined : slashDataLoss(s))],
  [24, (s) => (pointless(s, begun) ? undefined : settle(s))],
  [18, (s) => withdrawEarnings(s)],
  [26, (s) => withdraw(s)],
  [8, flushBurn],
  [8, offers.addCollateral],
  [16, (s) => offers.withdrawCollateral(s)],
  [8, offers.changeWorker],
  [8, offers.registerClient],
  [6, (s) => offers.createMiner(s)],
  [80, (s) => befallSector(s)],
  [5, compact],
  [8, refuseMoney],
  [3, donate],
  [10, meddle],
  [28, LOOK],
];

export const KIND_COUNT = KINDS.reduce((sum, [weight]) => sum + weight, 0);

export function choose(kind: number, s: Situation): Move | typeof LOOK {
  let left = kind % KIND_COUNT;
  for (const [weight, chooser] of KINDS) {
    if (left < weight) return chooser === LOOK ? LOOK : (chooser(s) ?? advance(s));
    left -= weight;
  }
  throw new RangeError(`${kind} is no kind of step.`);
}

/** Every epoch from now on at which something ends or begins, in order. */
export function comingEpochs(model: MarketState, now: number): number[] {
  const { rules } = model;
  const epochs: number[] = [];
  for (const { state, expiry } of model.asks) if (state === "open") epochs.push(expiry);
  for (const { state, expiry } of model.bids) if (state === "open") epochs.push(expiry, expiry + rules.claimWindow);
  for (const { lockedUntil } of model.miners) epochs.push(lockedUntil);
  for (const bid of model.bids) {
    const { deal } = bid;
    if (deal === undefined || !isOpen(deal)) continue;
    if (deal.state === "placing") {
      epochs.push(deal.deadline);
      continue;
    }
    const end = endOf(bid, deal);
    epochs.push(
      ...[...strikeEpochs(model, bid, deal)].slice(0, 6),
      end - rules.finalWindow,
      end,
      end + rules.finalWindow,
    );
    for (const { markedAt, validUntil } of deal.shards) {
      if (validUntil > 0) epochs.push(validUntil);
      if (markedAt > 0) epochs.push(markedAt + rules.repairWindow);
    }
  }
  return epochs.filter((epoch) => epoch >= now).sort((a, b) => a - b);
}

/** When a step happens that does not care: mostly at once, else near the next deadline of anything. */
export function whenever(model: MarketState, now: number, dice: Dice): number {
  if (dice.chance(80)) return now;
  const coming = comingEpochs(model, now);
  const [soon] = coming;
  if (soon !== undefined && dice.chance(65)) return Math.max(soon + dice.between(-1, 1), now);
  const any = dice.maybe(coming.slice(0, 8));
  if (any !== undefined && dice.chance(25)) return Math.max(any + dice.between(-1, 1), now);
  return now + dice.one([1, 60, 1_000, 2_880]);
}
