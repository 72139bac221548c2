/**
 * Runs the repair market against its model for as long as wanted (docs/invariants.md):
 *
 *     npm run fuzz -- [--sequences N | --steps N] [--length STEPS] [--seed SEED] [--workers N] [--thorough]
 *
 * Sequence i of a run has seed SEED + i, whoever runs it: a failing one is run again with `--seed ITS_SEED --sequences 1`,
 * and made shorter. The exit code is 1 if anything was violated.
 */
import { execFileSync, fork } from "node:child_process";
import { parseArgs } from "node:util";

import { Counts } from "../test/invariants/run/counts";
import { bytecodeHash } from "./bytecode-hash";
import type { WorkerMessage, WorkerOrder } from "./fuzz-worker";
import { report } from "../test/invariants/run/report";

const { values } = parseArgs({
  options: {
    sequences: { type: "string" },
    steps: { type: "string" },
    length: { type: "string", default: "50" },
    seed: { type: "string", default: "1" },
    workers: { type: "string", default: "1" },
    thorough: { type: "boolean", default: false },
  },
});

const PROGRESS_MS = 10_000;

/** The EVM's traces are large and short-lived: asking the kernel for each anew takes as long as filling it. */
const KEEP_MEMORY = {
  MALLOC_ARENA_MAX: "2",
  MALLOC_MMAP_THRESHOLD_: String(2 ** 30),
  MALLOC_TRIM_THRESHOLD_: String(2 ** 31),
  MALLOC_TOP_PAD_: String(2 ** 24),
};

async function main(): Promise<void> {
  // Or a run over a change of a contract would say nothing about that change.
  execFileSync(process.execPath, [require.resolve("hardhat/internal/cli/bootstrap"), "compile", "--quiet"], {
    stdio: "inherit",
  });
  console.log(`contracts ${bytecodeHash("artifacts/contracts")}`);
  const workers = Number(values.workers);
  const wanted = {
    steps: values.steps === undefined ? Infinity : Number(values.steps),
    sequences:
      values.sequences === undefined ? (values.steps === undefined ? 100 : Infinity) : Number(values.sequences),
  };
  const total = new Counts();
  const begun = Date.now();
  let next = Number(values.seed);
  const last = next + wanted.sequences;
  const failures: string[] = [];
  const done = () => total.steps >= wanted.steps || next >= last;
  const status = () => {
    const seconds = (Date.now() - begun) / 1_000;
    const rate = (total.steps / seconds).toFixed(0);
    return `${total.steps} steps in ${total.sequences} sequences, ${rate} a second, ${failures.length} violated`;
  };
  const progress = setInterval(
    () => process.stderr.write(`${status()}${process.stderr.isTTY ? "\r" : "\n"}`),
    PROGRESS_MS,
  );
  const one = () =>
    new Promise<void>((resolve, reject) => {
      const worker = fork(require.resolve("./fuzz-worker"), [], {
        execArgv: ["-r", "ts-node/register/transpile-only"],
        env: { ...process.env, ...KEEP_MEMORY },
      });
      const order = () => {
        if (done()) worker.disconnect();
        else
          worker.send({
            seed: next++,
            length: Number(values.length),
            thorough: values.thorough!,
          } satisfies WorkerOrder);
      };
      worker.on("message", (message: WorkerMessage) => {
        if (message.counts !== undefined) total.join(Object.assign(new Counts(), message.counts));
        if (message.failure !== undefined) {
          failures.push(message.failure);
          console.error(`\n${message.failure}\n`);
        }
        order();
      });
      worker.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`A worker ended with ${code}.`))));
    });
  await Promise.all(Array.from({ length: workers }, one));
  clearInterval(progress);
  console.log(
    report(total, (Date.now() - begun) / 1_000, { first: Number(values.seed), last: next - 1 }, failures.length),
  );
  if (failures.length > 0) process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
