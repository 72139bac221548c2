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

const httpUrl = z.object({
  url: z.string(),
  headers: z.record(z.string(), z.array(z.string())).optional(),
  /** Lower comes first. */
  priority: z.number().int().default(0),
  /** Used only when the others fail. */
  fallback: z.boolean().default(false),
});

const sources = {
  source_http: z.object({ urls: z.array(httpUrl).min(1) }).optional(),
  source_offline: z.object({}).optional(),
  source_http_put: z.object({}).optional(),
};

/** A piece within an aggregate; its own source is left out when the aggregate's bytes are pulled whole. */
const subPiece = z.object({
  piece_cid: link,
  format: z.object({ raw: z.object({}).optional(), car: z.object({}).optional() }),
  ...sources,
});

const dataSource = z.object({
  /** Piece CID v2. */
  piece_cid: link,
  format: z.object({
    raw: z.object({}).optional(),
    car: z.object({}).optional(),
    /** Type 1 is FRC-0058; the pieces stand in the order of the index. */
    aggregate: z.object({ type: z.literal(1), sub: z.array(subPiece).min(1) }).optional(),
  }),
  ...sources,
});

const ddoV1 = z.object({
  provider: z.string(),
  start_epoch: z.number().int().nullish(),
  duration: z.number().int(),
  allocation_id: z.number().int().nullish(),
  notification_address: z.string().optional(),
  /** Base64. */
  notification_payload: z.string().optional(),
  market_address: z.string().optional(),
  market_deal_id: z.number().int().nullish(),
});

export const mk20Deal = z.object({
  /** ULID, chosen by the client: the same one is never a second deal. */
  identifier: z.string().regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/, "not a ULID"),
  client: z.string(),
  data: dataSource,
  products: z.object({
    ddo_v1: ddoV1,
    retrieval_v1: z
      .object({
        announce_piece: z.boolean().optional(),
        announce_payload: z.boolean().optional(),
        indexing: z.boolean().optional(),
      })
      .optional(),
  }),
});

export const mk20Status = z.object({
  ddo_v1: z.object({
    status: z.enum(DEAL_STATES),
    errorMsg: z.string().default(""),
  }),
  /**
   * Not part of mk20, whose deals settle by direct onboarding alone: a provider that settles a deal through the market
   * actor f05 says here which deal on chain it became. A claim, to be checked against the actor.
   */
  f05: z.object({ dealId: z.number().int().nonnegative() }).optional(),
});

export type Mk20Deal = z.input<typeof mk20Deal>;
export type AcceptedMk20Deal = z.output<typeof mk20Deal>;
export type Mk20Status = z.output<typeof mk20Status>;
export type Mk20DealState = (typeof DEAL_STATES)[number];

/** What the statuses of mk20 mean (the code's own name), and whether the same request may succeed later. */
export const MK20_ERRORS: Readonly<Record<number, { name: string; retryable: boolean }>> = {
  400: { name: "ErrBadProposal", retryable: false },
  401: { name: "ErrUnAuthorized", retryable: false },
  404: { name: "ErrDealNotFound", retryable: false },
  422: { name: "ErrUnsupportedDataSource", retryable: false },
  423: { name: "ErrUnsupportedProduct", retryable: false },
  424: { name: "ErrProductNotEnabled", retryable: false },
  425: { name: "ErrProductValidationFailed", retryable: false },
  426: { name: "ErrDealRejectedByMarket", retryable: false },
  429: { name: "ErrServiceOverloaded", retryable: true },
  430: { name: "ErrMalformedDataSource", retryable: false },
  440: { name: "ErrMarketNotEnabled", retryable: false },
  441: { name: "ErrDurationTooShort", retryable: false },
  500: { name: "ErrServerInternalError", retryable: true },
  503: { name: "ErrServiceMaintenance", retryable: true },
};
