import { valuesByWord } from "../../../src/protocol/enums";
import { market } from "./refusal";
import { type Ask, type Bid, type Hex, type MarketState, type Miner, NOBODY } from "./state";

export function askOf(m: MarketState, id: number): Ask {
  return m.asks[id - 1] ?? market("UnknownId", m.asks.length, id);
}

export function bidOf(m: MarketState, id: number): Bid {
  return m.bids[id - 1] ?? market("UnknownId", m.bids.length, id);
}

export function minerOf(m: MarketState, actor: Hex): Miner {
  return m.miners.find((miner) => miner.actor === actor) ?? market("UnknownMiner", actor);
}

/** The actor of a deal's miner; a bid without a deal has none. */
export function actorOf(m: MarketState, bid: Bid): Hex {
  return bid.deal === undefined ? NOBODY : m.miners[bid.deal.miner - 1]!.actor;
}

/** As records number states: a bid and its deal share one. */
const STATES = valuesByWord("RepairState");

export function stateNumber(bid: Bid): bigint {
  if (bid.state !== "filled") return STATES[bid.state];
  return STATES[bid.deal!.state];
}

export function wrongState(bid: Bid): never {
  return market("WrongState", bid.id, stateNumber(bid));
}
