import { expect } from "chai";
import type { ObservedDeal } from "../../../src/protocol/dealRecords";
import { classifyDeal } from "../../../src/policy/deal";
import { exampleDeal, exampleTerms, NOW } from "../../support/policy";

describe("policy", () => {
  describe("classifyDeal", () => {
    const cases: [what: string, deal: Partial<ObservedDeal>, health: string, holds: boolean][] = [
      ["an active deal", {}, "active", true],
      ["a published deal", { state: "published" }, "pending", false],
      ["a published deal past its end", { state: "published", endEpoch: NOW }, "lost", false],
      ["a deal that is gone", { state: "gone" }, "lost", false],
      ["a deal that was never published", { state: "unknown" }, "lost", false],
      ["a settled-by-time deal", { state: "ended", endEpoch: NOW - 1n }, "lost", false],
      ["a deal past its end but unsettled", { state: "active", endEpoch: NOW - 1n }, "lost", false],
      ["a deal at its end", { state: "active", endEpoch: NOW }, "lost", false],
      ["a deal one epoch before its end", { state: "active", endEpoch: NOW + 1n }, "expiring", false],
      ["a deal at the renew threshold", { endEpoch: NOW + 2_880n }, "expiring", false],
      ["a deal one epoch before the renew threshold", { endEpoch: NOW + 2_881n }, "active", true],
      ["a deal that cannot be read", { state: "unreadable" }, "unreadable", true],
      ["an unreadable deal whose end has come", { state: "unreadable", endEpoch: NOW }, "lost", false],
      ["an unreadable deal near its end", { state: "unreadable", endEpoch: NOW + 100n }, "expiring", false],
      ["a deal in a dead sector", { sectorDead: true }, "lost", false],
      ["a fault seen now", { fault: { since: NOW, source: "keeper" } }, "faulty", true],
      ["a fault seen later than the pinned block", { fault: { since: NOW + 5n, source: "keeper" } }, "faulty", true],
      ["a fault one epoch below the threshold", { fault: { since: NOW - 5_759n, source: "chain" } }, "faulty", true],
      ["a fault at the threshold", { fault: { since: NOW - 5_760n, source: "chain" } }, "faulty", false],
      [
        "a declared, unproven recovery past the threshold",
        { fault: { since: NOW - 9_000n, source: "chain", recovering: true } },
        "faulty",
        false,
      ],
      [
        "a faulty deal near its end",
        { fault: { since: NOW, source: "keeper" }, endEpoch: NOW + 9n },
        "expiring",
        false,
      ],
    ];
    for (const [what, deal, health, holds] of cases) {
      it(`takes ${what} for ${health}, ${holds ? "held" : "not held"}`, () => {
        const classified = classifyDeal(exampleDeal(deal), exampleTerms(), NOW);
        expect({ health: classified.health, holds: classified.holds }).to.deep.equal({ health, holds });
        expect(classified.reason).to.have.length.greaterThan(5);
      });
    }

    it("says since when, how long, and that a recovery is declared", () => {
      const deal = exampleDeal({ fault: { since: NOW - 60n, source: "chain", recovering: true } });
      expect(classifyDeal(deal, exampleTerms(), NOW).reason).to.equal(
        "faulty since epoch 99940 (60 epochs, below the repair threshold of 5760, recovery declared)",
      );
    });
  });
});
