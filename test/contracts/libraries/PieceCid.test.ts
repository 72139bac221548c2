import { expect } from "chai";
import fc from "fast-check";
import { ethers } from "hardhat";
import { CID } from "multiformats/cid";

import { pieceCidV1, pieceCidV2 } from "../../../src/data/pieceCid";
import { capacityBytesOf } from "../../../src/data/piece";
import type { PieceLibraries__Harness } from "../../../typechain-types";

/** Payload length and piece CID v2, from FRC-0069. */
const FRC_0069: [number, string][] = [
  [0, "bafkzcibcp4bdomn3tgwgrh3g532zopskstnbrd2n3sxfqbze7rxt7vqn7veigmy"],
  [127, "bafkzcibcaabdomn3tgwgrh3g532zopskstnbrd2n3sxfqbze7rxt7vqn7veigmy"],
  [128, "bafkzcibcpybwiktap34inmaex4wbs6cghlq5i2j2yd2bb2zndn5ep7ralzphkdy"],
  [508, "bafkzcibcaaces3nobte6ezpp4wqan2age2s5yxcatzotcvobhgcmv5wi2xh5mbi"],
  [512, "bafkzcibd7abqlxticxolgseegik2stpfgkkuwyf6kufex3doorkvmzpjuxwe4dz4"],
  [513, "bafkzcibd64bqlxticxolgseegik2stpfgkkuwyf6kufex3doorkvmzpjuxwe4dz4"],
  [1016, "bafkzcibcaac542av3szurbbscwuu3zjssvfwbpsvbjf6y3tukvlgl2nf5rha6pa"],
];

describe("PieceCid", () => {
  const root = ethers.hexlify(ethers.randomBytes(32));
  let libraries: PieceLibraries__Harness;

  before(async () => {
    libraries = await ethers.deployContract("PieceLibraries__Harness");
  });

  const prefixed = (cid: string): string => ethers.concat(["0x00", cid]);
  // Up to 2^52 payload bytes: the varint library of multiformats counts in doubles.
  const anyPiece = () =>
    fc
      .record({ root: fc.uint8Array({ minLength: 32, maxLength: 32 }), height: fc.integer({ min: 2, max: 47 }) })
      .chain((piece) =>
        fc.bigInt(0n, capacityBytesOf(piece.height)).map((payloadBytes) => ({ ...piece, payloadBytes })),
      );
  const numRuns = 60;

  describe("parse", () => {
    for (const [length, cid] of FRC_0069) {
      it(`reads the v2 CID of ${length} bytes in FRC-0069`, async () => {
        const [, height, padding] = await libraries.parse(CID.parse(cid).bytes);
        expect(capacityBytesOf(Number(height)) - padding).to.equal(length);
      });
    }

    it("reads v1, which does not tell its height", async () => {
      const cid = ethers.concat(["0x0181e203922020", root]);
      expect(await libraries.parse(cid)).to.deep.equal([root, 0n, 0n]);
    });

    it("reads what an independent library writes, with and without the leading 0x00", async () => {
      await fc.assert(
        fc.asyncProperty(anyPiece(), async (piece) => {
          const hash = ethers.hexlify(piece.root);
          const padding = capacityBytesOf(piece.height) - piece.payloadBytes;
          const v1 = ethers.hexlify(pieceCidV1(piece).bytes);
          const v2 = ethers.hexlify(pieceCidV2(piece).bytes);
          for (const cid of [v1, prefixed(v1)]) expect(await libraries.parse(cid)).to.deep.equal([hash, 0n, 0n]);
          for (const cid of [v2, prefixed(v2)]) {
            expect(await libraries.parse(cid)).to.deep.equal([hash, BigInt(piece.height), padding]);
          }
        }),
        { numRuns },
      );
    });

    const v1 = ethers.concat(["0x0181e203922020", root]);
    const refused: [string, string][] = [
      ["nothing", "0x"],
      ["a zero byte", "0x00"],
      ["a root alone", root],
      ["v1 cut short", ethers.dataSlice(v1, 0, 38)],
      ["v1 with a byte more", ethers.concat([v1, "0x00"])],
      ["two leading zero bytes", prefixed(prefixed(v1))],
      ["a payload CID v0", ethers.concat(["0x1220", root])],
      ["a payload CID v1 of a directory", ethers.concat(["0x01701220", root])],
      ["a sealed commitment", ethers.concat(["0x0182e203922020", root])],
      ["v1 with the hash of another length", ethers.concat(["0x0181e203922021", root])],
      ["v2 without padding", ethers.concat(["0x0155912021", "0x02", root])],
      ["v2 of height 0", ethers.concat(["0x0155912022", "0x0000", root])],
      ["v2 of height 1", ethers.concat(["0x0155912022", "0x0001", root])],
      ["v2 of height 59", ethers.concat(["0x0155912022", "0x003b", root])],
      ["v2 with a wrong length", ethers.concat(["0x0155912021", "0x0002", root])],
      ["v2 with a padding larger than its piece", ethers.concat(["0x0155912023", "0x800102", root])],
      ["v2 with a padding of two bytes that fits one", ethers.concat(["0x0155912023", "0x810002", root])],
      ["v2 with a padding that does not end", ethers.concat(["0x0155912023", "0x818102", root])],
      ["v2 with a padding that ends early", ethers.concat(["0x0155912023", "0x010102", root])],
      ["v2 with another hash", ethers.concat(["0x0155922022", "0x0002", root])],
      ["v2 with another codec", ethers.concat(["0x0170912022", "0x0002", root])],
    ];
    for (const [what, cid] of refused) {
      it(`refuses ${what}, and says which bytes`, async () => {
        await expect(libraries.parse(cid))
          .to.be.revertedWithCustomError(libraries, "PieceCid_Unsupported")
          .withArgs(cid);
      });
    }

    it("takes a padding that fills the piece, and not one byte more", async () => {
      expect((await libraries.parse(ethers.concat(["0x0155912022", "0x7f02", root]))).padding).to.equal(127n);
      const tooMuch = ethers.concat(["0x0155912023", "0xff0103", root]);
      await expect(libraries.parse(tooMuch)).to.be.revertedWithCustomError(libraries, "PieceCid_Unsupported");
      expect((await libraries.parse(ethers.concat(["0x0155912023", "0xfe0103", root]))).padding).to.equal(254n);
    });

    it("refuses random bytes", async () => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ minLength: 30, maxLength: 50 }), async (bytes) => {
          await expect(libraries.parse(bytes)).to.be.revertedWithCustomError(libraries, "PieceCid_Unsupported");
        }),
        { numRuns },
      );
    });
  });

  describe("toV2", () => {
    it("writes what an independent library writes", async () => {
      await fc.assert(
        fc.asyncProperty(anyPiece(), async (piece) => {
          const padding = capacityBytesOf(piece.height) - piece.payloadBytes;
          expect(await libraries.toV2(piece.root, piece.height, padding)).to.equal(
            ethers.hexlify(pieceCidV2(piece).bytes),
          );
        }),
        { numRuns },
      );
    });
  });

  it("reads back what it writes at every height, with no padding and with the most", async () => {
    for (let height = 2; height <= 58; height++) {
      for (const padding of [0n, 127n, capacityBytesOf(height)]) {
        expect(await libraries.parse(await libraries.toV2(root, height, padding))).to.deep.equal([
          root,
          BigInt(height),
          padding,
        ]);
      }
    }
  });

  describe("toV1", () => {
    it("writes the commitment's CID", async () => {
      expect(await libraries.toV1(root)).to.equal(ethers.concat(["0x0181e203922020", root]));
    });
  });
});
