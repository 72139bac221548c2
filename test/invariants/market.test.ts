import fc from "fast-check";

import { Runner } from "./run/runner";
import { intents } from "./run/intents";

const SEQUENCES = 100;
const STEPS = 50;

describe("RepairMarket › invariants", () => {
  it(`I1 to I14 hold, and a model agrees, after each step of ${SEQUENCES} sequences`, async function () {
    this.timeout(600_000);
    const runner = await Runner.open({ thorough: true });
    const counts = runner.take();
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 3 }), intents(STEPS), (turn, steps) => runner.run(turn, steps)),
      { numRuns: SEQUENCES, seed: 1 },
    );
    console.log(JSON.stringify(counts(), null, 1));
  });
});
