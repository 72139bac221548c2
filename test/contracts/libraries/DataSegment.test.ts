import { expect } from "chai";
import fc from "fast-check";
import { ethers } from "hardhat";

import { type Aggregate, buildAggregate } from "../../../src/data/aggregate";
import { capacityBytesOf, type Piece } from "../../../src/data/piece";
import type { PieceLibraries__Harness } from "../../../typechain-types";
import { type Inclusion, publishedProof } from "../../support/podsi";
import { flippedIndices, flippedNodes, type Tampering } from "../../support/tampering";

describe("DataSegment", () => {
  let libraries: PieceLibraries__Harness;
  const { segment, aggregate, proof } = publishedProof();
  const piece = { root: segment.root, height: segment.height };

  before(async () => {
    libraries = await ethers.deployContract("PieceLibraries__Harness");
  });

  /** The changes after which the proof still leads to the aggregate: there must be none. */
  async function stillAccepted(
    tamperings: Iterable<Tampering>,
    target: { root: string | Uint8Array; height: number },
  ): Promise<string[]> {
    const accepted: string[] = [];
    for (const { change, segment, proof } of tamperings) {
      const found = await libraries.aggregateOf(segment, proof).catch(() => undefined);
      if (found?.root === ethers.hexlify(target.root) && found.height === BigInt(target.height)) accepted.push(change);
    }
    return accepted;
  }

  const changed = (
    subtree: Partial<Inclusion["proofSubtree"]>,
    index: Partial<Inclusion["proofIndex"]> = {},
  ): Inclusion => ({
    proofSubtree: { ...proof.proofSubtree, ...subtree },
    proofIndex: { ...proof.proofIndex, ...index },
  });

  describe("aggregateOf", () => {
    it("leads from the published segment of deal 180313 to its aggregate", async () => {
      expect(await libraries.aggregateOf(piece, proof)).to.deep.equal([aggregate.root, BigInt(aggregate.height)]);
    });

    it("does not, when any single byte of the published proof is flipped", async () => {
      for (let byte = 0; byte < 32; byte++) {
        const tamperings = flippedNodes(piece, proof, () => byte, 0xff);
        expect(await stillAccepted(tamperings, aggregate), `byte ${byte}`).to.deep.equal([]);
      }
    });

    it("does not, when any single bit of an index is flipped, or the segment has another size", async () => {
      expect(await stillAccepted(flippedIndices(piece, proof), aggregate)).to.deep.equal([]);
    });

    it("does not, when the two proofs are swapped", async () => {
      const swapped = { proofSubtree: proof.proofIndex, proofIndex: proof.proofSubtree };
      await expect(libraries.aggregateOf(piece, swapped)).to.be.revertedWithCustomError(
        libraries,
        "DataSegment_DepthsDiffer",
      );
    });

    it("takes a segment without paths for the whole deal", async () => {
      const empty = { index: 0n, path: [] };
      expect(await libraries.aggregateOf(piece, { proofSubtree: empty, proofIndex: empty })).to.deep.equal([
        piece.root,
        BigInt(piece.height),
      ]);
    });

    it("refuses a segment without a path, yet with an entry in an index", async () => {
      await expect(libraries.aggregateOf(piece, changed({ index: 0n, path: [] })))
        .to.be.revertedWithCustomError(libraries, "DataSegment_DepthsDiffer")
        .withArgs(piece.height, aggregate.height);
      const inside = {
        proofSubtree: { index: 0n, path: [] },
        proofIndex: { index: 7n, path: Array(3).fill(segment.root) },
      };
      await expect(libraries.aggregateOf(piece, inside)).to.be.revertedWithCustomError(
        libraries,
        "DataSegment_DepthsDiffer",
      );
    });

    it("refuses an index beyond the level, even where no path leads", async () => {
      const depth = proof.proofSubtree.path.length;
      const beyond = proof.proofSubtree.index + (1n << BigInt(depth));
      await expect(libraries.aggregateOf(piece, changed({ index: beyond })))
        .to.be.revertedWithCustomError(libraries, "DataSegment_SubtreeIndexOutOfRange")
        .withArgs(beyond, depth);
      const one = { index: 1n, path: [] };
      const none = { index: 0n, path: [] };
      await expect(libraries.aggregateOf(piece, { proofSubtree: one, proofIndex: none }))
        .to.be.revertedWithCustomError(libraries, "DataSegment_SubtreeIndexOutOfRange")
        .withArgs(1n, 0n);
      await expect(libraries.aggregateOf(piece, { proofSubtree: none, proofIndex: one }))
        .to.be.revertedWithCustomError(libraries, "DataSegment_IndexIndexOutOfRange")
        .withArgs(1n, 0n);
    });

    it("refuses an entry outside the index area: the last position before it, and any earlier", async () => {
      const first = 0xffe00n;
      for (const index of [first - 1n, 0n]) {
        await expect(libraries.aggregateOf(piece, changed({}, { index })))
          .to.be.revertedWithCustomError(libraries, "DataSegment_EntryOutsideIndex")
          .withArgs(first, index);
      }
      // The first position of the area is looked at, and found to hold something else.
      await expect(libraries.aggregateOf(piece, changed({}, { index: first }))).to.be.revertedWithCustomError(
        libraries,
        "DataSegment_RootsDiffer",
      );
    });

    it("refuses paths of different heights", async () => {
      const { path } = proof.proofIndex;
      for (const wrong of [path.slice(1), [...path, path[0]!], []]) {
        await expect(libraries.aggregateOf(piece, changed({}, { path: wrong, index: 0n })))
          .to.be.revertedWithCustomError(libraries, "DataSegment_DepthsDiffer")
          .withArgs(aggregate.height, wrong.length + 1);
      }
    });

    it("refuses an aggregate larger than any sector or size", async () => {
      const path = Array(55).fill(segment.root);
      await expect(libraries.aggregateOf(piece, changed({ path }, { path })))
        .to.be.revertedWithCustomError(libraries, "DataSegment_TooLarge")
        .withArgs(58, 59);
    });
  });

  describe("firstEntry", () => {
    it("leaves one entry for every 2048 × 64 bytes, and at least four", async () => {
      for (let height = 2; height <= 58; height++) {
        const all = 2n ** BigInt(height - 1);
        const entries = all / 2048n > 4n ? all / 2048n : 4n;
        expect(await libraries.firstEntry(height)).to.equal(all > entries ? all - entries : 0n);
      }
    });
  });

  describe("aggregates built with @web3-storage/data-segment", () => {
    const root = () => {
      const bytes = ethers.randomBytes(32);
      bytes[31]! &= 0x3f;
      return bytes;
    };
    const build = (heights: number[]): Promise<Aggregate> =>
      buildAggregate(
        heights.map((height) => ({
          piece: { root: root(), height, payloadBytes: capacityBytesOf(height) } satisfies Piece,
          open: () => {
            throw new Error("The bytes of a random piece are not there.");
          },
        })),
      );
    const heights = fc.array(fc.integer({ min: 2, max: 20 }), { minLength: 2, maxLength: 200 });

    it("accepts every proof", async () => {
      await fc.assert(
        fc.asyncProperty(heights, async (sizes) => {
          const built = await build(sizes);
          const expected = [ethers.hexlify(built.piece.root), BigInt(built.piece.height)];
          for (const member of built.members) {
            expect(await libraries.aggregateOf(member.piece, member.proof)).to.deep.equal(expected);
          }
        }),
        { numRuns: 6, examples: [[Array(200).fill(8)], [[2, 2]], [[20, 2]]] },
      );
    }).timeout(120_000);

    it("refuses every tampered one", async () => {
      await fc.assert(
        fc.asyncProperty(heights, fc.nat(), fc.integer({ min: 1, max: 255 }), async (sizes, pick, mask) => {
          const built = await build(sizes);
          const member = built.members[pick % built.members.length]!;
          const nodes = flippedNodes(member.piece, member.proof, (node) => (node * 7 + pick) % 32, mask);
          expect(await stillAccepted(nodes, built.piece)).to.deep.equal([]);
          expect(await stillAccepted(flippedIndices(member.piece, member.proof), built.piece)).to.deep.equal([]);
        }),
        { numRuns: 4 },
      );
    }).timeout(120_000);

    it("refuses the proof of one member for another", async () => {
      const built = await build([6, 6, 6, 6]);
      const [first, second] = built.members;
      await expect(libraries.aggregateOf(first!.piece, second!.proof)).to.be.revertedWithCustomError(
        libraries,
        "DataSegment_RootsDiffer",
      );
    });
  });
});
