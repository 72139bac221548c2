import { type DealId, dealKey } from "../protocol/dealRecords";
import type { ClassifiedDeal } from "./deal";

/**
 * A request for one deal that the node is responsible for: sent by it, or the on-chain request that a job came from.
 * `cancellable` is false for the latter: cancelling it would end the job.
 */
export interface TrackedRequest {
  /** The node's own name for it, known before the chain has assigned a request id. */
  key: string;
  requestId?: bigint;
  state: "sending" | "open" | "completed";
  submittedAt: bigint;
  deal?: DealId;
  cancelling?: boolean;
  cancellable: boolean;
}

export interface InFlight {
  request: TrackedRequest;
  reason: string;
}

/**
 * Which requests still promise a copy. A stranger's published deal is not among them: it holds no data and promises
 * the node nothing.
 */
export function requestsInFlight(
  requests: readonly TrackedRequest[],
  deals: readonly ClassifiedDeal[],
  now: bigint,
  requestTimeoutEpochs: bigint,
): InFlight[] {
  const byKey = new Map(deals.map((classified) => [dealKey(classified.deal), classified]));
  const covered = new Map<string, string>();
  for (const { deal, holds } of deals) {
    const provider = deal.providerId.toString();
    if (holds && !isOwnRecent(deal, requests, now, requestTimeoutEpochs)) covered.set(provider, dealKey(deal));
  }
  const inFlight: InFlight[] = [];
  const holdsNow = (own: TrackedRequest) => own.deal !== undefined && byKey.get(dealKey(own.deal))?.holds === true;
  // Sealed copies are assigned to their provider before pending ones.
  for (const request of [...requests.filter(holdsNow), ...requests.filter((own) => !holdsNow(own))]) {
    const reason = promise(request, byKey, covered, now - request.submittedAt < requestTimeoutEpochs);
    if (reason !== undefined) inFlight.push({ request, reason });
  }
  return inFlight;
}

function isOwnRecent(deal: DealId, requests: readonly TrackedRequest[], now: bigint, timeoutEpochs: bigint): boolean {
  const key = dealKey(deal);
  return requests.some((own) => {
    return own.deal !== undefined && dealKey(own.deal) === key && now - own.submittedAt < timeoutEpochs;
  });
}

/** Why the request counts as in flight, or undefined. Notes in `covered` which provider a completed one serves. */
function promise(
  request: TrackedRequest,
  deals: ReadonlyMap<string, ClassifiedDeal>,
  covered: Map<string, string>,
  inTime: boolean,
): string | undefined {
  if (request.state === "sending") return "being sent";
  if (request.state === "open") {
    if (request.cancellable) return `request ${request.requestId} is open`;
    return inTime ? `request ${request.requestId} of the job is open` : undefined;
  }
  if (request.deal === undefined)
    return inTime ? `request ${request.requestId} completed, deal not seen yet` : undefined;
  const completed = deals.get(dealKey(request.deal));
  if (completed === undefined) return inTime ? `deal ${request.deal.dealId} is not listed yet` : undefined;
  if (completed.health !== "pending" && !completed.holds) return undefined;
  const provider = request.deal.providerId.toString();
  if (covered.has(provider)) {
    // A second copy on one provider adds nothing. It holds its place until the time-out, so that an aggregator that
    // keeps choosing one provider costs one request per time-out, not one per tick.
    return inTime
      ? `deal ${request.deal.dealId} is a second copy at provider ${provider}; waiting before asking again`
      : undefined;
  }
  covered.set(provider, dealKey(request.deal));
  return completed.health === "pending"
    ? `deal ${request.deal.dealId} is being sealed by provider ${provider}`
    : undefined;
}
