import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";

import { bytecodeHash } from "../../scripts/bytecode-hash";

describe("The hash of what a fuzz run has run on", () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "raas-artifacts-"));
    cpSync("artifacts/contracts/market", folder, { recursive: true });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("changes with one byte of one contract, and with nothing else", () => {
    const before = bytecodeHash(folder);
    const file = path.join(folder, "ShardPlacing.sol/ShardPlacing.json");
    const artifact = JSON.parse(readFileSync(file, "utf8")) as { deployedBytecode: string; abi: unknown[] };
    writeFileSync(file, JSON.stringify({ ...artifact, abi: [] }));
    expect(bytecodeHash(folder)).to.equal(before);
    const flipped = `${artifact.deployedBytecode.slice(0, -1)}${artifact.deployedBytecode.endsWith("0") ? "1" : "0"}`;
    writeFileSync(file, JSON.stringify({ ...artifact, deployedBytecode: flipped }));
    expect(bytecodeHash(folder)).to.not.equal(before);
  });
});
