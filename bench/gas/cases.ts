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
