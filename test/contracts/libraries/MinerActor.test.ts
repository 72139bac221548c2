import { expect } from "chai";
import { ethers } from "hardhat";

import { valuesOf } from "../../../src/protocol/enums";
import type { ActorLibraries__Harness } from "../../../typechain-types";
import { actorsAnswer } from "../../support/scriptedPrecompile";

const TRUE = "0xf5";
const { Unproven: UNPROVEN, Active: ACTIVE } = valuesOf("SectorStatus");

describe("MinerActor", () => {
  describe("isStatus, whatever the actor says", () => {
    let libraries: ActorLibraries__Harness;
    before(async () => {
      libraries = await ethers.deployContract("ActorLibraries__Harness");
      await actorsAnswer(0, TRUE);
    });
    const location = (bytes: number) => `0x${"00".repeat(bytes)}`;

    it("takes locations of up to 20 bytes", async () => {
      for (const [bytes, taken] of [
        [0, true],
        [19, true],
        [20, true],
        [21, false],
        [33, false],
      ] as const) {
        expect(await libraries.isStatus(1000n, 1n, ACTIVE, location(bytes)), `${bytes}`).to.equal(taken);
      }
    });

    it("proves no sector Unproven", async () => {
      expect(await libraries.isStatus(1000n, 1n, UNPROVEN, location(3))).to.equal(false);
    });
  });
});
