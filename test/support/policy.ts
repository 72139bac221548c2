import type { ObservedDeal } from "../../src/protocol/dealRecords";
import type { PieceTerms } from "../../src/policy/deal";
import type { TrackedRequest } from "../../src/policy/inFlight";

export const NOW = 100_000n;

export function exampleTerms(overrides: Partial<PieceTerms> = {}): PieceTerms {
  return { replicationTarget: 2, repairThresholdEpochs: 5_760n, renewThresholdEpochs: 2_880n, ...overrides };
}

export function exampleDeal(overrides: Partial<ObservedDeal> = {}): ObservedDeal {
  return {
    marketActorId: 5n,
    providerId: 1000n,
    dealId: 0n,
    sector: 7n,
    state: "active",
    endEpoch: NOW + 518_400n,
    ...overrides,
  };
}

export function exampleRequest(overrides: Partial<TrackedRequest> = {}): TrackedRequest {
  return { key: "request-1", requestId: 1n, state: "open", submittedAt: NOW - 10n, cancellable: true, ...overrides };
}
