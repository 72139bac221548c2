import { expect } from "chai";
import fc from "fast-check";

import { commitPiece, heightOf, PieceHasher } from "../../../src/data/piece";
import { parsePieceCid, pieceCidV1, pieceCidV2 } from "../../../src/data/pieceCid";

const seq = (bytes: number): Uint8Array =>
  Uint8Array.from({ length: bytes }, (_, i) => (i < 508 ? Math.floor(i / 127) : 0));

/** The vectors of FRC-0069. */
const VECTORS: [payload: string, Uint8Array, cid: string][] = [
  ["an empty payload", seq(0), "bafkzcibcp4bdomn3tgwgrh3g532zopskstnbrd2n3sxfqbze7rxt7vqn7veigmy"],
  ["127 zero bytes", new Uint8Array(127), "bafkzcibcaabdomn3tgwgrh3g532zopskstnbrd2n3sxfqbze7rxt7vqn7veigmy"],
  ["128 zero bytes", new Uint8Array(128), "bafkzcibcpybwiktap34inmaex4wbs6cghlq5i2j2yd2bb2zndn5ep7ralzphkdy"],
  ["seq(508)", seq(508), "bafkzcibcaaces3nobte6ezpp4wqan2age2s5yxcatzotcvobhgcmv5wi2xh5mbi"],
  ["seq(512)", seq(512), "bafkzcibd7abqlxticxolgseegik2stpfgkkuwyf6kufex3doorkvmzpjuxwe4dz4"],
  ["seq(513)", seq(513), "bafkzcibd64bqlxticxolgseegik2stpfgkkuwyf6kufex3doorkvmzpjuxwe4dz4"],
  ["seq(1016)", seq(1016), "bafkzcibcaac542av3szurbbscwuu3zjssvfwbpsvbjf6y3tukvlgl2nf5rha6pa"],
];

async function* inChunks(bytes: Uint8Array, chunk: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += chunk) yield bytes.subarray(from, from + chunk);
}

describe("data › piece", () => {
  describe("commitPiece", () => {
    for (const [name, payload, cid] of VECTORS) {
      it(`gives the piece CID v2 of ${name}`, async () => {
        expect(pieceCidV2(await commitPiece(payload)).toString()).to.equal(cid);
      });
    }

    it("agrees with data-segment for any payload, however it is chunked", async () => {
      const { Piece } = await import("@web3-storage/data-segment");
      const payload = fc
        .tuple(fc.integer({ min: 65, max: 70_000 }), fc.integer({ min: 1, max: 255 }))
        .map(([length, step]) => Uint8Array.from({ length }, (_, i) => (i * step + (i >> 7)) & 0xff));
      await fc.assert(
        fc.asyncProperty(payload, fc.integer({ min: 1, max: 5000 }), async (bytes, chunk) => {
          const piece = await commitPiece(inChunks(bytes, chunk));
          expect(pieceCidV2(piece).toString()).to.equal(Piece.fromPayload(bytes).link.toString());
        }),
        { numRuns: 25 },
      );
    });

    it("agrees with data-segment around the edges of its blocks", async () => {
      const { Piece } = await import("@web3-storage/data-segment");
      for (const length of [
        127 * 2048,
        127 * 2048 + 1,
        127 * 8192 - 1,
        127 * 8192,
        127 * 8192 + 1,
        3 * 127 * 8192 + 500,
      ]) {
        const bytes = Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 9)) & 0xff);
        expect(pieceCidV2(await commitPiece(bytes)).toString(), `${length}`).to.equal(
          Piece.fromPayload(bytes).link.toString(),
        );
      }
    });

    it("commits to nothing written as to the empty payload", () => {
      expect(new PieceHasher().finish()).to.deep.include({ height: 2, payloadBytes: 0n });
    });
  });

  describe("heightOf", () => {
    it("is the inverse of the padded size", () => {
      expect(heightOf(128n)).to.equal(2);
      expect(heightOf(1n << 35n)).to.equal(30);
    });
    for (const size of [0n, 1n, 64n, 127n, 192n, (1n << 35n) - 1n]) {
      it(`refuses ${size} bytes`, () => expect(() => heightOf(size)).to.throw(RangeError, `not ${size}`));
    }
  });

  describe("parsePieceCid", () => {
    for (const [name, payload, cid] of VECTORS) {
      it(`reads the v2 of ${name} in every form`, async () => {
        const piece = await commitPiece(payload);
        const made = pieceCidV2(piece);
        const hex = `0x${Buffer.from(made.bytes).toString("hex")}`;
        for (const form of [cid, made, made.bytes, hex, Uint8Array.of(0, ...made.bytes)]) {
          expect(parsePieceCid(form)).to.deep.equal(piece);
        }
      });
    }

    it("reads a v1, which tells its root alone", async () => {
      const { root } = await commitPiece(seq(508));
      const cid = pieceCidV1({ root });
      expect(Buffer.from(cid.bytes).toString("hex")).to.equal(`0181e203922020${Buffer.from(root).toString("hex")}`);
      expect(cid.toString()).to.match(/^baga6ea4sea/);
      for (const form of [cid, cid.toString(), cid.bytes, Uint8Array.of(0, ...cid.bytes)]) {
        expect(parsePieceCid(form)).to.deep.equal({ root });
      }
    });

    const refused: [what: string, cid: string | Uint8Array, says: string][] = [
      ["text that is no CID", "hello", "is not a CID"],
      ["an empty text", "", "is not a CID"],
      ["no bytes", new Uint8Array(0), "is not a CID"],
      ["a payload CID", "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi", "hardhat data commp"],
      ["hex of odd length", "0x018", "is not a CID"],
      ["a v1 with a short root", Uint8Array.of(0x01, 0x81, 0xe2, 0x03, 0x92, 0x20, 1, 7), "32 bytes"],
      ["a v2 with a short root", Uint8Array.of(0x01, 0x55, 0x91, 0x20, 3, 0, 2, 7), "wrong length"],
      ["a v2 with trailing bytes", v2(0, 2, 33), "wrong length"],
      ["a v2 of height 1", v2(0, 1, 32), "height 1"],
      ["a v2 of height 255", v2(0, 255, 32), "height 255"],
      ["a v2 with more padding than piece", v2(0x7f, 2, 32, 0x80, 0x01), "exceeds"],
    ];
    for (const [what, cid, says] of refused) {
      it(`refuses ${what}`, () => {
        expect(() => parsePieceCid(cid))
          .to.throw(new RegExp(says))
          .with.property("name", "PieceCidError");
      });
    }
  });

  describe("pieceCidV2", () => {
    it("refuses a payload larger than the piece", () => {
      expect(() => pieceCidV2({ root: new Uint8Array(32), height: 2, payloadBytes: 128n })).to.throw(
        "No piece of height 2",
      );
    });
  });
});

function v2(padding: number, height: number, rootBytes: number, ...varint: number[]): Uint8Array {
  const digest = [...(varint.length > 0 ? varint : [padding]), height, ...new Array<number>(rootBytes).fill(7)];
  return Uint8Array.of(0x01, 0x55, 0x91, 0x20, digest.length, ...digest);
}
