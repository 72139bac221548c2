import type { Contract } from "ethers";

/** One function at one size, priced without being sent. */
export interface GasCase {
  /** `Contract.function`, and what is special: the key in the snapshot. */
  name: string;
  contract: Contract;
  /** With its types when overloaded. */
  function: string;
  args: unknown[];
  from?: string;
  value?: bigint;
  /** Count only what it takes beyond an earlier case, by that one's name. */
  beyond?: string;
  /** Divide by so many: deals, shards. */
  per?: number;
  /** Upper bounds; FVM in million gas, EVM in gas without calldata. */
  reach?: { fvmMillion?: number; evm?: number };
}

/** Cases that are priced on one chain, in the state that making them left behind. */
export interface GasScene {
  make(): Promise<GasCase[]>;
  /** Left out by `--quick`: its set-up or its traces take minutes or gigabytes. */
  slow?: boolean;
}
