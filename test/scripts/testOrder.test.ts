import { expect } from "chai";

import { batches, shuffled } from "../../scripts/test-order";

const FILES = Array.from({ length: 60 }, (_, index) => `test/${String(index).padStart(2, "0")}.test.ts`);

describe("The order of test files", () => {
  it("is the same for the same seed, and another for another", () => {
    expect(shuffled(FILES, "7")).to.deep.equal(shuffled([...FILES].reverse(), "7"));
    expect(shuffled(FILES, "7")).to.not.deep.equal(shuffled(FILES, "8"));
  });

  it("has each file once, in every batch", () => {
    expect(shuffled(FILES, "7").sort()).to.deep.equal(FILES);
    for (const seed of [undefined, "7"])
      expect(
        batches(FILES, seed)
          .flatMap(({ files }) => files)
          .sort(),
      ).to.deep.equal(FILES);
  });

  it("is that of the seed through all batches", () => {
    expect(batches(FILES, "7").flatMap(({ files }) => files)).to.deep.equal(shuffled(FILES, "7"));
  });

  it("leaves what needs much memory alone, at the end", () => {
    const large = "test/invariants/market.test.ts";
    for (const seed of [undefined, "7", "8"]) {
      const all = batches([large, ...FILES], seed);
      expect(all.filter(({ alone }) => alone)).to.deep.equal([all.at(-1)]);
      expect(all.at(-1)!.files).to.include(large);
    }
  });
});
