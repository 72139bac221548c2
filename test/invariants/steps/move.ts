import { IRepairMarket__factory, IRepairMiner__factory, Wallet__Harness__factory } from "../../../typechain-types";
import { requireOwner, requireOwnerOrWorker } from "../model/miners";
import type { Sectors } from "../model/sectors";
import type { Call, Hex, MarketState, Miner } from "../model/state";
import type { Scene, Stage } from "../world/scene";
import type { Dice } from "./dice";

/** What a step does, before it is known when. */
export interface Move {
  /** The function, for counting. */
  name: string;
  from: Hex;
  to: Hex | undefined;
  data: Hex;
  value?: bigint;
  /** What the model makes of it; throws a `Refusal`. */
  apply: (call: Call) => void;
  /** The epoch at which it is meant to happen; left out: whenever. */
  at?: number;
  /** It carries a signature that is not one over what it does: must be refused. */
  forged?: boolean;
  /** Providers of whose sectors it changes something. */
  sectorsOf?: number;
}

/** A question to the lens, and what the model answers. */
export interface Look {
  name: string;
  check: () => Promise<void>;
}

/** What moves are chosen from. */
export interface Situation {
  scene: Scene;
  stage: Stage;
  model: MarketState;
  world: Sectors;
  /** The next epoch at which something can happen. */
  now: number;
  /** Wallets that refuse money now. */
  refusing: Set<Hex>;
  dice: Dice;
}

export const marketAbi = IRepairMarket__factory.createInterface();
export const minerAbi = IRepairMiner__factory.createInterface();
export const walletAbi = Wallet__Harness__factory.createInterface();

type MinerCall = { miner: Miner; from: Hex; data: Hex; value?: bigint };

/** Through the miner's actor, as its owner or worker may. */
export function forwarded(name: string, o: MinerCall, apply: (call: Call) => void): Move {
  const { miner, from, data, value } = o;
  return {
    ...{ name, from, to: miner.actor, data, value },
    apply: (call) => {
      requireOwnerOrWorker(miner, call);
      apply({ ...call, from: miner.actor });
    },
  };
}

/** Through the miner's actor, as its owner may. */
export function ownersOwn(name: string, o: MinerCall, apply: (call: Call) => void): Move {
  const { miner, from, data, value } = o;
  return {
    ...{ name, from, to: miner.actor, data, value },
    apply: (call) => {
      requireOwner(miner, call);
      apply({ ...call, from: miner.actor });
    },
  };
}
