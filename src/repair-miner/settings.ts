import type { ReadTag } from "../filecoin/block";
import type { RepairSettings } from "../policy/repairTerms";

/** Sectors live 1278 days at most; providers round up to a deadline, and want some slack. */
const MAX_SECTOR_EPOCHS = 1_278n * 2_880n - 5_760n;

export interface MinerSettings {
  /** The block that is believed; on a live network: finalized. */
  readTag: ReadTag;
  /** Bytes of a payload before encoding, at most. */
  maxPayloadBytes: bigint;
  /** Deals not on chain yet, at most. */
  maxTentative: number;
  /** How long a tentative acceptance is valid, in epochs. */
  offerEpochs: bigint;
  /** Epochs for which a bid must still be open when the binding acceptance is given. */
  acceptMarginEpochs: bigint;
  /** What a provider may ask at most, attoFIL per GiB and epoch; undefined: any price. */
  maxProviderPriceAtto?: bigint;
  /** Removes the shards' bytes once all shards are placed; they are rebuilt when needed. */
  dropBytes: boolean;
  /** Asked of providers beyond the deal's end and the 86 400 epochs for which a notice is not believed. */
  termMarginEpochs: bigint;
  maxSectorEpochs: bigint;
  /** After so many epochs a provider that failed a piece may be tried again with it, if no other one can take it. */
  retryProviderEpochs: bigint;
  /** Shards fetched at a time to rebuild others. */
  fetchParallel: number;
  /** Milliseconds that the fetch of one of them may take. */
  fetchTimeoutMs: number;
  /** Where the owner's credit is paid, if the worker's key is the owner's too; undefined: it stays. */
  withdrawTo?: string;
  /** Of the policy; what is not given follows from the market's rules. */
  policy: Partial<RepairSettings>;
}

export const MINER_DEFAULTS: MinerSettings = {
  readTag: "finalized",
  maxPayloadBytes: 32n << 30n,
  maxTentative: 64,
  offerEpochs: 2_880n,
  acceptMarginEpochs: 60n,
  dropBytes: false,
  termMarginEpochs: 2n * 2_880n,
  maxSectorEpochs: MAX_SECTOR_EPOCHS,
  retryProviderEpochs: 1_440n,
  fetchParallel: 4,
  fetchTimeoutMs: 60 * 60_000,
  policy: {},
};
