import { expect } from "chai";
import * as fc from "fast-check";

import {
  chooseProviders,
  type ChoiceParameters,
  type ProviderOffer,
  RECENT_EPOCHS,
  type RememberedFailure,
} from "../../../src/policy/providerChoice";

const PIECE = "bafkz-piece";
const NOW = 100_000n;

const offer = (id: number, priceAtto?: number): ProviderOffer => ({
  id: BigInt(id),
  url: `http://provider-${id}`,
  ...(priceAtto === undefined ? {} : { priceAtto: BigInt(priceAtto) }),
});
const failure = (provider: number, overrides: Partial<RememberedFailure> = {}): RememberedFailure => ({
  ...{ provider: BigInt(provider), piece: PIECE, epoch: NOW - 10n, reason: "it was away" },
  ...overrides,
});
const choose = (overrides: Partial<ChoiceParameters> = {}) =>
  chooseProviders({
    ...{ offers: [offer(1), offer(2), offer(3)], piece: PIECE, count: 3, exclude: new Set<bigint>() },
    ...{ holding: new Map<bigint, number>(), maxPerProvider: 1, failures: [], now: NOW },
    ...overrides,
  });
const ids = (overrides: Partial<ChoiceParameters> = {}) => choose(overrides).chosen.map(({ id }) => Number(id));

describe("chooseProviders", () => {
  it("takes the cheapest first, those without a price last, and the rest is not needed", () => {
    const offers = [offer(1), offer(2, 9), offer(3, 3), offer(4, 0)];
    expect(ids({ offers, count: 4 })).to.deep.equal([4, 3, 2, 1]);
    const { chosen, passedOver } = choose({ offers, count: 2 });
    expect(chosen.map(({ id }) => id)).to.deep.equal([4n, 3n]);
    expect(passedOver).to.deep.equal([
      { provider: 2n, reason: "not needed" },
      { provider: 1n, reason: "not needed" },
    ]);
  });

  it("breaks ties by who holds least, then by id", () => {
    const holding = new Map([[1n, 1]]);
    const offers = [offer(3, 5), offer(1, 5), offer(2, 5)];
    expect(ids({ offers, holding, maxPerProvider: 2 })).to.deep.equal([2, 3, 1]);
  });

  it("names a provider once, however often it is offered", () => {
    expect(ids({ offers: [offer(1), offer(1), offer(2)] })).to.deep.equal([1, 2]);
  });

  it("never takes one that is excluded, full, or too dear; an unknown price is not too dear", () => {
    const { chosen, passedOver } = choose({
      offers: [offer(1), offer(2), offer(3, 11), offer(4, 10), offer(5)],
      exclude: new Set([1n]),
      holding: new Map([[2n, 1]]),
      maxPriceAtto: 10n,
      count: 5,
    });
    expect(chosen.map(({ id }) => id)).to.deep.equal([4n, 5n]);
    expect(passedOver).to.deep.equal([
      { provider: 1n, reason: "excluded" },
      { provider: 2n, reason: "holds 1 shards of this data already, at most 1 are allowed" },
      { provider: 3n, reason: "asks 11 attoFIL per GiB and epoch, above 10" },
    ]);
  });

  describe("a provider that failed", () => {
    it("is not taken again for the same piece, however long ago", () => {
      const { chosen, passedOver } = choose({ failures: [failure(2, { epoch: 5n })] });
      expect(chosen.map(({ id }) => id)).to.deep.equal([1n, 3n]);
      expect(passedOver).to.deep.equal([{ provider: 2n, reason: "failed this piece at epoch 5: it was away" }]);
    });

    it("is taken again once it has succeeded later, not before", () => {
      for (const [recoveredAt, taken] of [
        [NOW - 11n, false],
        [NOW - 10n, false],
        [NOW - 9n, true],
      ] as const)
        expect(ids({ failures: [failure(2, { recoveredAt })] }).includes(2)).to.equal(taken);
    });

    it("comes last for other pieces while the failure is recent, and in its own place after", () => {
      for (const [epoch, order] of [
        [NOW - RECENT_EPOCHS + 1n, [2, 3, 1]],
        [NOW - RECENT_EPOCHS, [2, 3, 1]],
        [NOW - RECENT_EPOCHS - 1n, [1, 2, 3]],
      ] as const)
        expect(ids({ failures: [failure(1, { piece: "another", epoch })] })).to.deep.equal(order);
      expect(ids({ failures: [failure(1, { piece: "another", recoveredAt: NOW })] })).to.deep.equal([1, 2, 3]);
    });

    it("comes after a dearer one that did not", () => {
      const offers = [offer(1, 1), offer(2, 1_000)];
      expect(ids({ offers, failures: [failure(1, { piece: "another" })] })).to.deep.equal([2, 1]);
    });
  });

  it("is the same whatever the order of the offers, takes no more than asked, and accounts for everybody", () => {
    const offers = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.option(fc.nat(3), { nil: undefined })), {
      selector: ([id]) => id,
      maxLength: 12,
    });
    const some = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 8 });
    fc.assert(
      fc.property(offers, fc.nat(6), some, some, fc.nat(1000), (found, count, excluded, failed, seed) => {
        const given = found.map(([id, price]) => offer(id, price));
        const shuffled = [...given].sort((a, b) =>
          Number(((a.id * BigInt(seed + 7)) % 31n) - ((b.id * BigInt(seed + 7)) % 31n)),
        );
        const rest = { count, exclude: new Set(excluded.map(BigInt)), failures: failed.map((id) => failure(id)) };
        const choice = choose({ offers: given, ...rest });
        expect(choose({ offers: shuffled, ...rest }).chosen).to.deep.equal(choice.chosen);
        expect(choice.chosen.length).to.be.at.most(count);
        const named = [...choice.chosen.map(({ id }) => id), ...choice.passedOver.map(({ provider }) => provider)];
        expect(new Set(named)).to.deep.equal(new Set(given.map(({ id }) => id)));
        expect(named.length).to.equal(given.length);
        for (const { id } of choice.chosen) expect([...excluded, ...failed]).not.to.include(Number(id));
      }),
    );
  });
});
