/**
 * Fails when less of the contracts is covered than these shares, by coverage/coverage-summary.json:
 *
 *     npx ts-node --transpile-only scripts/check-coverage.ts
 */
import { readFileSync } from "node:fs";

const LEAST = { lines: 98.5, branches: 96 };

interface Summary {
  total: Record<keyof typeof LEAST, { total: number; covered: number; pct: number }>;
}

const { total } = JSON.parse(readFileSync("coverage/coverage-summary.json", "utf8")) as Summary;
for (const [name, least] of Object.entries(LEAST) as [keyof typeof LEAST, number][]) {
  const { covered, total: all, pct } = total[name];
  console.log(`${name}: ${covered} of ${all}, ${pct} % (at least ${least} %)`);
  // Of nothing at all everything is covered.
  if (all === 0 || pct < least) {
    console.error(`Too few ${name} of the contracts are covered: coverage/index.html says which are not.`);
    process.exitCode = 1;
  }
}
