import { expect } from "chai";
import type { ObservedDeal } from "../../../src/protocol/dealRecords";
import { classifyDeal } from "../../../src/policy/deal";
import { chooseFetchLink } from "../../../src/policy/source";
import { exampleDeal, exampleTerms, NOW } from "../../support/policy";

const classify = (...deals: ObservedDeal[]) => deals.map((deal) => classifyDeal(deal, exampleTerms(), NOW));
const gateways = new Map([
  [1n, "http://one/piece/baf"],
  [2n, "http://two/piece/baf"],
]);

describe("policy", () => {
  describe("chooseFetchLink", () => {
    it("prefers the node's own copy", () => {
      const deals = classify(exampleDeal({ providerId: 1n }));
      expect(chooseFetchLink({ own: "http://me", gateways, given: "http://given" }, deals)?.link).to.equal("http://me");
    });

    it("then a sound provider's gateway, never a faulty or lost one's", () => {
      const faulty = exampleDeal({ providerId: 1n, fault: { since: NOW, source: "keeper" } });
      const sound = exampleDeal({ providerId: 2n });
      expect(chooseFetchLink({ gateways }, classify(faulty, sound))?.link).to.equal("http://two/piece/baf");
      expect(chooseFetchLink({ gateways }, classify(faulty))).to.equal(undefined);
      expect(chooseFetchLink({ gateways }, classify(exampleDeal({ providerId: 1n, state: "gone" })))).to.equal(
        undefined,
      );
    });

    it("passes over a provider without a known gateway", () => {
      const deals = classify(exampleDeal({ providerId: 3n }), exampleDeal({ providerId: 2n }));
      expect(chooseFetchLink({ gateways }, deals)?.link).to.equal("http://two/piece/baf");
    });

    it("then the job's own link", () => {
      expect(chooseFetchLink({ gateways, given: "http://given" }, [])?.link).to.equal("http://given");
    });
  });
});
