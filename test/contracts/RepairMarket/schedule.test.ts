import { expect } from "chai";
import { ethers } from "hardhat";

import type { Schedule__Harness } from "../../../typechain-types";

const NEVER = 2n ** 32n - 1n;
const END = 10_000n;
const PERIODS = { provingPeriod: 3_000n, repairWindow: 500n, strikePeriod: 1_000n, finalWindow: 800n };
const LAST = END + PERIODS.finalWindow;

/** A deal of which nothing is proven after `provenThrough`, without marks. */
const progress = (overrides: object) => ({
  ...{ start: 0n, deadline: NEVER, repairDeadline: 0n, provenThrough: 0n, freshAfter: 0n },
  ...{ marks: 0n, strikes: 0n, placed: 4n, lapsed: false },
  ...overrides,
});

/** [what `time` is, `time`, strikes due, epoch of the next] */
type Row = readonly [string, bigint, bigint, bigint];

describe("RepairMarket", () => {
  describe("strikes around the end of a deal", () => {
    let schedule: Schedule__Harness;
    before(async () => {
      schedule = await ethers.deployContract("Schedule__Harness");
    });

    const due = (of: ReturnType<typeof progress>, rows: readonly Row[]) => {
      for (const [when, time, count, next] of rows) {
        it(`${count} ${when}`, async () => {
          expect(await schedule.strikesDue(of, END, time, PERIODS)).to.deep.equal([count, next]);
        });
      }
    };

    describe("whose deadline lies within it, with a tail that the final window does not excuse: one more is due", () => {
      due(progress({ provenThrough: 5_500n, deadline: 8_500n }), [
        ["at the deadline", 8_500n, 0n, 8_500n],
        ["one epoch after the deadline", 8_501n, 1n, 9_500n],
        ["at the last strike period within the term", 9_500n, 1n, 9_500n],
        ["one epoch after that", 9_501n, 2n, LAST],
        ["one epoch before the end", END - 1n, 2n, LAST],
        ["at the end", END, 2n, LAST],
        ["one epoch after the end", END + 1n, 2n, LAST],
        ["when the next strike period is over, which lies behind the end", 10_501n, 2n, LAST],
        ["one epoch before the final window is over", LAST - 1n, 2n, LAST],
        ["when the final window is over", LAST, 2n, LAST],
        ["one epoch after that", LAST + 1n, 3n, NEVER],
        ["long after that", LAST + 100_000n, 3n, NEVER],
      ]);
    });

    describe("whose deadline is its end: one for the deadline, one for the tail", () => {
      due(progress({ provenThrough: 7_000n, deadline: END }), [
        ["one epoch before the end", END - 1n, 0n, END],
        ["at the end", END, 0n, END],
        ["one epoch after the end", END + 1n, 1n, LAST],
        ["when the final window is over", LAST, 1n, LAST],
        ["one epoch after that", LAST + 1n, 2n, NEVER],
      ]);
    });

    describe("whose only deadline is the end of the final window", () => {
      due(progress({ provenThrough: 8_000n, deadline: LAST }), [
        ["one epoch after the end", END + 1n, 0n, LAST],
        ["one epoch before the final window is over", LAST - 1n, 0n, LAST],
        ["when the final window is over", LAST, 0n, LAST],
        ["one epoch after that", LAST + 1n, 1n, NEVER],
      ]);
    });

    describe("of which all but the final window is proven, with a loss that was not cured: none for the tail", () => {
      due(progress({ provenThrough: 9_200n, marks: 1n, repairDeadline: 9_800n }), [
        ["when the repair window is over", 9_800n, 0n, 9_800n],
        ["one epoch after that", 9_801n, 1n, NEVER],
        ["one epoch before the end", END - 1n, 1n, NEVER],
        ["at the end", END, 1n, NEVER],
        ["one epoch after the end", END + 1n, 1n, NEVER],
        ["one epoch after the final window", LAST + 1n, 1n, NEVER],
      ]);
    });

    describe("one epoch less of which is proven: one for the tail", () => {
      due(progress({ provenThrough: 9_199n, marks: 1n, repairDeadline: 9_800n }), [
        ["one epoch after the end", END + 1n, 1n, LAST],
        ["when the final window is over", LAST, 1n, LAST],
        ["one epoch after that", LAST + 1n, 2n, NEVER],
      ]);
    });
  });
});
