/**
 * Runs the test files in a few processes, two at once, each with a chain of its own:
 *
 *     npm test [-- FILE … --shuffle SEED|random --grep TEXT --workers N --times --apart --minutes N --no-compile]
 *
 * With `--shuffle` the files run in an order that the seed decides, with `--apart` each in a process of its own. A process
 * that dies, that ends before its tests have, or that takes longer than `--minutes` counts as a failed test. The last line
 * has the totals. One file alone: `npx hardhat test FILE`.
 */
import { randomInt } from "node:crypto";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";

import { type Batch, batches } from "./test-order";
import { endAll, runNode } from "./test-process";

/** What counting-reporter.cjs writes when all tests of a process have ended. */
interface Totals {
  passes: number;
  failures: number;
  pending: number;
  files: Record<string, { milliseconds: number; megabytes: number }>;
}

const root = resolve(__dirname, "..");
const HARDHAT = require.resolve("hardhat/internal/cli/bootstrap");
const SLOWEST_SHOWN = 15;

/** A process collects its garbage before it takes more than this; without a limit Node waits for gigabytes of it. */
const HEAP_MB = 400;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    shuffle: { type: "string" },
    grep: { type: "string" },
    workers: { type: "string", default: "2" },
    times: { type: "boolean", default: false },
    apart: { type: "boolean", default: false },
    minutes: { type: "string", default: "30" },
    "no-compile": { type: "boolean", default: false },
  },
});

const limitMs = Number(values.minutes) * 60_000;
if (!(limitMs > 0))
  throw new Error(`--minutes is a number above 0, and not ${values.minutes}: how long a process may take.`);

const folder = mkdtempSync(join(tmpdir(), "test-totals-"));

function totalsIn(file: string): Totals | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Totals;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Runs these files in a process of their own; what it said is shown when it has ended. */
async function runBatch(files: string[], report: string): Promise<Totals> {
  const env = {
    ...process.env,
    TEST_TOTALS: report,
    // Each thread of the chain would keep freed memory of its own.
    MALLOC_ARENA_MAX: "2",
    // The chain's own allocator gives memory back at once.
    MIMALLOC_PURGE_DELAY: "0",
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ""} --max-old-space-size=${HEAP_MB}`.trim(),
  };
  const grep = values.grep === undefined ? [] : ["--grep", values.grep];
  const args = [HARDHAT, "test", "--no-compile", ...grep, ...files];
  const { output, wrong } = await runNode(args, root, env, limitMs);
  process.stdout.write(output);
  const totals = totalsIn(report);
  if (totals !== undefined && (wrong === undefined || totals.failures > 0)) return totals;
  const how = wrong ?? "well, but before its tests had";
  console.log(`\nThe process of these files ended ${how}: ${files.join(" ")}`);
  return { ...(totals ?? { passes: 0, pending: 0, files: {} }), failures: 1 };
}

function showSlowest(files: Totals["files"]): void {
  const slowest = Object.entries(files).sort(([, a], [, b]) => b.milliseconds - a.milliseconds);
  for (const [file, { milliseconds, megabytes }] of slowest.slice(0, SLOWEST_SHOWN)) {
    console.log(`${(milliseconds / 1000).toFixed(1).padStart(7)} s ${String(megabytes).padStart(5)} MB  ${file}`);
  }
}

async function main(): Promise<void> {
  if (!values["no-compile"]) {
    const { output, wrong } = await runNode([HARDHAT, "compile", "--quiet"], root, process.env, limitMs);
    process.stdout.write(output);
    if (wrong !== undefined) throw new Error(`The contracts do not compile: the compiler's process ended ${wrong}.`);
  }
  const named = positionals.map((file) => relative(root, resolve(file)));
  const files = named.length > 0 ? named : globSync("test/**/*.test.ts", { cwd: root }).sort();
  const seed = values.shuffle === "random" ? String(randomInt(2 ** 31)) : values.shuffle;
  if (seed !== undefined) console.log(`Files in the order of seed ${seed}: npm test -- --shuffle ${seed}`);
  const all = batches(files, seed, values.apart ? 1 : undefined);
  const total: Totals = { passes: 0, failures: 0, pending: 0, files: {} };
  let begun = 0;
  const work = async (waiting: Batch[]) => {
    for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) {
      const { passes, failures, pending, files } = await runBatch(batch.files, join(folder, `${begun++}.json`));
      total.passes += passes;
      total.failures += failures;
      total.pending += pending;
      Object.assign(total.files, files);
    }
  };
  const together = all.filter(({ alone }) => !alone);
  await Promise.all(Array.from({ length: Number(values.workers) }, () => work(together)));
  await work(all.filter(({ alone }) => alone));
  if (values.times) showSlowest(total.files);
  // Of each file at least one test must have been seen, or it was not read at all.
  const silent = values.grep === undefined ? files.filter((file) => total.files[file] === undefined) : [];
  for (const file of silent) console.log(`no test of ${file} ran`);
  const none = total.passes + total.failures + silent.length === 0;
  if (none) console.log("No test ran at all, which counts as one that failed.");
  const failures = none ? 1 : total.failures + silent.length;
  if (seed !== undefined) console.log(`The same order again: npm test -- --shuffle ${seed}`);
  console.log(`${total.passes} passed, ${failures} failed${total.pending > 0 ? `, ${total.pending} skipped` : ""}`);
  if (failures > 0) process.exitCode = 1;
}

process.on("exit", () => {
  endAll();
  rmSync(folder, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(1));

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
