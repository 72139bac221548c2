import { bidOf } from "./records";
import { market } from "./refusal";
import { type Call, earnedOf, type Hex, type MarketState } from "./state";

export function withdrawEarnings(m: MarketState, id: number): void {
  const bid = bidOf(m, id);
  const deal = bid.deal;
  const amount = deal === undefined ? 0n : earnedOf(bid, deal) - deal.withdrawn;
  if (deal === undefined || amount === 0n) return market("NothingToWithdraw");
  deal.withdrawn += amount;
  m.credit(m.miners[deal.miner - 1]!.owner, amount);
}

/** `takes`: whether the payee takes the money. */
export function withdraw(m: MarketState, call: Call, to: Hex, takes: boolean): void {
  const amount = m.creditOf(call.from);
  if (amount === 0n) market("NothingToWithdraw");
  if (!takes) market("PaymentFailed", to, amount);
  m.credits.set(call.from, 0n);
  m.balance -= amount;
}

export function flushBurn(m: MarketState): void {
  if (m.unburnt === 0n) market("NothingToWithdraw");
  m.balance -= m.unburnt;
  m.unburnt = 0n;
}
