/**
 * Fails when less of the contracts is covered than these shares, by coverage/coverage-summary.json:
 *
 *     npx ts-node --transpile-only scripts/check-coverage.ts [PATH …]
 *
 * With paths, only files whose names begin with one of them count: a short run covers a part of the contracts.
 */
import { readFileSync } from "node:fs";
import { relative } from "node:path";

const LEAST = { lines: 98.5, branches: 96 };

type Counts = Record<keyof typeof LEAST, { total: number; covered: number }>;

const summary = JSON.parse(readFileSync("coverage/coverage-summary.json", "utf8")) as Record<string, Counts>;
const wanted = process.argv.slice(2);
const counted = Object.entries(summary).filter(
  ([file]) => file !== "total" && (wanted.length === 0 || wanted.some((path) => relative("", file).startsWith(path))),
);

for (const [name, least] of Object.entries(LEAST) as [keyof typeof LEAST, number][]) {
  const all = counted.reduce((sum, [, counts]) => sum + counts[name].total, 0);
  const covered = counted.reduce((sum, [, counts]) => sum + counts[name].covered, 0);
  const percent = (100 * covered) / all;
  console.log(
    `${name}: ${covered} of ${all} in ${counted.length} files, ${percent.toFixed(1)} % (at least ${least} %)`,
  );
  // Of nothing at all everything is covered.
  if (all === 0 || percent < least) {
    console.error(`Too few ${name} of the contracts are covered: coverage/index.html says which are not.`);
    process.exitCode = 1;
  }
}
