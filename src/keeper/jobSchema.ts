import { ulid } from "ulid";
import { z } from "zod";

import { pieceKeyOf, pieceOf } from "../data/pieceKey";
import { pieceCidV2 } from "../data/pieceCid";
import type { NewJob } from "../store/schema";

/** Faults are detected once per proving period: a shorter repair threshold acts like this one. */
const PROVING_PERIOD_EPOCHS = 2_880;

const MAX_EPOCHS = 5 * 365 * 2_880;
const epochs = (what: string) =>
  z.coerce.number().int().min(0).max(MAX_EPOCHS).describe(`${what}, in epochs of 30 seconds`);

/** A job as it is registered over HTTP, by a task, or with a file. */
export const jobRequestSchema = z.object({
  cid: z.string().min(1).max(200).describe("piece CID: v2 (bafkzcib…), or v1 (baga6ea4sea…) with paddedBytes"),
  paddedBytes: z.coerce.bigint().positive().optional().describe("padded size of the piece, for a piece CID v1"),
  replicationTarget: z.coerce.number().int().min(1).max(100).default(2).describe("copies on distinct providers"),
  repairThreshold: epochs("how long a copy may be faulty before it is replaced").default(2 * PROVING_PERIOD_EPOCHS),
  renewThreshold: epochs("how long before its end a deal is replaced").default(14 * PROVING_PERIOD_EPOCHS),
  fetchLink: z
    .url({ protocol: /^https?$/ })
    .max(2_000)
    .optional()
    .describe("where the bytes can be fetched (http or https)"),
});

export type JobRequest = z.infer<typeof jobRequestSchema>;

export const jobRequestsSchema = z.union([jobRequestSchema, z.array(jobRequestSchema).min(1).max(1_000)]);

/** The body of the old `/api/register_job`: `epochs` meant both thresholds; its other fields are not needed. */
export function parseOldJobRequest(body: unknown): JobRequest {
  const { epochs: both } = z.object({ epochs: z.unknown().optional() }).parse(body);
  const thresholds = both === undefined ? {} : { repairThreshold: both, renewThreshold: both };
  return jobRequestSchema.parse({ ...thresholds, ...(body as object) });
}

/** The job as it is stored. Throws a `PieceCidError` when the CID names no piece. */
export function newJob(request: JobRequest, now: Date): NewJob {
  const piece = pieceOf(request.cid, request.paddedBytes);
  return {
    id: ulid(now.getTime()),
    piece: pieceKeyOf(piece.root, piece.height),
    cid: pieceCidV2(piece).toString(),
    replicationTarget: BigInt(request.replicationTarget),
    repairThreshold: BigInt(request.repairThreshold),
    renewThreshold: BigInt(request.renewThreshold),
    fetchLink: request.fetchLink ?? null,
    requestId: null,
    state: "live",
    createdAt: now.toISOString(),
  };
}

/** What is accepted, but may not do what the sender expects. */
export function jobWarnings(request: JobRequest, bytesHeld: boolean): string[] {
  const warnings: string[] = [];
  if (request.repairThreshold < PROVING_PERIOD_EPOCHS) {
    warnings.push(
      `repairThreshold ${request.repairThreshold} is below ${PROVING_PERIOD_EPOCHS} epochs: on a real network faults are ` +
        `detected once in ${PROVING_PERIOD_EPOCHS} epochs, and most sectors recover within that time.`,
    );
  }
  if (!bytesHeld && request.fetchLink === undefined) {
    warnings.push(
      "This node does not hold the bytes and no fetchLink was given: copies can be made only while a provider's gateway " +
        "has them. Upload them with POST /upload, or register again with a fetchLink.",
    );
  }
  return warnings;
}
