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
    for (const seed of [undefined, "7"]) expect(batches(FILES, seed).flat().sort()).to.deep.equal(FILES);
  });

  it("is that of the seed through all batches", () => {
    expect(batches(FILES, "7").flat()).to.deep.equal(shuffled(FILES, "7"));
  });

  it("begins with what takes longest when it is not shuffled", () => {
    const long = "test/invariants/market.test.ts";
    expect(batches([...FILES, long])[0]).to.deep.equal([long]);
    expect(batches([long])).to.deep.equal([[long]]);
  });
});
