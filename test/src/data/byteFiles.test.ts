import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { DataFileError, readRange, resizeFile, writeRange } from "../../../src/data/byteFiles";
import { runColumns } from "../../../src/data/columnsRun";
import { requireRoom, stageFile, stageFolder } from "../../../src/data/staged";
import { exampleBytes } from "../../support/exampleBytes";
import { failureOf } from "../../support/shardFolder";

describe("data › files", () => {
  let folder: string;
  let path: string;
  let descriptor: number;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "raas-files-"));
    path = join(folder, "file");
    writeFileSync(path, exampleBytes(1000));
    descriptor = openSync(path, "r+");
  });
  afterEach(() => {
    closeSync(descriptor);
    rmSync(folder, { recursive: true });
  });

  it("reads zeros beyond a range, and drops what is written there", () => {
    const range = { descriptor, path, offset: 100, length: 50 };
    const into = new Uint8Array(100).fill(7);
    readRange(range, into, 10);
    expect(into.subarray(0, 40)).to.deep.equal(exampleBytes(1000).subarray(110, 150));
    expect(into.subarray(40).every((byte) => byte === 0)).to.equal(true);
    readRange(range, into, 60);
    expect(into.every((byte) => byte === 0)).to.equal(true);
    writeRange(range, new Uint8Array(100).fill(9), 40);
    const after = new Uint8Array(100);
    readRange({ descriptor, path, offset: 130, length: 100 }, after, 0);
    expect([...after.subarray(10, 20)]).to.deep.equal(Array<number>(10).fill(9));
    expect(after.subarray(20)).to.deep.equal(exampleBytes(1000).subarray(150, 230));
  });

  for (const threads of [0, 1]) {
    it(`tells a file that became shorter while it is read, on ${threads || "no"} worker threads`, async () => {
      const lane = { read: { descriptor, path, offset: 0, length: 2000 }, hash: true };
      const failure = await failureOf(runColumns({ lanes: [lane], matrix: [], quads: 16, height: 6 }, { threads }));
      expect(failure).to.be.instanceOf(DataFileError);
      expect(failure.message).to.equal(`${path} ended early: it became shorter while it was read.`);
    });
  }

  it("tells a descriptor that cannot be written", () => {
    const readOnly = openSync(path, "r");
    try {
      expect(() => resizeFile(readOnly, path, 10)).to.throw(DataFileError, "cannot be written");
    } finally {
      closeSync(readOnly);
    }
  });

  it("refuses at once what no disk has room for", () => {
    expect(() => requireRoom(join(folder, "new"), 1n << 80n)).to.throw(DataFileError, "are free: free some space");
    expect(() => requireRoom(folder, 1n)).not.to.throw();
    expect(() => requireRoom(join(folder, "no", "where"), 1n)).to.throw(
      DataFileError,
      " does not exist: create it first",
    );
  });

  it("shows a staged file or folder only when it is done", async () => {
    const names = (): string[] => readdirSync(folder).sort();
    await stageFile(join(folder, "new"), async (staged) => {
      writeFileSync(staged, "x");
      expect(names()).to.have.length(2).and.not.include("new");
    });
    expect(names()).to.deep.equal(["file", "new"]);
    await failureOf(stageFile(join(folder, "other"), () => Promise.reject(new Error("no"))));
    await failureOf(stageFolder(join(folder, "other"), () => Promise.reject(new Error("no"))));
    expect(names()).to.deep.equal(["file", "new"]);
    await stageFolder(join(folder, "inner"), async (staged) => writeFileSync(join(staged, "a"), "x"));
    expect(readdirSync(join(folder, "inner"))).to.deep.equal(["a"]);
  });

  it("says what stands in the way of a staged file", async () => {
    const nowhere = await failureOf(stageFile(join(folder, "no", "where"), () => Promise.resolve()));
    expect(nowhere.message).to.match(/The folder of .*where does not exist: create it first/);
  });
});
