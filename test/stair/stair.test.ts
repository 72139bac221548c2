import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";

const ROOT = path.resolve(__dirname, "../..");
const CRUISER = path.join(ROOT, "node_modules/.bin/depcruise");

interface Room {
  room: string;
  aloneKnows: string;
}

const floors = JSON.parse(readFileSync(path.join(ROOT, "stair.json"), "utf8")) as Room[][];

/** A house of these files with the project's own rules, and what the rules say of it. */
function violationsIn(files: Record<string, string>): { rule: string; from: string; to: string }[] {
  const house = mkdtempSync(path.join(tmpdir(), "stair-"));
  try {
    for (const name of ["stair.json", ".dependency-cruiser.cjs", "tsconfig.json"])
      cpSync(path.join(ROOT, name), path.join(house, name));
    symlinkSync(path.join(ROOT, "node_modules"), path.join(house, "node_modules"));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(house, name)), { recursive: true });
      writeFileSync(path.join(house, name), text);
    }
    const args = [CRUISER, "src", "--config", ".dependency-cruiser.cjs", "--output-type", "json"];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: house, encoding: "utf8" });
    if (stdout === "") throw new Error(stderr);
    const { summary } = JSON.parse(stdout) as {
      summary: { violations: { rule: { name: string }; from: string; to: string }[] };
    };
    return summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }));
  } finally {
    rmSync(house, { recursive: true, force: true });
  }
}

const nothing = "export const nothing = 0;\n";
const importing = (...specifiers: string[]) =>
  specifiers.map((specifier) => `import type * as taken from "${specifier}";\nexport type { taken };\n`).join("");

describe("the stair of src/", () => {
  it("stands in docs/architecture.md as in stair.json", () => {
    const page = readFileSync(path.join(ROOT, "docs/architecture.md"), "utf8");
    const rows = [...page.matchAll(/^\| `([a-z-]+)` +\| (\d+) +\| [^|]+\| ([^|]+?) +\| [^|]+\|$/gm)];
    const told = rows.map(([, room, floor, aloneKnows]) => ({ room, floor: Number(floor), aloneKnows }));
    const stair = floors.flatMap((floor, index) => floor.map((room) => ({ ...room, floor: index + 1 })));
    expect(told).to.have.deep.members(stair);
  });

  it("has a room for each folder of src/, and a folder for each room", () => {
    const folders = readdirSync(path.join(ROOT, "src"));
    expect(folders).to.have.members(floors.flat().map(({ room }) => room));
  });

  it("lets a room know the floors below it", () => {
    const below = "../protocol/records";
    expect(violationsIn({ "src/keeper/node.ts": importing(below), "src/protocol/records.ts": nothing })).to.be.empty;
  });

  it("catches what is planted against it", () => {
    const violations = violationsIn({
      "src/protocol/up.ts": importing("../keeper/node"),
      "src/keeper/node.ts": nothing,
      "src/watcher/sideways.ts": importing("../keeper/node"),
      "src/data/one.ts": importing("./other"),
      "src/data/other.ts": importing("./one"),
      "src/filecoin/tasks.ts": importing("hardhat/types", "@nomicfoundation/hardhat-ethers", "hardhat-gas-reporter"),
      "src/policy/query.ts": importing("kysely"),
      "src/outbox/query.ts": importing("node:sqlite"),
      "src/utils/anything.ts": nothing,
      "src/client/lost.ts": importing("./nowhere"),
      "src/cli/upside.ts": importing("../../test/scene"),
      "test/scene.ts": nothing,
    });
    const caught = violations.map(({ rule, from }) => `${rule}: ${from}`);
    expect([...new Set(caught)]).to.have.members([
      "protocol-only-knows-floors-below: src/protocol/up.ts",
      "watcher-only-knows-floors-below: src/watcher/sideways.ts",
      "no-circle: src/data/one.ts",
      "only-the-top-knows-hardhat: src/filecoin/tasks.ts",
      "only-the-store-knows-sql: src/policy/query.ts",
      "only-the-store-knows-sql: src/outbox/query.ts",
      "every-file-in-a-room: src/utils/anything.ts",
      "nothing-unresolved: src/client/lost.ts",
      "src-knows-only-src: src/cli/upside.ts",
    ]);
    expect(violations.filter(({ from }) => from === "src/filecoin/tasks.ts")).to.have.length(3);
  });
});
