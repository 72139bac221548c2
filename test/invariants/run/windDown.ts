import { equal } from "../checks/observation";
import { strikeEpochs } from "../model/slashing";
import { endOf, isOpen } from "../model/state";
import { expireBid, withdrawCollateral } from "../steps/offers";
import { flushBurn, withdraw } from "../steps/payments";
import { settle, slash } from "../steps/shards";
import { Dice } from "../steps/dice";
import { keyed } from "../world/actors";
import type { Move, Situation } from "../steps/move";
import type { Sequence } from "./sequence";

/** Chance that lets sensible moves be as they are. */
class Plain extends Dice {
  override roll(): number {
    return 0;
  }

  override chance(percent: number): boolean {
    return percent >= 50;
  }
}

/**
 * The end of every sequence: everybody goes home. Whatever happened before, all deals can be closed by a stranger, all
 * money can be taken out, and nothing is left but what nobody put in properly.
 */
export async function windDown(sequence: Sequence): Promise<void> {
  const next = (): Situation => ({ ...sequence.situation(0), dice: new Plain(0) });
  const must = async (move: Move, epoch?: number) => {
    const { now } = next();
    const accepted = await sequence.make(move, Math.max(epoch ?? now, now));
    if (!accepted) throw new Error(`In the end ${move.name} is refused.`);
  };
  const { market } = sequence;
  for (const bid of market.bids) {
    if (bid.state === "open") await must(expireBid(next(), bid), bid.expiry + 1);
    const { deal } = bid;
    if (deal === undefined) continue;
    while (isOpen(deal)) {
      const s = next();
      const found = { bid, deal };
      if (deal.state === "placing") await must(slash(s, found), deal.deadline + 1);
      else {
        const over = Math.max(endOf(bid, deal), ...strikeEpochs(market, bid, deal)) + market.rules.finalWindow + 1;
        await must(settle(s, found), over);
      }
    }
  }
  const last = Math.max(0, ...market.miners.map(({ lockedUntil }) => lockedUntil)) + 1;
  for (const miner of market.miners) {
    const s = next();
    if (miner.collateral > 0n) await must(withdrawCollateral({ ...s, now: Math.max(s.now, last) }, miner), last);
  }
  const payee = keyed("stranger").address;
  for (const [account, credit] of [...market.credits]) {
    if (credit > 0n) await must(withdraw(next(), account, payee));
  }
  if (market.unburnt > 0n) await must(flushBurn(next()));
  equal("I1", "what is left in the market", sequence.balance, sequence.forcedIn);
}
