/**
 * Breaks the code on purpose, one mutation at a time, and tells which test notices:
 *
 *     npx ts-node --transpile-only scripts/mutate.ts [FILE.json …] [--only TEXT]
 *
 * Each file in test/mutations/ is a list of `{ name, file, from, to, test }`: `from` must stand exactly once in `file`
 * (a run of white space matches any other), `test` is the test file that has to fail. Everything is put back afterwards.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
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

/** The first failing test in mocha's output: its titles, outermost first. */
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
function noticed(mutation: Mutation): string | undefined {
  const path = join(root, mutation.file);
  const original = readFileSync(path, "utf8");
  const putBack = (): void => writeFileSync(path, original);
  const interrupted = (): void => {
    putBack();
    process.exit(130);
  };
  process.once("SIGINT", interrupted);
  try {
    writeFileSync(path, applied(mutation, original));
    const { status, stdout } = spawnSync("npx", ["hardhat", "test", mutation.test], { cwd: root, encoding: "utf8" });
    return status === 0 ? undefined : firstFailure(stdout);
  } finally {
    putBack();
    process.off("SIGINT", interrupted);
  }
}

function main(): void {
  const args = process.argv.slice(2);
  const only = args.includes("--only") ? args.splice(args.indexOf("--only"), 2)[1]! : "";
  const files = args.length > 0 ? args : readdirSync(join(root, FOLDER)).map((file) => join(FOLDER, file));
  let survived = 0;
  for (const file of files) {
    const mutations: Mutation[] = JSON.parse(readFileSync(join(root, file), "utf8"));
    for (const mutation of mutations.filter(({ name }) => name.includes(only))) {
      const by = noticed(mutation);
      if (by === undefined) survived++;
      console.log(`| ${mutation.name} | \`${mutation.file}\` | ${by ?? "**nothing noticed**"} |`);
    }
  }
  if (survived > 0) {
    console.error(`${survived} mutations went unnoticed.`);
    process.exitCode = 1;
  }
}

main();
