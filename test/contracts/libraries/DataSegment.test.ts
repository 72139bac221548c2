import { expect } from "chai";
import { ethers } from "hardhat";

import type { PieceLibraries__Harness } from "../../../typechain-types";
import { publishedProof } from "../../support/podsi";

describe("DataSegment", () => {
  let libraries: PieceLibraries__Harness;
  const { segment, aggregate, proof } = publishedProof();
  const piece = { root: segment.root, height: segment.height };

  before(async () => {
    libraries = await ethers.deployContract("PieceLibraries__Harness");
  });

  describe("aggregateOf", () => {
    it("leads from the published segment of deal 180313 to its aggregate", async () => {
      expect(await libraries.aggregateOf(piece, proof)).to.deep.equal([aggregate.root, BigInt(aggregate.height)]);
    });
  });
});
