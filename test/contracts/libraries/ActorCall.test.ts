import { expect } from "chai";
import fc from "fast-check";
import { ethers } from "hardhat";

import type { ActorLibraries__Harness } from "../../../typechain-types";
import {
  actorAnswer,
  actorsAnswer,
  answerAlways,
  CALL_ACTOR_ID,
  exhaustAlways,
  failAlways,
} from "../../support/scriptedPrecompile";
import { fixture, simulatedFilecoin } from "../../support/chain";

const NO_ANSWER = ethers.MinInt256;
const word = (value: bigint): string => ethers.toBeHex(ethers.toTwos(value, 256), 32);

describe("ActorCall", () => {
  let libraries: ActorLibraries__Harness;

  const harness = fixture(async (): Promise<ActorLibraries__Harness> => {
    await simulatedFilecoin();
    return ethers.deployContract("ActorLibraries__Harness");
  });

  beforeEach(async () => {
    libraries = await harness();
  });

  const read = () => libraries.read(5n, 2_611_213_344n, "0x00");

  describe("read", () => {
    it("returns what the actor answered", async () => {
      await actorsAnswer(0, "0x1903e7");
      expect(await read()).to.deep.equal([0n, "0x1903e7"]);
    });

    for (const exitCode of [1n, 7n, 17n, 33n, -6n, 2n ** 200n]) {
      it(`keeps exit code ${exitCode} and drops what came with it`, async () => {
        await answerAlways(CALL_ACTOR_ID, actorAnswer(exitCode, 0x51, "0x01"));
        expect(await read()).to.deep.equal([exitCode, "0x"]);
      });
    }

    it("takes exit 0 with codec 0 and nothing for an empty answer, as account actors give it", async () => {
      await actorsAnswer(0);
      expect(await read()).to.deep.equal([0n, "0x"]);
    });

    const unanswered: [string, string][] = [
      ["nothing, as an address without code gives it", "0x"],
      ["less than four words", actorAnswer(0, 0, "0x").slice(0, -2)],
      ["more than 1024 bytes", actorAnswer(0, 0x51, ethers.hexlify(new Uint8Array(1000)))],
      ["codec 0 with content", actorAnswer(0, 0, "0x01")],
      ["codec 0x51 without content", actorAnswer(0, 0x51, "0x")],
      ["codec 0x71", actorAnswer(0, 0x71, "0x01")],
      ["codec 0x55", actorAnswer(0, 0x55, "0x01")],
      ["a codec above 64 bits", ethers.concat([word(0n), word((1n << 64n) + 0x51n), word(0x60n), word(1n), word(1n)])],
      ["an offset elsewhere", ethers.concat([word(0n), word(0x51n), word(0x40n), word(1n), word(1n)])],
      ["an offset of 2^256 - 1", ethers.concat([word(0n), word(0x51n), word(-1n), word(1n), word(1n)])],
      ["a length beyond the end", ethers.concat([word(0n), word(0x51n), word(0x60n), word(33n), word(1n)])],
      ["a length of 2^256 - 1", ethers.concat([word(0n), word(0x51n), word(0x60n), word(-1n), word(1n)])],
    ];
    for (const [what, output] of unanswered) {
      it(`calls ${what} no answer`, async () => {
        await answerAlways(CALL_ACTOR_ID, output);
        expect(await read()).to.deep.equal([NO_ANSWER, "0x"]);
      });
    }

    it("calls a call that fails no answer", async () => {
      await failAlways(CALL_ACTOR_ID);
      expect(await read()).to.deep.equal([NO_ANSWER, "0x"]);
    });

    it("calls a call that runs out of gas no answer, and goes on", async () => {
      await exhaustAlways(CALL_ACTOR_ID);
      expect(await libraries.read(5n, 2_611_213_344n, "0x00", { gasLimit: 1_000_000n })).to.deep.equal([
        NO_ANSWER,
        "0x",
      ]);
    });

    it("never reverts, whatever the precompile returns", async () => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
          await answerAlways(CALL_ACTOR_ID, ethers.hexlify(bytes));
          await read();
        }),
        { numRuns: 50 },
      );
    });
  });

  describe("send", () => {
    it("says whether the actor took it", async () => {
      await actorsAnswer(0);
      expect(await libraries.send.staticCall(106n, 1n)).to.equal(true);
      await actorsAnswer(-5n);
      expect(await libraries.send.staticCall(106n, 1n)).to.equal(false);
      await failAlways(CALL_ACTOR_ID);
      expect(await libraries.send.staticCall(106n, 1n)).to.equal(false);
    });
  });
});
