import { expect } from "chai";
import fc from "fast-check";

import { SectorSet } from "../../../../src/filecoin/runLengths";
import { runLengths } from "../../../../src/devnet/lotus/runLengths";

describe("lotus › runLengths", () => {
  for (const [numbers, runs] of [
    [[], [0]],
    [[0n], [0, 1]],
    [[5n], [5, 1]],
    [
      [100100n, 100102n],
      [100100, 1, 1, 1],
    ],
    [
      [3n, 1n, 2n],
      [1, 3],
    ],
  ] as [bigint[], number[]][]) {
    it(`writes {${numbers}} as [${runs}]`, () => {
      expect(runLengths(numbers)).to.deep.equal(runs);
    });
  }

  it("writes what the keeper reads", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(200)), (numbers) => {
        const read = new SectorSet(runLengths(numbers.map(BigInt)));
        const found = Array.from({ length: 202 }, (_, number) => number).filter((number) => read.has(number));
        expect(found).to.deep.equal([...numbers].sort((a, b) => a - b));
      }),
    );
  });
});
