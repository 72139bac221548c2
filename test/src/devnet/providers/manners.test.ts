import { expect } from "chai";

import { Manners } from "../../../../src/devnet/providers/manners";
import { ProviderScene, refusal } from "../../../support/providerScene";

describe("Manners", () => {
  const drawn = (share: number, seed: number, count = 10_000) => {
    const manners = new Manners();
    manners.beFlaky(share, seed);
    return Array.from({ length: count }, () => manners.nextFailure());
  };
  const countOf = (found: unknown[], what: unknown) => found.filter((one) => one === what).length;

  it("fails the share of requests that it was told, half by each way", () => {
    const found = drawn(0.2, 7);
    expect(countOf(found, "error")).to.be.within(900, 1_100);
    expect(countOf(found, "reset")).to.be.within(900, 1_100);
  });

  it("fails the same requests for the same seed, and others for another", () => {
    expect(drawn(0.2, 7).join()).to.equal(drawn(0.2, 7).join());
    expect(drawn(0.2, 7).join()).not.to.equal(drawn(0.2, 8).join());
  });

  it("fails all or none when told so", () => {
    expect(countOf(drawn(1, 3), undefined)).to.equal(0);
    expect(countOf(drawn(0, 3), undefined)).to.equal(10_000);
    expect(new Manners().nextFailure()).to.equal(undefined);
  });

  describe("of a provider", () => {
    let scene: ProviderScene;
    before(async () => {
      scene = await ProviderScene.open();
      await scene.start();
    });
    after(async () => {
      await scene.provider.stop();
      await scene.close();
    });

    it("make requests fail in ways that can be retried, and never its deals", async () => {
      scene.provider.manners.beFlaky(1, 1);
      const codes = new Set<string>();
      for (let i = 0; i < 20; i++) {
        const failed = await refusal(scene.client.products());
        expect(failed.retryable).to.equal(true);
        codes.add(failed.code);
      }
      expect(codes).to.deep.equal(new Set(["InternalServerError", "Unreachable"]));
      const deal = scene.exampleDeal();
      scene.provider.manners.beFlaky(0.5, 2);
      // Until it is through: the identifier makes it one deal.
      for (;;) {
        const failed = await scene.client.proposeDeal(deal).then(
          () => undefined,
          (error: { retryable: boolean }) => error,
        );
        if (failed === undefined) break;
        expect(failed.retryable).to.equal(true);
      }
      scene.provider.manners.beFlaky(0, 0);
      expect((await scene.seal(deal.identifier)).sector).to.equal(0n);
      expect(scene.provider.deals.size).to.equal(1);
    });

    it("refuse what they are told to: 426, 429", async () => {
      scene.provider.manners.refuse = true;
      expect((await refusal(scene.client.proposeDeal(scene.exampleDeal()))).code).to.equal("ErrDealRejectedByMarket");
      scene.provider.manners.overloaded = true;
      const overloaded = await refusal(scene.client.proposeDeal(scene.exampleDeal()));
      expect(overloaded.code).to.equal("ErrServiceOverloaded");
      expect(overloaded.retryable).to.equal(true);
    });

    it("keep whoever asks waiting", async () => {
      scene.provider.manners.delayMs = 150;
      const before = performance.now();
      await scene.client.products();
      expect(performance.now() - before).to.be.at.least(145);
      scene.provider.manners.delayMs = 0;
    });
  });
});
