import { expect } from "chai";
import type { ObservedDeal } from "../../../src/protocol/dealRecords";
import type { PieceTerms } from "../../../src/policy/deal";
import type { TrackedRequest } from "../../../src/policy/inFlight";
import { decidePiece } from "../../../src/policy/piece";
import { mergeTerms } from "../../../src/policy/terms";
import { exampleDeal, exampleRequest, exampleTerms, NOW } from "../../support/policy";

const TIMEOUT = 1_000n;

const at = (providerId: bigint, overrides: Partial<ObservedDeal> = {}) =>
  exampleDeal({ providerId, dealId: providerId, ...overrides });

const old = (overrides: Partial<TrackedRequest>) => exampleRequest({ submittedAt: NOW - TIMEOUT, ...overrides });

const completed = (providerId: bigint, overrides: Partial<TrackedRequest> = {}) =>
  exampleRequest({
    key: `request-${providerId}`,
    state: "completed",
    deal: { marketActorId: 5n, providerId, dealId: providerId },
    ...overrides,
  });

function decide(deals: ObservedDeal[], requests: TrackedRequest[] = [], terms: Partial<PieceTerms> = {}): string[] {
  const state = { piece: "baf", deals, requests };
  const verdict = decidePiece(state, exampleTerms(terms), NOW, { requestTimeoutEpochs: TIMEOUT });
  expect(verdict.decisions.every((decision) => decision.reason.length > 5)).to.equal(true);
  return verdict.decisions.map((it) => (it.kind === "submit" ? it.purpose : `cancel ${it.requestId}`));
}

const faultyFor = (epochs: bigint) => ({ fault: { since: NOW - epochs, source: "keeper" as const } });

describe("policy", () => {
  describe("decidePiece", () => {
    const cases: [
      what: string,
      deals: ObservedDeal[],
      requests: TrackedRequest[],
      terms: Partial<PieceTerms>,
      decisions: string[],
    ][] = [
      ["asks for all copies of a new piece", [], [], { replicationTarget: 3 }, ["replicate", "replicate", "replicate"]],
      ["is content with the target met", [at(1n), at(2n)], [], {}, []],
      ["counts two deals on one provider once", [at(1n), at(1n, { dealId: 9n })], [], {}, ["replicate"]],
      ["does not count a stranger's published deal", [at(1n), at(2n, { state: "published" })], [], {}, ["replicate"]],
      ["counts a published deal of its own", [at(1n), at(2n, { state: "published" })], [completed(2n)], {}, []],
      [
        "counts it however long the sealing takes",
        [at(1n), at(2n, { state: "published" })],
        [completed(2n, { submittedAt: NOW - 50n * TIMEOUT })],
        {},
        [],
      ],
      ["counts a request that is being sent", [at(1n)], [exampleRequest({ state: "sending" })], {}, []],
      ["counts an open request", [at(1n)], [exampleRequest()], {}, []],
      ["does not cancel one epoch before the time-out", [at(1n)], [old({ submittedAt: NOW - TIMEOUT + 1n })], {}, []],
      ["cancels an unanswered request and does not send another yet", [at(1n)], [old({})], {}, ["cancel 1"]],
      ["does not cancel twice", [at(1n)], [old({ cancelling: true })], {}, []],
      [
        "never cancels the request that a job came from, and stops counting it",
        [at(1n)],
        [old({ cancellable: false })],
        {},
        ["replicate"],
      ],
      [
        "counts the request that a job came from while it is young",
        [at(1n)],
        [exampleRequest({ cancellable: false })],
        {},
        [],
      ],
      ["waits when an own request completed and its deal is not listed yet", [at(1n)], [completed(2n)], {}, []],
      ["does not wait for ever for it", [at(1n)], [completed(2n, { submittedAt: NOW - TIMEOUT })], {}, ["replicate"]],
      [
        "asks again when an own deal missed its start",
        [at(1n), at(2n, { state: "gone" })],
        [completed(2n)],
        {},
        ["repair"],
      ],
      [
        "holds the place of a copy that doubled a provider",
        [at(1n), at(1n, { dealId: 9n })],
        [completed(1n, { deal: { marketActorId: 5n, providerId: 1n, dealId: 9n } })],
        {},
        [],
      ],
      [
        "asks again for it after the time-out",
        [at(1n), at(1n, { dealId: 9n })],
        [completed(1n, { submittedAt: NOW - TIMEOUT, deal: { marketActorId: 5n, providerId: 1n, dealId: 9n } })],
        {},
        ["replicate"],
      ],
      [
        "counts one provider once, its sealed copy before the pending one",
        [at(1n, { state: "published", dealId: 8n }), at(1n, { dealId: 9n })],
        [
          completed(1n, { key: "a", deal: { marketActorId: 5n, providerId: 1n, dealId: 8n } }),
          completed(1n, { key: "b", deal: { marketActorId: 5n, providerId: 1n, dealId: 9n } }),
        ],
        { replicationTarget: 3 },
        ["replicate"],
      ],
      ["leaves a young fault alone", [at(1n), at(2n, faultyFor(5_759n))], [], {}, []],
      ["repairs an old fault", [at(1n), at(2n, faultyFor(5_760n))], [], {}, ["repair"]],
      ["does not repair it twice", [at(1n), at(2n, faultyFor(5_760n))], [exampleRequest()], {}, []],
      ["cancels the repair when the fault recovers first", [at(1n), at(2n)], [exampleRequest()], {}, ["cancel 1"]],
      ["repairs a terminated deal", [at(1n), at(2n, { state: "gone" })], [], {}, ["repair"]],
      ["repairs a dead sector", [at(1n), at(2n, { sectorDead: true })], [], {}, ["repair"]],
      ["repairs a deal past its end but unsettled", [at(1n), at(2n, { endEpoch: NOW - 3n })], [], {}, ["repair"]],
      ["never takes an unreadable deal for a lost one", [at(1n), at(2n, { state: "unreadable" })], [], {}, []],
      ["renews before expiry", [at(1n), at(2n, { endEpoch: NOW + 2_880n })], [], {}, ["renew"]],
      [
        "is not fooled by the healthy deal beside the expiring one",
        [at(1n), at(2n), at(3n, { endEpoch: NOW + 5n })],
        [],
        { replicationTarget: 3 },
        ["renew"],
      ],
      [
        "takes a new deal on the same provider for the renewal",
        [at(1n), at(2n, { endEpoch: NOW + 5n }), at(2n, { dealId: 9n })],
        [],
        {},
        [],
      ],
      [
        "renews, repairs and replicates in this order of urgency",
        [at(1n, { endEpoch: NOW + 5n }), at(2n, { state: "gone" }), at(3n, faultyFor(6_000n))],
        [],
        { replicationTarget: 4 },
        ["renew", "repair", "repair", "replicate"],
      ],
      [
        "says what the next request is for when the first cause is in flight",
        [at(1n, { endEpoch: NOW + 5n }), at(2n, { state: "gone" })],
        [exampleRequest()],
        {},
        ["repair"],
      ],
      [
        "asks for more when the target is raised",
        [at(1n), at(2n)],
        [],
        { replicationTarget: 4 },
        ["replicate", "replicate"],
      ],
      [
        "lets surplus deals live when the target is lowered",
        [at(1n), at(2n), at(3n)],
        [],
        { replicationTarget: 1 },
        [],
      ],
      [
        "cancels the newest open requests when the target is lowered",
        [at(1n)],
        [exampleRequest(), exampleRequest({ key: "request-2", requestId: 2n })],
        {},
        ["cancel 2"],
      ],
      [
        "does not cancel more than the surplus when a cancellation is under way",
        [at(1n)],
        [exampleRequest({ cancelling: true }), exampleRequest({ key: "request-2", requestId: 2n })],
        {},
        [],
      ],
      [
        "cancels everything when no job is left",
        [],
        [exampleRequest(), exampleRequest({ key: "request-2", requestId: 2n })],
        { replicationTarget: 0 },
        ["cancel 2", "cancel 1"],
      ],
      [
        "cancels no surplus while one is being sent, which may be one of those that are open",
        [],
        [exampleRequest(), exampleRequest({ key: "s", requestId: undefined, state: "sending" })],
        { replicationTarget: 0 },
        [],
      ],
    ];
    for (const [what, deals, requests, terms, decisions] of cases) {
      it(what, () => {
        expect(decide(deals, requests, terms)).to.deep.equal(decisions);
      });
    }

    it("names the deal that was lost last, not one that was replaced before", () => {
      const deals = [at(1n, faultyFor(9_999n)), at(2n, { state: "gone" }), at(3n), at(4n)];
      const { decisions } = decidePiece(
        { piece: "baf", deals, requests: [] },
        exampleTerms({ replicationTarget: 3 }),
        NOW,
        { requestTimeoutEpochs: TIMEOUT },
      );
      expect(decisions.map(({ reason }) => reason)).to.have.lengthOf(1);
      expect(decisions[0]?.reason).to.match(/^deal 2 at provider f02: terminated/);
    });

    it("tells how urgent a piece is", () => {
      const urgency = (deals: ObservedDeal[], terms: Partial<PieceTerms> = {}) =>
        decidePiece({ piece: "baf", deals, requests: [] }, exampleTerms(terms), NOW, { requestTimeoutEpochs: TIMEOUT })
          .urgency;
      expect(urgency([at(1n), at(2n)])).to.equal("ok");
      expect(urgency([], { replicationTarget: 0 })).to.equal("ok");
      expect(urgency([])).to.equal("degraded");
      expect(urgency([at(1n, { state: "published" })])).to.equal("degraded");
      expect(urgency([at(1n), at(2n)], { replicationTarget: 3 })).to.equal("degraded");
      expect(urgency([at(1n), at(2n, { state: "gone" })])).to.equal("critical");
      expect(urgency([at(1n, { endEpoch: NOW + 1n })])).to.equal("critical");
      expect(urgency([at(1n, { state: "gone" })])).to.equal("lost");
      expect(urgency([at(1n, faultyFor(9_999n))])).to.equal("lost");
    });
  });

  describe("mergeTerms", () => {
    it("takes the highest target and the largest thresholds", () => {
      const few = { replicationTarget: 1, repairThresholdEpochs: 9n, renewThresholdEpochs: 1n };
      const many = { replicationTarget: 5, repairThresholdEpochs: 2n, renewThresholdEpochs: 8n };
      const merged = { replicationTarget: 5, repairThresholdEpochs: 9n, renewThresholdEpochs: 8n };
      expect(mergeTerms([few, many])).to.deep.equal(merged);
      expect(mergeTerms([many, few])).to.deep.equal(merged);
      expect(mergeTerms([]).replicationTarget).to.equal(0);
    });
  });
});
