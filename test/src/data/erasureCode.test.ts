import { spawnSync } from "node:child_process";
import { join } from "node:path";

import { expect } from "chai";
import fc from "fast-check";

import { combineShards, ErasureCode, ErasureCodeError } from "../../../src/data/erasureCode";
import { inverse, inverted, multiply, product } from "../../../src/data/galois";
import { hasRelaxedSimd } from "../../../src/data/kernels";
import { exampleBytes } from "../../support/exampleBytes";
import vectors from "../../vectors/isal-cauchy.json";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** The data shards of a vector: one stream, cut. */
function dataOf(k: number, bytes: number): Uint8Array[] {
  const stream = exampleBytes(k * bytes);
  return Array.from({ length: k }, (_, j) => stream.subarray(j * bytes, (j + 1) * bytes));
}

function parityOf(code: ErasureCode, data: Uint8Array[]): Uint8Array[] {
  const { dataShards, totalShards } = code;
  const parity = Array.from({ length: totalShards - dataShards }, () => new Uint8Array(data[0]!.length));
  const rows = parity.map((_, i) => code.row(dataShards + i));
  combineShards(rows, data, parity);
  return parity;
}

describe("data › ErasureCode", () => {
  for (const { k, n, bytes, rows, parity } of vectors) {
    it(`gives the rows and the parity of ISA-L for ${k} of ${n}`, () => {
      const code = new ErasureCode(k, n);
      const ours = Array.from({ length: n - k }, (_, i) => code.row(k + i));
      expect(hex(Buffer.concat(ours))).to.equal(rows);
      expect(parityOf(code, dataOf(k, bytes)).map(hex)).to.deep.equal(parity);
    });
  }

  it("gives the parity of ISA-L with relaxed SIMD as well", function () {
    if (hasRelaxedSimd()) this.skip();
    // Node 20 has it behind a flag, which a running process cannot set.
    const script = `
      const { combineShards, ErasureCode } = require("./src/data/erasureCode");
      const { hasRelaxedSimd } = require("./src/data/kernels");
      const { exampleBytes } = require("./test/support/exampleBytes");
      if (!hasRelaxedSimd()) process.exit(7);
      for (const { k, n, bytes, parity } of require("./test/vectors/isal-cauchy.json")) {
        const code = new ErasureCode(k, n);
        const stream = exampleBytes(k * bytes);
        const data = Array.from({ length: k }, (_, j) => stream.subarray(j * bytes, (j + 1) * bytes));
        const made = parity.map(() => new Uint8Array(bytes));
        combineShards(parity.map((_, i) => code.row(k + i)), data, made);
        if (made.some((shard, i) => Buffer.from(shard).toString("hex") !== parity[i])) process.exit(1);
      }`;
    const flags = ["--experimental-wasm-relaxed-simd", "--require", "ts-node/register/transpile-only"];
    const root = join(__dirname, "..", "..", "..");
    const { status, stderr } = spawnSync(process.execPath, [...flags, "-e", script], { cwd: root, encoding: "utf8" });
    expect(status, stderr).to.equal(0);
  });

  it("gives all shards back from any k of them", () => {
    const example = fc
      .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 300 }))
      .chain(([k, m, bytes]) =>
        fc.record({
          code: fc.constant(new ErasureCode(k, k + m)),
          bytes: fc.constant(bytes),
          given: fc.shuffledSubarray([...Array(k + m).keys()], { minLength: k, maxLength: k }),
        }),
      );
    fc.assert(
      fc.property(example, fc.nat(), ({ code, bytes, given }, seed) => {
        const data = Array.from({ length: code.dataShards }, (_, j) => exampleBytes(bytes, seed + j));
        const shards = [...data, ...parityOf(code, data)];
        const again = shards.map(() => new Uint8Array(bytes));
        const rows = code.rows(given, [...shards.keys()]);
        combineShards(
          rows,
          given.map((shard) => shards[shard]!),
          again,
        );
        expect(again.map(hex)).to.deep.equal(shards.map(hex));
      }),
      { numRuns: 60 },
    );
  });

  it("works on shards longer than its blocks", () => {
    const code = new ErasureCode(3, 5);
    const data = [1, 2, 3].map((seed) => exampleBytes(50_001, seed));
    const parity = parityOf(code, data);
    const again = [new Uint8Array(50_001)];
    combineShards(code.rows([4, 0, 3], [1]), [parity[1]!, data[0]!, parity[0]!], again);
    expect(again[0]).to.deep.equal(data[1]);
  });

  const refused: [what: string, k: number, n: number][] = [
    ["no data shards", 0, 4],
    ["no parity", 4, 4],
    ["fewer shards than data shards", 5, 4],
    ["256 shards", 10, 256],
    ["half a shard", 1.5, 4],
    ["no number", NaN, 4],
  ];
  for (const [what, k, n] of refused) {
    it(`refuses ${what}`, () => expect(() => new ErasureCode(k, n)).to.throw(ErasureCodeError, "1 ≤ k < n ≤ 255"));
  }

  it("takes the smallest and the largest code", () => {
    expect(new ErasureCode(1, 2).row(1)).to.deep.equal(Uint8Array.of(1));
    expect(new ErasureCode(254, 255).row(254)).to.have.length(254);
  });

  it("refuses shards that do not exist, too few, or twice the same", () => {
    const code = new ErasureCode(2, 4);
    expect(() => code.row(4)).to.throw(ErasureCodeError, "0 to 3");
    expect(() => code.rows([0], [1])).to.throw(ErasureCodeError, "2 different shards");
    expect(() => code.rows([0, 0], [1])).to.throw(ErasureCodeError, "2 different shards");
  });

  it("refuses shards of different lengths", () => {
    const shards = [new Uint8Array(5), new Uint8Array(6)];
    expect(() => combineShards([Uint8Array.of(1, 1)], shards, [new Uint8Array(5)])).to.throw(
      ErasureCodeError,
      "same length",
    );
  });
});

describe("data › galois", () => {
  const element = fc.integer({ min: 0, max: 255 });

  it("is a field", () => {
    fc.assert(
      fc.property(element, element, element, (a, b, c) => {
        expect(multiply(a, b)).to.equal(multiply(b, a));
        expect(multiply(a, multiply(b, c))).to.equal(multiply(multiply(a, b), c));
        expect(multiply(a, b ^ c)).to.equal(multiply(a, b) ^ multiply(a, c));
        expect(multiply(a, 1)).to.equal(a);
        if (a !== 0) expect(multiply(a, inverse(a))).to.equal(1);
      }),
    );
    expect(multiply(2, 0x80)).to.equal(0x1d);
    expect(() => inverse(0)).to.throw(RangeError);
  });

  it("inverts matrices, and says when it cannot", () => {
    const matrix = [Uint8Array.of(0, 1, 7), Uint8Array.of(3, 0, 9), Uint8Array.of(1, 1, 1)];
    expect(product(matrix, inverted(matrix)).map(hex)).to.deep.equal(["010000", "000100", "000001"]);
    expect(() => inverted([Uint8Array.of(1, 2), Uint8Array.of(1, 2)])).to.throw(RangeError, "no inverse");
  });
});
