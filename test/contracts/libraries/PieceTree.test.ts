import { expect } from "chai";
import { ethers } from "hardhat";

import type { PieceLibraries__Harness } from "../../../typechain-types";

/** A tree over given leaves, computed apart from the contracts. */
function node(left: string, right: string): string {
  const digest = ethers.getBytes(ethers.sha256(ethers.concat([left, right])));
  digest[31]! &= 0x3f;
  return ethers.hexlify(digest);
}

function levelsOf(leaves: string[]): string[][] {
  const levels = [leaves];
  for (let level = leaves; level.length > 1; levels.push(level)) {
    level = Array.from({ length: level.length / 2 }, (_, i) => node(level[2 * i]!, level[2 * i + 1]!));
  }
  return levels;
}

function proofOf(levels: string[][], level: number, index: number): { index: bigint; path: string[] } {
  const path = levels.slice(level, -1).map((nodes, i) => nodes[(index >> i) ^ 1]!);
  return { index: BigInt(index), path };
}

describe("PieceTree", () => {
  const leaves = Array.from({ length: 16 }, (_, i) => {
    const leaf = ethers.getBytes(ethers.id(`leaf ${i}`));
    leaf[31]! &= 0x3f;
    return ethers.hexlify(leaf);
  });
  const levels = levelsOf(leaves);
  const root = levels[4]![0]!;
  let libraries: PieceLibraries__Harness;

  before(async () => {
    libraries = await ethers.deployContract("PieceLibraries__Harness");
  });

  describe("heightOf", () => {
    it("counts the levels of every size from 128 to 2^63", async () => {
      for (let height = 2n; height <= 58n; height++) {
        expect(await libraries.heightOf(32n << height)).to.equal(height);
        expect(await libraries.paddedSize(height)).to.equal(32n << height);
      }
    });

    for (const size of [0n, 1n, 64n, 127n, 129n, 192n, 2n ** 35n + 1n, 2n ** 63n + 1n, 2n ** 64n, ethers.MaxUint256]) {
      it(`refuses ${size}`, async () => {
        await expect(libraries.heightOf(size))
          .to.be.revertedWithCustomError(libraries, "PieceTree_SizeNotPiece")
          .withArgs(size);
      });
    }
  });

  describe("node", () => {
    it("clears the two top bits of the last byte", async () => {
      for (const [left, right] of [
        [leaves[0]!, leaves[1]!],
        [leaves[2]!, leaves[3]!],
        [ethers.ZeroHash, ethers.ZeroHash],
      ] as const) {
        expect(await libraries.node(left, right)).to.equal(node(left, right));
      }
    });

    it("makes the commitment of 127 zero bytes out of zero leaves", async () => {
      const pair = await libraries.node(ethers.ZeroHash, ethers.ZeroHash);
      expect(await libraries.node(pair, pair)).to.equal(
        "0x3731bb99ac689f66eef5973e4a94da188f4ddcae580724fc6f3fd60dfd488333",
      );
    });
  });

  describe("holds", () => {
    it("accepts every node of the tree at its place", async () => {
      for (let level = 0; level < levels.length; level++) {
        for (let index = 0; index < levels[level]!.length; index++) {
          const proof = proofOf(levels, level, index);
          expect(await libraries.holds(root, 4, levels[level]![index]!, level, proof)).to.equal(true);
        }
      }
    });

    const proof = proofOf(levels, 1, 5);
    const subtree = levels[1]![5]!;
    const refused: [string, [string, number, string, number, { index: bigint; path: string[] }]][] = [
      ["another index", [root, 4, subtree, 1, { ...proof, index: 4n }]],
      ["an index beyond the level", [root, 4, subtree, 1, { ...proof, index: 5n + 8n }]],
      ["an index far beyond the level", [root, 4, subtree, 1, { ...proof, index: 5n + (1n << 63n) }]],
      ["a path too short for the sizes", [levels[3]![1]!, 4, subtree, 1, proofOf(levels.slice(0, 4), 1, 1)]],
      ["a node that claims to be a leaf", [root, 4, subtree, 0, proof]],
      ["a node that claims to be larger", [root, 4, subtree, 2, proof]],
      ["a tree that claims to be larger", [root, 5, subtree, 1, proof]],
      ["a tree smaller than its part", [root, 0, subtree, 1, proof]],
      ["another root", [leaves[0]!, 4, subtree, 1, proof]],
      ["another subtree", [root, 4, levels[1]![4]!, 1, proof]],
      ["no path at all", [root, 4, subtree, 1, { index: 0n, path: [] }]],
    ];
    for (const [what, args] of refused) {
      it(`refuses ${what}`, async () => {
        expect(await libraries.holds(...args)).to.equal(false);
      });
    }

    it("takes a tree for itself with an empty path, only at index 0", async () => {
      expect(await libraries.holds(root, 4, root, 4, { index: 0n, path: [] })).to.equal(true);
      expect(await libraries.holds(root, 4, root, 4, { index: 1n, path: [] })).to.equal(false);
    });
  });
});
