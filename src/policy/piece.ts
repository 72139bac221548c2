import type { ObservedDeal } from "../protocol/dealRecords";
import { classifyDeal, type ClassifiedDeal, type PieceTerms } from "./deal";
import { type InFlight, requestsInFlight, type TrackedRequest } from "./inFlight";

/** Everything known about one piece at one block. */
export interface PieceState {
  /** Piece CID v2. */
  piece: string;
  deals: readonly ObservedDeal[];
  requests: readonly TrackedRequest[];
}

export interface PolicySettings {
  /** A request unanswered for this long is cancelled; only then is another sent. */
  requestTimeoutEpochs: bigint;
}

export type Purpose = "replicate" | "renew" | "repair";

export type Decision =
  { kind: "submit"; purpose: Purpose; reason: string } | { kind: "cancel"; requestId: bigint; reason: string };

/** Sorted from worst to best, for people who look at many pieces. */
export const URGENCIES = ["lost", "critical", "degraded", "ok"] as const;
export type Urgency = (typeof URGENCIES)[number];

export interface PieceVerdict {
  piece: string;
  terms: PieceTerms;
  urgency: Urgency;
  /** Distinct providers with a copy that needs no replacement. */
  healthy: number;
  inFlight: InFlight[];
  /** Copies to ask for (negative: a surplus). */
  needed: number;
  deals: ClassifiedDeal[];
  decisions: Decision[];
  reason: string;
}

/** `needed = target − healthy on distinct providers − in flight`, and what to do about it. */
export function decidePiece(state: PieceState, terms: PieceTerms, now: bigint, settings: PolicySettings): PieceVerdict {
  const deals = state.deals.map((deal) => classifyDeal(deal, terms, now));
  const healthy = new Set(deals.filter((deal) => deal.holds).map((deal) => deal.deal.providerId)).size;
  const inFlight = requestsInFlight(state.requests, deals, now, settings.requestTimeoutEpochs);
  const needed = terms.replicationTarget - healthy - inFlight.length;
  const decisions = [
    ...cancelUnanswered(state.requests, now, settings.requestTimeoutEpochs),
    ...(needed > 0 ? submissions(needed, inFlight.length, deals) : []),
    ...(needed < 0 ? cancelSurplus(state.requests, -needed, now, settings.requestTimeoutEpochs) : []),
  ];
  const count = `${healthy} of ${terms.replicationTarget} copies held, ${inFlight.length} in flight`;
  const urgency = urgencyOf(deals, healthy, terms);
  return { piece: state.piece, terms, urgency, healthy, inFlight, needed, deals, decisions, reason: count };
}

function isUnanswered(request: TrackedRequest, now: bigint, timeoutEpochs: bigint): boolean {
  return request.state === "open" && now - request.submittedAt >= timeoutEpochs;
}

function canCancel(request: TrackedRequest): request is TrackedRequest & { requestId: bigint } {
  const open = request.state === "open" && request.requestId !== undefined;
  return open && request.cancellable && request.cancelling !== true;
}

/** It goes on counting as in flight until the chain has cancelled it: never two requests for one copy. */
function cancelUnanswered(requests: readonly TrackedRequest[], now: bigint, timeoutEpochs: bigint): Decision[] {
  return requests
    .filter(canCancel)
    .filter((request) => isUnanswered(request, now, timeoutEpochs))
    .map(({ requestId, submittedAt }) => {
      const reason = `unanswered for ${now - submittedAt} epochs (time-out ${timeoutEpochs})`;
      return { kind: "cancel", requestId, reason };
    });
}

function cancelSurplus(
  requests: readonly TrackedRequest[],
  surplus: number,
  now: bigint,
  timeoutEpochs: bigint,
): Decision[] {
  // One that is being sent may be one of the open ones, just mined: wait until that is known.
  if (requests.some((own) => own.state === "sending")) return [];
  const leaving = requests.filter((own) => own.state === "open" && own.cancellable);
  const already = leaving.filter((own) => own.cancelling === true || isUnanswered(own, now, timeoutEpochs)).length;
  return leaving
    .filter(canCancel)
    .filter((request) => !isUnanswered(request, now, timeoutEpochs))
    .sort((a, b) => (a.requestId < b.requestId ? 1 : -1))
    .slice(0, Math.max(0, surplus - already))
    .map(({ requestId }) => ({ kind: "cancel", requestId, reason: "the target is met without it" }));
}

/**
 * Names a cause for each copy that is requested, after the causes that what is in flight already answers. Where there are
 * more causes than that, some were answered before: probably the first losses, and the ending deals last.
 */
function submissions(needed: number, inFlight: number, deals: readonly ClassifiedDeal[]): Decision[] {
  const failing = deals.filter((deal) => urgencyOfCause(deal) !== undefined);
  const answered = Math.max(0, failing.length - needed - inFlight);
  const ending = (deal: ClassifiedDeal) => Number(deal.health === "expiring");
  const oldestFirst = failing.toSorted((a, b) => ending(a) - ending(b));
  const open = oldestFirst.slice(answered).sort((a, b) => urgencyOfCause(a)! - urgencyOfCause(b)!);
  return Array.from({ length: needed }, (_, index) => {
    const cause = open[inFlight + index];
    if (cause === undefined) return { kind: "submit", purpose: "replicate", reason: "the target is not met" };
    return { kind: "submit", ...causeOf(cause.health === "expiring" ? "renew" : "repair", cause) };
  });
}

/** What to name first; undefined for a deal that needs no replacement. */
function urgencyOfCause({ health, holds }: ClassifiedDeal): number | undefined {
  if (health === "expiring") return 0;
  if (health === "faulty" && !holds) return 1;
  return health === "lost" ? 2 : undefined;
}

function causeOf(purpose: Purpose, { deal, reason }: ClassifiedDeal): { purpose: Purpose; reason: string } {
  return { purpose, reason: `deal ${deal.dealId} at provider f0${deal.providerId}: ${reason}` };
}

function urgencyOf(deals: readonly ClassifiedDeal[], healthy: number, terms: PieceTerms): Urgency {
  if (terms.replicationTarget === 0 || healthy >= terms.replicationTarget) return "ok";
  if (healthy > 1) return "degraded";
  const retrievable = deals.some((deal) => ["active", "expiring", "unreadable"].includes(deal.health));
  const everHeld = deals.some((deal) => deal.health !== "pending");
  if (healthy === 0 && everHeld && !retrievable) return "lost";
  return everHeld ? "critical" : "degraded";
}
