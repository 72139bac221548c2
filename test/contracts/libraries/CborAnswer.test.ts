import { expect } from "chai";
import fc from "fast-check";
import { ethers } from "hardhat";

import type { PieceLibraries__Harness } from "../../../typechain-types";

const EDGES = [
  0n,
  1n,
  23n,
  24n,
  255n,
  256n,
  65_535n,
  65_536n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 63n - 1n,
  2n ** 64n - 1n,
];
const NEGATIVE_EDGES = [-1n, -24n, -25n, -256n, -257n, -(2n ** 16n) - 1n, -(2n ** 32n) - 1n, -(2n ** 63n)];

describe("CborAnswer", () => {
  let libraries: PieceLibraries__Harness;
  let cborg: typeof import("cborg");

  before(async () => {
    libraries = await ethers.deployContract("PieceLibraries__Harness");
    cborg = await import("cborg");
  });

  const encode = (value: unknown): string => ethers.hexlify(cborg.encode(value));
  const uint = () => fc.oneof(fc.constantFrom(...EDGES), fc.bigInt(0n, 2n ** 64n - 1n));
  const numRuns = 60;

  describe("asUint", () => {
    for (const value of EDGES) {
      it(`reads ${value}`, async () => {
        expect(await libraries.asUint(encode(value), 0n)).to.deep.equal([true, value]);
      });
    }

    for (const value of NEGATIVE_EDGES) {
      it(`does not read ${value} as a positive number`, async () => {
        expect(await libraries.asUint(encode(value), 0n)).to.deep.equal([false, 0n]);
      });
    }

    for (const [what, data] of [
      ["nothing", "0x"],
      ["0 in two bytes", "0x1800"],
      ["23 in two bytes", "0x1817"],
      ["255 in three bytes", "0x1900ff"],
      ["65535 in five bytes", "0x1a0000ffff"],
      ["2^32 - 1 in nine bytes", "0x1b00000000ffffffff"],
      ["a head cut off", "0x1a0000ff"],
      ["a reserved head", "0x1c"],
      ["an indefinite length", "0x1f"],
      ["a byte after it", "0x0100"],
      ["an array", "0x8101"],
      ["null", "0xf6"],
      ["a float", "0xfb3ff0000000000000"],
      ["text", "0x60"],
      ["a big number", "0xc24101"],
    ] as const) {
      it(`does not read ${what}`, async () => {
        expect(await libraries.asUint(data, 0n)).to.deep.equal([false, 0n]);
      });
    }

    it("reads from a position to the end, and nothing beyond it", async () => {
      expect(await libraries.asUint("0xffff1818", 2n)).to.deep.equal([true, 24n]);
      expect(await libraries.asUint("0x01", 1n)).to.deep.equal([false, 0n]);
      expect(await libraries.asUint("0x01", ethers.MaxUint256)).to.deep.equal([false, 0n]);
    });
  });

  describe("asBool", () => {
    it("reads true and false, and nothing else", async () => {
      expect(await libraries.asBool(encode(true))).to.deep.equal([true, true]);
      expect(await libraries.asBool(encode(false))).to.deep.equal([true, false]);
      for (const data of ["0x", "0xf6", "0x01", "0xf5f5", "0x81f5"]) {
        expect(await libraries.asBool(data)).to.deep.equal([false, false]);
      }
    });
  });

  describe("asUintPair", () => {
    it("reads what an independent codec writes", async () => {
      await fc.assert(
        fc.asyncProperty(uint(), uint(), async (first, second) => {
          expect(await libraries.asUintPair(encode([first, second]))).to.deep.equal([true, first, second]);
        }),
        { numRuns },
      );
    });

    it("does not read negative numbers, wherever they stand", async () => {
      for (const value of NEGATIVE_EDGES) {
        expect((await libraries.asUintPair(encode([value, 1n]))).ok).to.equal(false);
        expect((await libraries.asUintPair(encode([1n, value]))).ok).to.equal(false);
      }
    });

    it("does not read other shapes", async () => {
      for (const value of [[], [1], [1, 2, 3], [1, "2"], [[1], 2], 1, "12", null, { a: 1 }]) {
        expect((await libraries.asUintPair(encode(value))).ok, JSON.stringify(value)).to.equal(false);
      }
      expect((await libraries.asUintPair("0x9f0102ff")).ok).to.equal(false);
      expect((await libraries.asUintPair("0x82010200")).ok).to.equal(false);
    });
  });

  describe("asUintAndBytes", () => {
    it("reads what an independent codec writes", async () => {
      await fc.assert(
        fc.asyncProperty(uint(), fc.uint8Array({ maxLength: 40 }), async (number, content) => {
          const expected = content.length <= 32 ? [true, number, ethers.hexlify(content)] : [false, 0n, "0x"];
          expect(await libraries.asUintAndBytes(encode([number, content]), 32n)).to.deep.equal(expected);
        }),
        { numRuns },
      );
    });

    it("does not read other shapes", async () => {
      for (const data of [
        "0x",
        "0x41ff",
        "0x8201",
        "0x820160",
        "0x820141",
        "0x82014100ff",
        "0x824100",
        "0x83014100f6",
      ]) {
        expect((await libraries.asUintAndBytes(data, 32n)).ok, data).to.equal(false);
      }
    });
  });

  describe("isBytesPair", () => {
    it("knows what an independent codec writes", async () => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), async (first, second) => {
          const fits = first.length <= 33 && second.length <= 33;
          expect(await libraries.isBytesPair(encode([first, second]), 33n)).to.equal(fits);
        }),
        { numRuns },
      );
    });

    it("does not know other shapes", async () => {
      for (const data of ["0x", "0x80", "0x8140", "0x824040ff", "0x8240", "0x8241", "0x820040", "0x824000", "0xf5"]) {
        expect(await libraries.isBytesPair(data, 33n), data).to.equal(false);
      }
    });
  });

  it("never reverts, whatever the bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 80 }), async (bytes) => {
        const data = ethers.hexlify(bytes);
        await Promise.all([
          libraries.asUint(data, 0n),
          libraries.asBool(data),
          libraries.asUintPair(data),
          libraries.asUintAndBytes(data, 32n),
          libraries.isBytesPair(data, 33n),
        ]);
      }),
      { numRuns },
    );
  });
});
