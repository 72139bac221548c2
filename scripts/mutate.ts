/**
 * Breaks the code on purpose, one mutation at a time, and tells which test notices:
 *
 *     npx ts-node --transpile-only scripts/mutate.ts [FILE.json …] [--only TEXT]
 *
 * Each file in test/mutations/ is a list of `{ name, file, from, to, test }`: `from` must stand exactly once in `file`
 * (a run of white space matches any other), `test` is the test file that has to fail. The mutations are made in a copy of
 * the project, so that it can be worked on meanwhile, and stays as it is when the run is stopped.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Mutation {
  name: string;
  file: string;
  from: string;
  to: string;
  test: string;
}

const root = join(__dirname, "..");
const FOLDER = "test/mutations";

/** What a test run needs neither of: linked, or left behind. */
const NOT_COPIED = new Set(["node_modules", ".git", "deployments", "coverage"]);

/** The project with all that was compiled of it, but for `node_modules`, which is linked. */
function copied(): string {
  const copy = mkdtempSync(join(tmpdir(), "mutations-"));
  for (const name of readdirSync(root).filter((name) => !NOT_COPIED.has(name) && name !== "cache")) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  // Of the cache, what the compiler remembers; the rest is other tools'.
  mkdirSync(join(copy, "cache"));
  for (const name of readdirSync(join(root, "cache")).filter((name) => name.endsWith(".json"))) {
    cpSync(join(root, "cache", name), join(copy, "cache", name));
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  return copy;
}

/** The first failing test in mocha's output: its titles, outermost first; without one, what was wrong. */
function firstFailure(output: string): string {
  const at = output.search(/^ {2}1\) /m);
  if (at < 0) return "the code does not compile";
  const lines = output.slice(at).split("\n");
  const end = lines.findIndex((line) => line.trimEnd().endsWith(":"));
  const titles = lines.slice(0, end + 1).map((line) => line.trim().replace(/^1\) /, "").replace(/:$/, ""));
  return titles.join(" › ");
}

function applied({ name, file, from, to }: Mutation, source: string): string {
  const pattern = from
    .trim()
    .split(/\s+/)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const matches = [...source.matchAll(new RegExp(pattern.join("\\s+"), "g"))];
  const [match] = matches;
  if (match === undefined || matches.length !== 1) {
    throw new Error(`"${name}": its text stands ${matches.length} times in ${file}, not once.`);
  }
  return source.slice(0, match.index) + to + source.slice(match.index + match[0].length);
}

/** Which test noticed; undefined when none did. */
function noticed(mutation: Mutation, copy: string): string | undefined {
  const path = join(copy, mutation.file);
  const original = readFileSync(path, "utf8");
  writeFileSync(path, applied(mutation, original));
  const { status, stdout } = spawnSync("npx", ["hardhat", "test", mutation.test], { cwd: copy, encoding: "utf8" });
  writeFileSync(path, original);
  return status === 0 ? undefined : firstFailure(stdout);
}

function main(): void {
  const args = process.argv.slice(2);
  const only = args.includes("--only") ? args.splice(args.indexOf("--only"), 2)[1]! : "";
  const files = args.length > 0 ? args : readdirSync(join(root, FOLDER)).map((file) => join(FOLDER, file));
  const mutations = files
    .flatMap((file): Mutation[] => JSON.parse(readFileSync(join(root, file), "utf8")))
    .filter(({ name }) => name.includes(only));
  // All texts are looked for before the first is changed: a run takes half an hour.
  for (const mutation of mutations) applied(mutation, readFileSync(join(root, mutation.file), "utf8"));
  const copy = copied();
  let survived = 0;
  try {
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
