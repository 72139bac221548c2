import { expect } from "chai";
import fc from "fast-check";
import type { FunctionFragment, Interface } from "ethers";
import { ethers, network } from "hardhat";

import { cidV2, examplePiece, request, type World, world } from "../../support/dealStatus";

const PANIC = ethers.id("Panic(uint256)").slice(0, 10);

describe("DealStatus", () => {
  describe("malformed input", () => {
    let w: World;
    let abi: Interface;

    before(async () => {
      w = await world();
      abi = w.dealStatus.interface;
      await request(w, examplePiece());
    });

    /** The revert data of a call, undefined when it succeeds. */
    async function revertData(data: string): Promise<string | undefined> {
      const to = await w.dealStatus.getAddress();
      try {
        await network.provider.send("eth_call", [{ to, data, from: w.client.address, gas: "0x1c9c3800" }, "latest"]);
        return undefined;
      } catch (error) {
        return (error as { data?: string | { data: string } }).data as string;
      }
    }

    const functions = () =>
      abi.fragments.filter((fragment): fragment is FunctionFragment => fragment.type === "function");

    it("ends every function with a typed error or none, never with a panic", async () => {
      const signatures = functions().map((fragment) => fragment.format("sighash"));
      const word = fc.oneof(
        fc.constantFrom(0n, 1n, 0x20n, 0x40n, 0x60n, 2n ** 64n - 1n, 2n ** 64n, 2n ** 255n, 2n ** 256n - 1n),
        fc.bigInt(0n, 400n),
      );
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...signatures), fc.array(word, { maxLength: 14 }), async (name, words) => {
          const body = words.map((value) => ethers.toBeHex(value, 32));
          const data = await revertData(ethers.concat([abi.getFunction(name)!.selector, ...body]));
          if (data === undefined || data === "0x") return;
          expect(data.slice(0, 10), `${name} ${data}`).to.not.equal(PANIC);
          expect(abi.parseError(data), `${name} ${data}`).to.not.equal(null);
        }),
        { numRuns: 400 },
      );
    });

    it("refuses random bytes in the place of a CID, wherever one is taken", async () => {
      const dealStatus = w.dealStatus;
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
          for (const call of [
            () => dealStatus["submit(bytes)"].staticCall(bytes),
            () => dealStatus["getAllDeals(bytes)"](bytes),
            () => dealStatus.getActiveDeals(bytes),
            () => dealStatus["getExpiringDeals(bytes)"](bytes),
            () => dealStatus.getFaultyDeals(bytes, 0n, 1n),
            () => dealStatus.inspect([cidV2(examplePiece()), bytes], 0n),
            () => dealStatus.prune.staticCall(bytes, []),
          ]) {
            await expect(call())
              .to.be.revertedWithCustomError(dealStatus, "PieceCid_Unsupported")
              .withArgs(ethers.hexlify(bytes));
          }
        }),
        { numRuns: 15 },
      );
    });
  });
});
