import type { RepairParameters } from "../../protocol/parameters/repairMarket";
import type { MarketReader } from "../../protocol/repairMarket";
import type { Choice } from "./candidates";
import type { UploadChain } from "./chain";
import type { MinerApi } from "./minerApi";
import type { MinerUrls } from "../../protocol/minerUrls";
import type { UploadRecord, UploadRecords } from "./record";

/** Everything that an upload works with. */
export interface UploadParts {
  chain: UploadChain;
  reader: MarketReader;
  records: Pick<UploadRecords, "save" | "folderOf">;
  urls: Pick<MinerUrls, "urlOf">;
  api(url: string): Pick<MinerApi, "terms" | "propose" | "bid" | "accept" | "deal" | "upload">;
  chainId: bigint;
  market: string;
  rules: RepairParameters;
  choice: Choice;
  /** A second bid for data that has one already. */
  again: boolean;
  /** Milliseconds between two looks at the chain or the miner. */
  pollMs: number;
  /** How often a miner that does not answer is asked again. */
  retries: number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  signal?: AbortSignal;
  onProgress?: (doneBytes: number, totalBytes: number) => void;
  /** Called with one line about each step. */
  tell?: (line: string) => void;
}

/** An ask that did not lead to a deal, and why. */
export interface AskFailure {
  askId: bigint;
  reason: string;
}

/** No miner keeps the data, for the reasons given; says what happened to the money. */
export class NoMinerError extends Error {
  override readonly name = "NoMinerError";
  constructor(
    readonly failures: readonly AskFailure[],
    readonly money: string,
  ) {
    const reasons = failures.map(({ askId, reason }) => `\n  ask ${askId}: ${reason}`).join("");
    super(`No repair miner takes the data${reasons === "" ? ": there are no open asks" : `.${reasons}`}\n${money}`);
  }
}

/** The upload cannot continue by itself; says what happened to the money and what to do. */
export class UploadStoppedError extends Error {
  override readonly name = "UploadStoppedError";
}

/** Stores a change of the record, and returns the changed record. */
export function saved(parts: UploadParts, record: UploadRecord, change: Partial<UploadRecord>): UploadRecord {
  const next = { ...record, ...change };
  parts.records.save(next);
  return next;
}

export const refundHint = "`market withdraw` pays the client's credit out.";

/** What the client can do while its bid is open. */
export function openBidHint({ bidId, bidExpiry }: UploadRecord): string {
  return (
    `Bid ${bidId} and its deposit stand until epoch ${bidExpiry}. Run the same command again to continue, or with ` +
    `--cancel to take the deposit back.`
  );
}
