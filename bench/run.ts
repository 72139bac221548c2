import { mkdirSync, readdirSync, writeFileSync, existsSync } from "node:fs";
import path from "node:path";

import type { Bench } from "./bench";
import { formatTable } from "./table";

/**
 * `npm run bench -- NAME [ARGS…] [--json]` runs `bench/<NAME>/index.ts`, prints its table and leaves
 * the figures in `bench/results/<NAME>.json`.
 */
async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const json = args.includes("--json");
  const [name, ...rest] = args.filter((arg) => arg !== "--json");
  const known = readdirSync(__dirname).filter((entry) => existsSync(path.join(__dirname, entry, "index.ts")));
  if (name === undefined || !known.includes(name)) {
    throw new Error(`usage: npm run bench -- NAME [ARGS…] [--json], NAME one of: ${known.join(", ")}`);
  }

  const { bench } = require(path.join(__dirname, name, "index.ts")) as { bench: Bench };
  const result = await bench(rest);

  const results = path.join(__dirname, "results");
  mkdirSync(results, { recursive: true });
  const text = JSON.stringify(result, undefined, 2);
  writeFileSync(path.join(results, `${name}.json`), `${text}\n`);
  console.log(json ? text : [`\n${result.title}\n`, formatTable(result.rows), ...(result.notes ?? [])].join("\n"));
  if (result.failed === true) process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
