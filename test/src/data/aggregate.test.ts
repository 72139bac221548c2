import { expect } from "chai";
import fc from "fast-check";

import { type AggregateMember, buildAggregate, type InclusionProofAbi } from "../../../src/data/aggregate";
import { fr32Unpad } from "../../../src/data/fr32";
import { aggregateOf, indexEntryOf } from "../../../src/data/inclusion";
import { capacityBytesOf, commitPiece, paddedBytesOf } from "../../../src/data/piece";
import { parsePieceCid } from "../../../src/data/pieceCid";
import { parentOf, zeroRoot } from "../../../src/data/pieceTree";
import recorded from "../../vectors/podsi-deal-180313.json";

async function member(payloadBytes: number, seed = 1): Promise<AggregateMember> {
  const bytes = Uint8Array.from({ length: payloadBytes }, (_, i) => (i * 7 + seed) & 0xff);
  return {
    piece: await commitPiece(bytes),
    async *open() {
      for (let from = 0; from < bytes.length; from += 1000) yield bytes.subarray(from, from + 1000);
    },
  };
}

describe("data › aggregate", () => {
  it("proves every member and streams exactly what it commits to", async () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 0, max: 3 }), async (lengths, larger) => {
        const members = await Promise.all(lengths.map((length, i) => member(length, i)));
        const smallest = await buildAggregate(members).catch(() => undefined);
        // More than four members need an aggregate with a larger index.
        const paddedBytes = smallest === undefined ? 1n << 20n : smallest.paddedBytes << BigInt(larger);
        const aggregate = await buildAggregate(members, { paddedBytes });
        for (const [i, { piece, proof }] of aggregate.members.entries()) {
          expect(piece).to.equal(members[i]!.piece);
          expect(aggregateOf(piece, proof)).to.deep.equal({
            root: aggregate.piece.root,
            height: aggregate.piece.height,
          });
        }
        expect(await commitPiece(aggregate.bytes())).to.deep.equal(aggregate.piece);
        expect(aggregate.piece.payloadBytes).to.equal(capacityBytesOf(aggregate.piece.height));
      }),
      { numRuns: 25 },
    );
  });

  it("picks the smallest size that holds the pieces and their index", async () => {
    // 512 padded bytes, of which the index takes 256: one piece of 128 or two fit.
    expect((await buildAggregate([await member(100), await member(127)])).paddedBytes).to.equal(512n);
    expect((await buildAggregate([await member(128)])).paddedBytes).to.equal(512n);
    expect((await buildAggregate([await member(128), await member(1)])).paddedBytes).to.equal(1024n);
  });

  it("proves the second of two equal pieces as well", async () => {
    const twin = await member(500);
    const { piece, members } = await buildAggregate([twin, twin]);
    expect(members[0]!.proof).to.not.deep.equal(members[1]!.proof);
    for (const { proof } of members) expect(aggregateOf(twin.piece, proof).root).to.deep.equal(piece.root);
  });

  it("makes a proof for a 32 GiB aggregate", async () => {
    const small = await member(1 << 20);
    const { piece, members } = await buildAggregate([small], { paddedBytes: 1n << 35n });
    expect(members[0]!.proof.proofSubtree.path).to.have.length(30 - small.piece.height);
    expect(members[0]!.proof.proofIndex.path).to.have.length(29);
    expect(aggregateOf(small.piece, members[0]!.proof)).to.deep.equal({ root: piece.root, height: 30 });
  });

  describe("refuses", () => {
    it("no pieces", async () => expect(await failure(buildAggregate([]))).to.match(/at least one/));
    it("a size that is no piece's", async () => {
      expect(await failure(buildAggregate([await member(1)], { paddedBytes: 1000n }))).to.match(/power of two/);
    });
    it("a size above 32 GiB", async () => {
      expect(await failure(buildAggregate([await member(1)], { paddedBytes: 1n << 36n }))).to.match(/32 GiB/);
    });
    it("a size too small for pieces and index", async () => {
      expect(await failure(buildAggregate([await member(128)], { paddedBytes: 256n }))).to.match(/larger size/);
    });
    it("pieces that fill 32 GiB", async () => {
      const huge = { piece: { ...(await member(0)).piece, height: 30 }, open: (await member(0)).open };
      expect(await failure(buildAggregate([huge]))).to.match(/make several aggregates/);
    });
    for (const [what, delta] of [
      ["fewer", -1],
      ["more", 1],
    ] as const) {
      it(`to stream a member that gives ${what} bytes than its piece has`, async () => {
        const { piece } = await member(1000);
        const aggregate = await buildAggregate([{ piece, open: (await member(1000 + delta)).open }]);
        expect(await failure(commitPiece(aggregate.bytes()))).to.match(new RegExp(`${what} bytes`));
      });
    }
  });
});

describe("data › inclusion", () => {
  const { commPc, sizePc } = recorded.dealInfo[0]!.proof.verifierData;
  const { proofIndex, proofSubtree } = recorded.dealInfo[0]!.proof.inclusionProof;
  const path = (proof: { index: string; path: string[] }) => ({
    index: BigInt(`0x${proof.index}`),
    path: proof.path.map((node) => `0x${node}`),
  });
  const proof: InclusionProofAbi = { proofSubtree: path(proofSubtree), proofIndex: path(proofIndex) };
  const segment = { root: parsePieceCid(`0x${commPc}`).root, height: Math.log2(parseInt(sizePc, 16) / 32) };

  it("leads from a published proof to the commitment of its deal", () => {
    const { root, height } = aggregateOf(segment, proof);
    expect(Buffer.from(root).toString("hex")).to.equal(
      "61857fc1ae3a26cd3521cbf387fe43ed70949522af39c2f80601b85fd999a831",
    );
    expect(paddedBytesOf(height)).to.equal(67_108_864n);
  });

  const broken: [what: string, change: () => unknown, says: RegExp][] = [
    ["another piece", () => aggregateOf({ ...segment, root: new Uint8Array(32) }, proof), /different roots/],
    ["another height", () => aggregateOf({ ...segment, height: segment.height + 1 }, proof), /ends at height/],
    [
      "swapped proofs",
      () => aggregateOf(segment, { proofSubtree: proof.proofIndex, proofIndex: proof.proofSubtree }),
      /height|roots|outside/,
    ],
    [
      "an index outside the tree",
      () => aggregateOf(segment, { ...proof, proofSubtree: { ...proof.proofSubtree, index: 1n << 17n } }),
      /outside/,
    ],
    [
      "a node that is no 32 bytes",
      () => aggregateOf(segment, { ...proof, proofIndex: { ...proof.proofIndex, path: ["0x12"] } }),
      /no node|height/,
    ],
  ];
  for (const [what, change, says] of broken) {
    it(`refuses ${what}`, () => expect(change).to.throw(says));
  }

  it("refuses an entry that lies outside the index area", async () => {
    // A member that is itself laid out like an entry: its first 64 padded bytes are another piece's root and entry.
    const inner = await member(100);
    const padded = new Uint8Array(128);
    padded.set(indexEntryOf(inner.piece, 128n));
    const forged = new Uint8Array(127);
    fr32Unpad(padded, forged);
    const liar: AggregateMember = {
      piece: await commitPiece(forged),
      async *open() {
        yield forged;
      },
    };
    const aggregate = await buildAggregate([liar, inner]);
    const [, { proof: honest }] = aggregate.members as [unknown, { proof: InclusionProofAbi }];
    // The forged entry is node 0 of level 1: its path starts with the sibling inside the liar's piece.
    const sibling = parentOf(zeroRoot(0), zeroRoot(0));
    const hex = `0x${Buffer.from(sibling).toString("hex")}`;
    const toRoot = aggregate.members[0]!.proof.proofSubtree.path;
    const outside = { index: 0n, path: [hex, ...toRoot] };
    expect(() => aggregateOf(inner.piece, { ...honest, proofIndex: outside })).to.throw("lies before the index");
    expect(aggregateOf(inner.piece, honest).height).to.equal(aggregate.piece.height);
  });
});

async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("It did not fail.");
}
