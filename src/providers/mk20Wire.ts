import { z } from "zod";

/** The wire of Curio's Market 2.0, as its OpenAPI description has it. Unknown fields are passed over. */

/** No deal may be shorter: 180 days. */
export const MINIMUM_DURATION_EPOCHS = 518_400;

export const DEAL_STATES = [
  "accepted",
  "uploading",
  "processing",
  "sealing",
  "indexing",
  "failed",
  "complete",
] as const;

const link = z.object({ "/": z.string() });
/** Bytes are base64 in JSON, whatever the OpenAPI description says of arrays of integers. */
const base64 = z.base64();
/** Go writes an empty list as null. */
const listOf = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((list) => list ?? []);

export const httpUrl = z.object({
  url: z.string(),
  headers: z.record(z.string(), z.array(z.string())).optional(),
  /** Lower comes first. */
  priority: z.number().int().default(0),
  /** Used only when the others fail. */
  fallback: z.boolean().default(false),
});

export const sourceHttp = z.object({ urls: z.array(httpUrl).min(1) });
const nothing = z.object({});

/** A piece within an aggregate; its own source is left out when the aggregate's bytes are pulled whole. */
const subPiece = z.object({
  piece_cid: link,
  format: z.object({ raw: nothing.optional(), car: nothing.optional() }),
  source_http: sourceHttp.optional(),
  source_offline: nothing.optional(),
  source_http_put: nothing.optional(),
});

/** Type 1 is FRC-0058; the pieces stand in the order of the index. */
export const formatAggregate = z.object({ type: z.literal(1), sub: z.array(subPiece).min(1) });

export const pieceDataFormat = z.object({
  raw: nothing.optional(),
  car: nothing.optional(),
  aggregate: formatAggregate.optional(),
});

export const sourceAggregate = z.object({ pieces: z.array(subPiece) });

export const dataSource = z.object({
  /** Piece CID v2. */
  piece_cid: link,
  format: pieceDataFormat,
  source_http: sourceHttp.optional(),
  /** Pieces that the provider puts together itself. */
  source_aggregate: sourceAggregate.optional(),
  source_offline: nothing.optional(),
  /** The client sends the bytes once the deal is accepted. */
  source_http_put: nothing.optional(),
});

export const ddoV1 = z.object({
  provider: z.string(),
  /** The epoch by which the piece must be in a proven sector. */
  start_epoch: z.number().int().nullish(),
  duration: z.number().int(),
  allocation_id: z.number().int().nullish(),
  notification_address: z.string().optional(),
  notification_payload: base64.optional(),
  market_address: z.string().optional(),
  market_deal_id: z.number().int().nullish(),
});

export const retrievalV1 = z.object({
  announce_piece: z.boolean().optional(),
  announce_payload: z.boolean().optional(),
  indexing: z.boolean().optional(),
});

/** Proofs of data possession: another product, named here because it is part of the wire. */
export const pdpV1 = z.object({
  create_data_set: z.boolean().optional(),
  delete_data_set: z.boolean().optional(),
  add_piece: z.boolean().optional(),
  delete_piece: z.boolean().optional(),
  data_set_id: z.number().int().nullish(),
  record_keeper: z.string().optional(),
  piece_ids: z.array(z.number().int()).optional(),
  extra_data: base64.optional(),
});

export const products = z.object({
  ddo_v1: ddoV1.optional(),
  retrieval_v1: retrievalV1.optional(),
  pdp_v1: pdpV1.optional(),
});

export const mk20Deal = z.object({
  /** ULID, chosen by the client: the same one is never a second deal. */
  identifier: z.string().regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/, "not a ULID"),
  client: z.string(),
  /** Left out, it comes with an update or at the end of the upload. */
  data: dataSource.optional(),
  products: products.extend({ ddo_v1: ddoV1 }),
});

/** What an update, or the end of an upload, adds to a deal: what the deal has already stays as it is. */
export const mk20Additions = mk20Deal.extend({ products });

const productStatus = z.object({
  status: z.enum(DEAL_STATES),
  errorMsg: z.string().default(""),
});

export const mk20Status = z.object({
  ddo_v1: productStatus,
  pdp_v1: productStatus.optional(),
  /**
   * Not part of mk20, whose deals settle by direct onboarding alone: a provider that settles a deal through the market
   * actor f05 says here which deal on chain it became. A claim, to be checked against the actor.
   */
  f05: z.object({ dealId: z.number().int().nonnegative() }).optional(),
});

export const startUpload = z.object({
  /** Bytes of the payload. */
  raw_size: z.number().int().positive(),
  /** A power of two within what the provider allows; the last chunk may be shorter. */
  chunk_size: z.number().int().positive(),
});

/** Chunks are counted from 1. */
export const uploadStatus = z.object({
  total_chunks: z.number().int(),
  uploaded: z.number().int(),
  missing: z.number().int(),
  uploaded_chunks: listOf(z.number().int()),
  missing_chunks: listOf(z.number().int()),
});

export const supportedProducts = z.object({ products: listOf(z.string()) });
export const supportedSources = z.object({ sources: listOf(z.string()) });
export const supportedContracts = z.object({ contracts: listOf(z.string()) });

export type Mk20Deal = z.input<typeof mk20Deal>;
export type AcceptedMk20Deal = z.output<typeof mk20Deal>;
export type Mk20Additions = z.input<typeof mk20Additions>;
export type Mk20Status = z.output<typeof mk20Status>;
export type Mk20UploadStatus = z.output<typeof uploadStatus>;
export type Mk20DealState = (typeof DEAL_STATES)[number];
