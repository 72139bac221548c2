import { z } from "zod";

const digits = z.string().regex(/^\d+$/, "must be a number in digits");

/** Which sector is meant: by deal, by provider and sector, or by piece and copy (from 1, in the order of listing). */
const sectorTarget = z.union([
  z.object({ deal: digits }).strict(),
  z.object({ provider: digits, sector: digits }).strict(),
  z.object({ piece: z.string(), copy: z.number().int().min(1) }).strict(),
]);

export const controlRequest = z.discriminatedUnion("action", [
  z.object({ action: z.literal("fault"), target: sectorTarget }),
  z.object({ action: z.literal("recover"), target: sectorTarget }),
  z.object({ action: z.literal("terminate"), target: sectorTarget }),
  z.object({ action: z.literal("skip"), epochs: digits }),
  z.object({
    action: z.enum(["vanish", "return", "refuse", "overload", "accept", "stall", "seal", "corrupt"]),
    provider: digits,
  }),
  z.object({
    action: z.literal("flaky"),
    provider: digits,
    /** Of 100 requests, this many fail. */
    percent: z.number().min(0).max(100),
    seed: z.number().int().min(0),
  }),
  z.object({ action: z.literal("slow"), provider: digits, delayMs: z.number().int().min(0).max(60_000) }),
]);

/** What was done, in words. */
export const controlAnswer = z.object({ epoch: digits, done: z.string() });

export type SectorTarget = z.infer<typeof sectorTarget>;
export type ControlRequest = z.infer<typeof controlRequest>;
export type ControlAnswer = z.infer<typeof controlAnswer>;

/** What a running local network leaves in its data folder, so that a second terminal finds it. */
export const runningNetwork = z.object({ pid: z.number().int(), controlUrl: z.string(), rpcUrl: z.string() });
export type RunningNetwork = z.infer<typeof runningNetwork>;
