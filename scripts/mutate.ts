/**
 * Breaks the code on purpose, one mutation at a time, and tells which test notices:
 *
 *     npx ts-node --transpile-only scripts/mutate.ts [FILE.json …] [--only TEXT]
 *
 * Each file in test/mutations/ is a list of `{ name, file, from, to, test }`: `from` must stand exactly once in `file`
 * (a run of white space matches any other), `test` is the test file that has to fail. The mutations are made in a copy of
 * the project, so that it can be worked on meanwhile, and stays as it is when the run is stopped. There contracts are
 * compiled without the optimizer, in a small part of the time; all test files must pass before anything is broken.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { applied, type Mutation } from "./mutation";

const root = join(__dirname, "..");
const FOLDER = "test/mutations";

/** What is linked, made anew, or not needed. */
const NOT_COPIED = new Set(["node_modules", ".git", "artifacts", "cache", "coverage", "deployments"]);

/** How the copy is compiled; its contracts grow beyond what a chain takes. */
const CONFIG = "hardhat.mutations.config.ts";
const CONFIG_TEXT = `import { subtask } from "hardhat/config";

import config from "./hardhat.config";

(config.solidity as { settings: { optimizer: object } }).settings.optimizer = { enabled: false };
config.networks!.hardhat!.allowUnlimitedContractSize = true;

// What tests look at; the compiler's other outputs take as long again.
subtask("compile:solidity:get-compiler-input", async (_, __, runSuper) => {
  const input = await runSuper();
  input.settings.outputSelection = {
    "*": { "*": ["abi", "evm.bytecode", "evm.deployedBytecode", "evm.methodIdentifiers", "storageLayout"], "": ["ast"] },
  };
  return input;
});

export default config;
`;

/**
 * Typings hold bytecode too, and take half of a compilation. The market's tests enter through the deploy scripts, which do
 * not look at it; others deploy harnesses by it.
 */
const WITHOUT_TYPINGS = /^test\/contracts\/(RepairMarket|SectorContents)\/(?!rules)/;

/** The project but for `node_modules`, which is linked. */
function copied(): string {
  const copy = mkdtempSync(join(tmpdir(), "mutations-"));
  for (const name of readdirSync(root).filter((name) => !NOT_COPIED.has(name))) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  writeFileSync(join(copy, CONFIG), CONFIG_TEXT);
  return copy;
}

/** Compiles the copy and runs these test files; what failed, and undefined if nothing did. */
function failing(copy: string, tests: string[]): string | undefined {
  const { status, stdout, stderr } = spawnSync(
    "node_modules/.bin/hardhat",
    ["--config", CONFIG, "test", "--bail", ...tests],
    {
      cwd: copy,
      encoding: "utf8",
      env: { ...process.env, SOLIDITY_COVERAGE: String(tests.every((test) => WITHOUT_TYPINGS.test(test))) },
    },
  );
  return status === 0 ? undefined : firstFailure(stdout, stderr);
}

/** The first failing test in mocha's output: its titles, outermost first; without one, what was wrong. */
function firstFailure(output: string, errors: string): string {
  const at = output.search(/^ {2}1\) /m);
  if (at < 0) throw new Error(`The tests did not run:\n${output}\n${errors}`);
  const lines = output.slice(at).split("\n");
  const end = lines.findIndex((line) => line.trimEnd().endsWith(":"));
  const titles = lines.slice(0, end + 1).map((line) => line.trim().replace(/^1\) /, "").replace(/:$/, ""));
  return titles.join(" › ");
}

/** Which test noticed; undefined when none did. */
function noticed(mutation: Mutation, copy: string): string | undefined {
  const path = join(copy, mutation.file);
  const original = readFileSync(path, "utf8");
  writeFileSync(path, applied(mutation, original));
  try {
    return failing(copy, [mutation.test]);
  } finally {
    writeFileSync(path, original);
  }
}

function main(): void {
  const args = process.argv.slice(2);
  const only = args.includes("--only") ? args.splice(args.indexOf("--only"), 2)[1]! : "";
  const files = args.length > 0 ? args : readdirSync(join(root, FOLDER)).map((file) => join(FOLDER, file));
  const mutations = files
    .flatMap((file): Mutation[] => JSON.parse(readFileSync(join(root, file), "utf8")))
    .filter(({ name }) => name.includes(only));
  // All texts are looked for before the first is changed.
  for (const mutation of mutations) applied(mutation, readFileSync(join(root, mutation.file), "utf8"));
  const copy = copied();
  let survived = 0;
  try {
    const before = failing(copy, [...new Set(mutations.map(({ test }) => test))]);
    if (before !== undefined) throw new Error(`Fails with nothing broken: ${before}`);
    for (const mutation of mutations) {
      const by = noticed(mutation, copy);
      if (by === undefined) survived++;
      console.log(`| ${mutation.name} | \`${mutation.file}\` | ${by ?? "**nothing noticed**"} |`);
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  if (survived > 0) {
    console.error(`${survived} mutations went unnoticed.`);
    process.exitCode = 1;
  }
}

main();
