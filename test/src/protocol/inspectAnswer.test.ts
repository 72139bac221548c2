import { expect } from "chai";
import { AbiCoder } from "ethers";
import fc from "fast-check";

import { dealStatusAbi } from "../../../src/protocol/dealStatus";
import { wordsOf } from "../../../src/protocol/enums";
import { decodeInspect } from "../../../src/protocol/inspectAnswer";

const STATES = wordsOf("DealState");
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const deal = fc.record({
  dealId: uint64,
  providerId: uint64,
  marketActorId: uint64,
  sector: uint64,
  state: fc.integer({ min: 0, max: STATES.length - 1 }),
  end: uint64,
});
const page = fc.record({
  cidIndex: fc.nat(100),
  root: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((root) => `0x${Buffer.from(root).toString("hex")}`),
  height: fc.integer({ min: 2, max: 40 }),
  offset: fc.nat(10),
  total: fc.nat(20),
  deals: fc.array(deal, { maxLength: 5 }),
});

describe("chain", () => {
  describe("decodeInspect", () => {
    it("reads what the general encoder wrote, whatever it is", () => {
      const answer = fc.tuple(fc.array(page, { maxLength: 6 }), fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }));
      fc.assert(
        fc.property(answer, ([pages, next]) => {
          const decoded = decodeInspect(dealStatusAbi.encodeFunctionResult("inspect", [pages, next]));
          const expected = pages.map(({ root, height, deals }) => ({
            root,
            height,
            deals: deals.map(({ state, end, ...rest }) => ({ ...rest, state: STATES[state], endEpoch: end })),
          }));
          expect(decoded).to.deep.equal({ pages: expected, next });
        }),
        { numRuns: 60 },
      );
    });

    it("refuses an answer that is cut short, or points outside itself", () => {
      const deals = [{ dealId: 1, providerId: 2, marketActorId: 5, sector: 3, state: 2, end: 9 }];
      const one = { cidIndex: 0, root: `0x${"00".repeat(32)}`, height: 5, offset: 0, total: 1, deals };
      const whole = dealStatusAbi.encodeFunctionResult("inspect", [[one], 0n]);
      for (let words = 0; words < (whole.length - 2) / 64; words++) {
        expect(() => decodeInspect(whole.slice(0, 2 + 64 * words)), `${words} words`).to.throw(RangeError);
      }
      const far = AbiCoder.defaultAbiCoder().encode(["uint256", "uint256"], [2n ** 60n, 0n]);
      expect(() => decodeInspect(far)).to.throw(RangeError, "outside");
    });

    it("refuses a state that it does not know", () => {
      const deals = [{ dealId: 1, providerId: 2, marketActorId: 5, sector: 3, state: STATES.length, end: 9 }];
      const one = { cidIndex: 0, root: `0x${"00".repeat(32)}`, height: 5, offset: 0, total: 1, deals };
      expect(() => decodeInspect(dealStatusAbi.encodeFunctionResult("inspect", [[one], 0n]))).to.throw(
        "unknown deal state",
      );
    });
  });
});
