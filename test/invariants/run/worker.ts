import fc from "fast-check";

import { Counts } from "./counts";
import { intents } from "./intents";
import { Runner } from "./runner";

/** A process of a long run: one sequence an order. */

export interface WorkerOrder {
  seed: number;
  length: number;
  thorough: boolean;
}

export interface WorkerMessage {
  counts?: Counts;
  failure?: string;
}

let opening: Promise<Runner> | undefined;

async function work({ seed, length, thorough }: WorkerOrder): Promise<WorkerMessage> {
  opening ??= Runner.open({ thorough });
  const runner = await opening;
  const [steps] = fc.sample(intents(length), { seed, numRuns: 1 });
  const counts = runner.take();
  try {
    await runner.run(seed, steps!);
    return { counts: counts() };
  } catch (first) {
    const seen = counts();
    const shorter = fc.asyncProperty(intents(length), (given) => runner.run(seed, given));
    const result = await fc.check(shorter, { seed, numRuns: 1, interruptAfterTimeLimit: 120_000 });
    const cause = (result.errorInstance as Error | undefined) ?? (first as Error);
    return { counts: seen, failure: `seed ${seed}: ${cause.message}` };
  }
}

process.on("message", (order: WorkerOrder) => {
  work(order).then(
    (message) => process.send!(message),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.on("disconnect", () => process.exit(0));
process.send!({});
