import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { commitFile, commitFileWithNodes } from "../../../src/data/commitFile";
import { commitPiece } from "../../../src/data/piece";
import { levelsOf } from "../../../src/data/pieceTree";
import { exampleBytes } from "../../support/exampleBytes";

describe("data › commitFile", () => {
  let folder: string;
  let path: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "raas-commit-"));
    path = join(folder, "payload");
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const length of [0, 1, 126, 127, 128, 127 * 32, 127 * 65536 - 1, 127 * 65536 + 1, 20_000_000]) {
    it(`agrees with the streaming commitment for ${length} bytes`, async () => {
      const bytes = exampleBytes(length);
      writeFileSync(path, bytes);
      expect(await commitFile(path)).to.deep.equal(await commitPiece(bytes));
    });
  }

  it("gives the same on worker threads, and tells its progress", async () => {
    const bytes = exampleBytes(25_000_000);
    writeFileSync(path, bytes);
    const told: [number, number][] = [];
    const piece = await commitFile(path, { threads: 2, onProgress: (done, total) => told.push([done, total]) });
    expect(piece).to.deep.equal(await commitPiece(bytes));
    const total = told.at(-1)![1];
    expect(total).to.be.at.least(bytes.length);
    expect(told.map(([done]) => done)).to.deep.equal(told.map((_, i) => (total / told.length) * (i + 1)));
  });

  it("gives the nodes at a height, from which the root follows", async () => {
    const bytes = exampleBytes(127 * 1000);
    writeFileSync(path, bytes);
    const { piece, nodes, nodeHeight } = await commitFileWithNodes(path, { unitHeight: 7 });
    expect(nodeHeight).to.equal(7);
    expect(nodes).to.have.length(Math.ceil(1000 / 32));
    expect(nodes[0]).to.deep.equal((await commitPiece(bytes.subarray(0, 127 * 32))).root);
    expect(levelsOf(nodes, 7, piece.height).at(-1)![0]).to.deep.equal(piece.root);
  });

  it("stops when it is aborted, on worker threads and without", async () => {
    writeFileSync(path, exampleBytes(25_000_000));
    for (const threads of [0, 2]) {
      const controller = new AbortController();
      const run = commitFile(path, {
        threads,
        signal: controller.signal,
        onProgress: () => controller.abort(new Error("enough")),
      });
      expect(await run.catch((error: Error) => error.message)).to.equal("enough");
    }
  });

  it("says which file is missing", async () => {
    const missing = join(folder, "missing");
    expect(await commitFile(missing).catch((error: Error) => error.message)).to.equal(`There is no file ${missing}.`);
  });
});
