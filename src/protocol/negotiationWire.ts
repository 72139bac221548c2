import { z } from "zod";

/**
 * The wire between a client and a repair miner, HTTP and JSON. Integers beyond 2^53 are decimal strings; bytes are 0x-hex.
 *
 *   POST /deals                      Proposal → 201 DealAnswer (tentative), or a refusal as problem details (409, 422, 503)
 *   POST /deals/{id}/bid             BidNotice → 200 DealAnswer: the bid on chain is the one proposed, the signature is good
 *   PUT  /deals/{id}/shards/{index}  the payload range of data shard `index` (127/128 of its padded size), raw bytes → 204
 *   PUT  /deals/{id}/data            or the whole payload at once → 204
 *   POST /deals/{id}/accept          → 200 DealAnswer with the binding acceptance, or 202 while it is being verified
 *   GET  /deals/{id}                 → 200 DealAnswer
 *   GET  /deals                      → 200 { deals: DealAnswer[] }
 *   GET  /terms                      → 200 Terms
 *   GET  /piece/{cid}                bytes of a shard while they are held, ranges included
 *   GET  /healthz, GET /metrics
 */

const uint = z.union([z.bigint(), z.string().regex(/^\d{1,78}$/), z.number().int().nonnegative()]).transform(BigInt);
const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/, "must be an address of 20 bytes (0x and 40 hex digits)");
const word = z.string().regex(/^0x[0-9a-fA-F]{64}$/, "must be 32 bytes (0x and 64 hex digits)");
const hexBytes = z.string().regex(/^0x([0-9a-fA-F]{2})*$/, "must be bytes in hex (0x and an even number of digits)");

/** What a client wants to have stored, before it has paid anything. */
export const proposalSchema = z.object({
  /** ULID of the client's choice: the same one again is the same proposal. */
  id: z.string().regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/, "must be a ULID"),
  client: address,
  askId: uint,
  /** Root of the encoded data's piece tree. */
  droot: word,
  dataShards: z.number().int().min(1).max(254),
  totalShards: z.number().int().min(2).max(255),
  maxShardsPerProvider: z.number().int().min(1).max(255),
  /** Bytes of the data before encoding. */
  payloadBytes: uint,
  /** Padded bytes of all shards. */
  size: uint,
  durationEpochs: uint,
  /** attoFIL per GiB and epoch that the bid will offer. */
  priceAtto: uint,
  /** Provider actor ids that may hold shards, of which the bid carries the root; none: any. */
  providers: z.array(uint).max(1_000).default([]),
});

export const bidNoticeSchema = z.object({
  bidId: uint,
  /** The client's EIP-712 signature of the authorisation; 0x when it approved on chain. */
  authorisation: hexBytes,
});

/** A client's record of one file that it stores; the acceptance that it received is in the same folder. */
export const RECORD_FILE = "store.json";

/** The worker's promise as `slashBrokenAcceptance` takes it. */
export const acceptanceSchema = z.object({
  bidId: uint,
  askId: uint,
  miner: address,
  deadline: uint,
  authorisation: hexBytes,
  signature: hexBytes,
});

/** Where a deal stands with the repair miner. */
export const REPAIR_DEAL_STATES = [
  "tentative",
  "awaiting-data",
  "verifying",
  "accepted",
  "adding",
  "placing",
  "keeping",
  "repairing",
  "settling",
  "finished",
  "failed",
  "refused",
  "expired",
] as const;

export const dealAnswerSchema = z.object({
  id: z.string(),
  state: z.enum(REPAIR_DEAL_STATES),
  askId: uint,
  /** attoFIL per GiB and epoch that will be paid: the ask's. */
  priceAtto: uint,
  /** Last epoch at which this offer stands, until there is a binding acceptance. */
  offeredUntil: uint.optional(),
  bidId: uint.optional(),
  /** Data shards whose bytes are still missing. */
  missing: z.array(z.number().int()).optional(),
  acceptance: acceptanceSchema.optional(),
  /** What is being done, shard by shard, and why. */
  doing: z.array(z.object({ shard: z.number().int().optional(), what: z.string(), why: z.string() })).default([]),
  /** Why it was refused or failed. */
  reason: z.string().optional(),
});

export const termsSchema = z.object({
  chainId: uint,
  market: address,
  /** The `RepairMiner`. */
  repairMiner: address,
  worker: address,
  asks: z.array(uint),
  maxPayloadBytes: uint,
  providers: z.number().int(),
});

export type Proposal = z.infer<typeof proposalSchema>;
export type BidNotice = z.infer<typeof bidNoticeSchema>;
export type SignedAcceptance = z.infer<typeof acceptanceSchema>;
export type DealAnswer = z.infer<typeof dealAnswerSchema>;
export type MinerTerms = z.infer<typeof termsSchema>;
export type RepairDealState = (typeof REPAIR_DEAL_STATES)[number];

/** Reasons for a refusal, in `code` of the problem details. */
export type Refusal =
  | "ask-unknown"
  | "ask-closed"
  | "price-too-low"
  | "too-large"
  | "no-capacity"
  | "collateral-short"
  | "providers-short"
  | "duration"
  | "coding"
  | "busy"
  | "bid-differs"
  | "bid-not-open"
  | "authorisation-invalid"
  | "data-differs"
  | "unknown-deal"
  | "wrong-state";
