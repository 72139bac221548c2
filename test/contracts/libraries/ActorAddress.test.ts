import { expect } from "chai";
import { ethers } from "hardhat";

import type { ActorLibraries__Harness } from "../../../typechain-types";
import { actorsAnswer, answerAlways, failAlways, RESOLVE_ADDRESS } from "../../support/scriptedPrecompile";
import { fixture, simulatedFilecoin } from "../../support/chain";

describe("ActorAddress", () => {
  const account = ethers.getAddress("0xb9ad0d071f14e94b3d1ccb35c7931389f0b773a2");
  const masked = ethers.getAddress("0xff00000000000000000000000000000000000069");
  let libraries: ActorLibraries__Harness;

  const harness = fixture(async (): Promise<ActorLibraries__Harness> => {
    await simulatedFilecoin();
    return ethers.deployContract("ActorLibraries__Harness", { value: 0n });
  });

  beforeEach(async () => {
    libraries = await harness();
  });

  describe("maskedOf", () => {
    it("is 0xff, eleven zero bytes, the id", async () => {
      expect(await libraries.maskedOf(105n)).to.equal(masked);
      expect(await libraries.maskedOf(2n ** 64n - 1n)).to.equal("0xFf0000000000000000000000FFfFFFFfFfFffFfF");
    });
  });

  describe("isMasked", () => {
    it("looks at all of the first twelve bytes", async () => {
      expect(await libraries.isMasked(masked)).to.equal(true);
      for (const other of [
        account,
        ethers.ZeroAddress,
        "0xfe00000000000000000000000000000000000069",
        "0xff00000000000000000000010000000000000069",
        "0xff01000000000000000000000000000000000069",
      ]) {
        expect(await libraries.isMasked(other)).to.equal(false);
      }
    });
  });

  describe("idOf", () => {
    it("takes the id out of a masked address without asking", async () => {
      await failAlways(RESOLVE_ADDRESS);
      expect(await libraries.idOf(masked)).to.deep.equal([true, 105n]);
    });

    it("resolves an EVM address", async () => {
      await answerAlways(RESOLVE_ADDRESS, ethers.toBeHex(1234, 32));
      expect(await libraries.idOf(account)).to.deep.equal([true, 1234n]);
    });

    const unknown: [string, string][] = [
      ["success with nothing, as for an unknown address", "0x"],
      ["an id over 64 bits", ethers.toBeHex(2n ** 64n, 32)],
      ["33 bytes", ethers.toBeHex(1, 33)],
    ];
    for (const [what, output] of unknown) {
      it(`knows no id when the answer is ${what}`, async () => {
        await answerAlways(RESOLVE_ADDRESS, output);
        expect(await libraries.idOf(account)).to.deep.equal([false, 0n]);
      });
    }

    it("knows no id when the call fails", async () => {
      await failAlways(RESOLVE_ADDRESS);
      expect(await libraries.idOf(account)).to.deep.equal([false, 0n]);
      expect(await libraries.resolve("0x")).to.deep.equal([false, 0n]);
    });
  });

  describe("pay", () => {
    it("sends to an EVM address", async () => {
      const [payer] = await ethers.getSigners();
      await payer!.sendTransaction({ to: await libraries.getAddress(), value: 5n });
      await expect(libraries.pay(account, 3n)).to.changeEtherBalances([libraries, account], [-3n, 3n]);
      expect(await libraries.pay.staticCall(account, 3n)).to.equal(false);
      expect(await libraries.pay.staticCall(account, 2n)).to.equal(true);
    });

    it("sends to a masked address through call_actor_id", async () => {
      await actorsAnswer(0);
      expect(await libraries.pay.staticCall(masked, 1n)).to.equal(true);
      await actorsAnswer(-5n);
      expect(await libraries.pay.staticCall(masked, 1n)).to.equal(false);
    });
  });
});
