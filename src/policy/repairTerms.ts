import type { CopyPurpose } from "../protocol/dealRecords";
import type { SectorStatus } from "../protocol/enums";

/** What the policy of a repair deal needs besides the deal: the miner's copies under way, rules and margins. */

/** A copy of a shard on its way to a sector, or sealed in one and not (or not yet) the one that the deal names. */
export interface CopyView {
  identifier: string;
  shard: number;
  provider: bigint;
  state: "planned" | "proposed" | "sealed";
  purpose: CopyPurpose;
  /** Of a sealed one. */
  sector?: { sector: bigint; status: SectorStatus; location: string; validUntil: bigint };
}

/** The market's rules that the policy needs, in epochs. */
export interface RepairRules {
  placementWindow: bigint;
  provingPeriod: bigint;
  repairWindow: bigint;
  finalWindow: bigint;
}

export interface RepairSettings {
  /** A proof is made so many epochs before the deadline. */
  proveMarginEpochs: bigint;
  /** A fault younger than this may recover by itself: its sector's next deadline comes within 2880 epochs. */
  faultPatienceEpochs: bigint;
  /** Epochs that placing a copy may take: with less time to a deadline nothing waits. */
  placeLeadEpochs: bigint;
  /** A copy not sealed after so many epochs has failed. */
  placeTimeoutEpochs: bigint;
  /** A copy that is committed for less than this, and not to the deal's end, is replaced. */
  renewLeadEpochs: bigint;
  /** Shards in one placement transaction, and in one proof. */
  placeBatch: number;
  proveBatch: number;
  /** Earnings below this are not worth a transaction. */
  minWithdrawAtto: bigint;
}

/** One proving period of a sector, and an hour for its answer to become final. */
const FAULT_PATIENCE = 2_880n + 120n;

/** Margins that fit a market's rules. */
export function repairSettingsFor(rules: RepairRules): RepairSettings {
  const shorter = rules.repairWindow < rules.provingPeriod ? rules.repairWindow : rules.provingPeriod;
  return {
    proveMarginEpochs: rules.provingPeriod / 4n,
    faultPatienceEpochs: FAULT_PATIENCE < shorter / 2n ? FAULT_PATIENCE : shorter / 2n,
    placeLeadEpochs: shorter / 2n,
    placeTimeoutEpochs: rules.placementWindow / 3n < shorter / 3n ? rules.placementWindow / 3n : shorter / 3n,
    renewLeadEpochs: 2n * shorter,
    placeBatch: 32,
    proveBatch: 128,
    minWithdrawAtto: 10n ** 17n,
  };
}
