import type { Hex, Miner } from "../model/state";
import { KEYED, keyed } from "../world/actors";
import type { Situation } from "./move";

/** Who does what: mostly who may, sometimes anybody. */

export const everybody = ({ scene }: Situation): Hex[] => [...KEYED.map(({ address }) => address), ...scene.wallets];

export const anybody = (s: Situation): Hex => s.dice.one(everybody(s));

/** Clients: a key, a wallet, and the owner of a miner, who deals with itself. */
export const aClient = (s: Situation): Hex =>
  s.dice.one([keyed("client").address, keyed("client").address, s.scene.wallets[0]!, keyed("owner").address]);

export const aWatcher = (s: Situation): Hex =>
  s.dice.one([keyed("reporter").address, keyed("stranger").address, keyed("reporter").address, anybody(s)]);

export const theOwner = (s: Situation, miner: Miner): Hex => (s.dice.chance(93) ? miner.owner : anybody(s));

export const ownerOrWorker = (s: Situation, miner: Miner): Hex =>
  s.dice.chance(95) ? s.dice.one([miner.owner, miner.worker]) : anybody(s);

export const aMiner = (s: Situation): Miner => s.dice.one(s.model.miners);
