import type { Insertable, Selectable } from "kysely";

/*
 * 64-bit integers are bigints both ways; attoFIL, which outgrows them, is decimal text. `piece` is a piece's key
 * (root and height): a piece CID also carries the payload's size, and two of those can name one piece.
 */

interface JobTable {
  id: string;
  piece: string;
  cid: string;
  replicationTarget: bigint;
  repairThreshold: bigint;
  renewThreshold: bigint;
  fetchLink: string | null;
  /** The on-chain request it came from; null when it was registered with the node. */
  requestId: bigint | null;
  state: "live" | "removed";
  createdAt: string;
}

/** On-chain requests, as read from events; `openedBlock` and `closedBlock` let a reorganisation undo them. */
interface RequestTable {
  requestId: bigint;
  piece: string;
  client: string;
  fetchLink: string;
  openedBlock: bigint;
  state: "open" | "completed" | "cancelled";
  closedBlock: bigint | null;
  marketActorId: bigint | null;
  providerId: bigint | null;
  dealId: bigint | null;
  /** 1 for a RaaS request: it carries terms. */
  raas: bigint;
  /** 1 when it can no longer change a decision. */
  settled: bigint;
}

interface IntentTable {
  id: string;
  kind: "submit" | "cancel" | "call" | "fill";
  piece: string | null;
  requestId: bigint | null;
  reason: string;
  toAddress: string;
  data: string;
  /** planned: nothing was sent yet · signed: may be on its way · mined: has a receipt · done · failed */
  state: "planned" | "signed" | "mined" | "done" | "failed";
  sender: string;
  nonce: bigint | null;
  createdEpoch: bigint;
  minedBlock: bigint | null;
  error: string | null;
}

interface AttemptTable {
  intentId: string;
  hash: string;
  raw: string;
  maxCostAtto: string;
  maxFeeAtto: string;
  priorityFeeAtto: string;
  sentEpoch: bigint;
}

interface ReceiptTable {
  intentId: string;
  hash: string;
  block: bigint;
  succeeded: bigint;
  gasUsed: bigint;
  costAtto: string;
}

interface ObservationTable {
  providerId: bigint;
  sector: bigint;
  firstSeenEpoch: bigint;
  source: "chain" | "keeper";
}

interface FaultCheckTable {
  piece: string;
  checkedEpoch: bigint;
}

interface PieceTable {
  piece: string;
  cid: string;
  payloadBytes: bigint;
  file: string;
}

interface CursorTable {
  name: string;
  block: bigint;
  hash: string;
}

/** What a provider failed, by piece CID v2; `recoveredAt` is the epoch of a later success. */
interface ProviderFailureTable {
  provider: bigint;
  piece: string;
  epoch: bigint;
  reason: string;
  recoveredAt: bigint | null;
}

interface IdentityTable {
  name: string;
  value: string;
}

export interface Schema {
  jobs: JobTable;
  requests: RequestTable;
  intents: IntentTable;
  attempts: AttemptTable;
  receipts: ReceiptTable;
  observations: ObservationTable;
  faultChecks: FaultCheckTable;
  pieces: PieceTable;
  cursors: CursorTable;
  identity: IdentityTable;
  providerFailures: ProviderFailureTable;
}

export type Job = Selectable<JobTable>;
export type NewJob = Insertable<JobTable>;
export type Request = Selectable<RequestTable>;
export type Intent = Selectable<IntentTable>;
export type Attempt = Selectable<AttemptTable>;
export type Receipt = Selectable<ReceiptTable>;
export type Observation = Selectable<ObservationTable>;
export type ProviderFailureRow = Selectable<ProviderFailureTable>;
export type HeldPiece = Selectable<PieceTable>;
export type CursorPoint = { block: bigint; hash: string };
