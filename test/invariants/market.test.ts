import { expect } from "chai";
import fc from "fast-check";

import type { Counts } from "./run/counts";
import { intents } from "./run/intents";
import { Runner } from "./run/runner";

const SEQUENCES = 100;
const STEPS = 50;

/** A failing sequence is made shorter for this long. */
const SHRINK_MS = 60_000;

/** Calls that have to be seen both accepted and refused, or the sequences do not go deep enough. */
const BOTH = [
  ...["createRepairMiner", "addCollateral", "withdrawCollateral", "addRepairAsk", "cancelAsk", "addBid", "cancelBid"],
  ...["expireBid", "approveBid", "addDeal", "placeShards", "proveRepair", "reportLoss", "cure", "slashRepairMiner"],
  ...["settle", "slashBrokenAcceptance", "withdrawEarnings", "withdraw", "flushBurn"],
];

const STATES = ["open", "cancelled", "expired", "placing", "active", "repairing", "failed", "finished"];

describe("RepairMarket › invariants", () => {
  let counts: Counts;

  it(`hold, and a model agrees, after each step of ${SEQUENCES} sequences`, async function () {
    this.timeout(1_800_000);
    const runner = await Runner.open({ thorough: true });
    const seen = runner.take();
    let failedAt = Infinity;
    const holds = fc.asyncProperty(fc.nat(), intents(STEPS), async (turn, steps) => {
      if (Date.now() - failedAt > SHRINK_MS) return;
      try {
        await runner.run(turn, steps);
      } catch (error) {
        failedAt = Math.min(failedAt, Date.now());
        throw error;
      }
    });
    await fc.assert(holds, { numRuns: SEQUENCES, seed: 20_261_121 });
    counts = seen();
  });

  it("were asked of every function, accepted and refused", () => {
    const never = (record: Record<string, number>) => BOTH.filter((name) => (record[name] ?? 0) === 0);
    expect({ accepted: never(counts.accepted), refused: never(counts.refused) }).to.deep.equal({
      accepted: [],
      refused: [],
    });
  });

  it("were asked in every state", () => {
    expect(STATES.filter((state) => (counts.states[state] ?? 0) === 0)).to.deep.equal([]);
  });

  it("were asked at deadlines, one epoch before and one after", () => {
    const wanted = ["bid's expiry", "placement", "proof", "end"].flatMap((name) => [`${name} 0`, `${name} +1`]);
    expect(wanted.filter((at) => (counts.deadlines[at] ?? 0) === 0)).to.deep.equal([]);
  });
});
