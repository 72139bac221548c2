import { readFileSync, writeFileSync } from "node:fs";

import { expect } from "chai";
import fc from "fast-check";

import { buildAggregate } from "../../../src/data/aggregate";
import { commitFileWithNodes } from "../../../src/data/commitFile";
import { encode } from "../../../src/data/encode";
import {
  checkProof,
  parseProof,
  proofToCbor,
  proofToJson,
  proveNode,
  proveShard,
  type TreeProof,
} from "../../../src/data/treeProof";
import { ShardFolder } from "../../support/shardFolder";

const manifestOf = (bytes: number, dataShards: number, totalShards: number) =>
  encode({ bytes: BigInt(bytes), read: (into, at) => void into.fill(at & 0xff) }, undefined, {
    dataShards,
    totalShards,
  });

describe("data › treeProof", () => {
  it("proves every shard in droot, in both forms, whatever the code", async () => {
    const any = fc.tuple(
      fc.integer({ min: 0, max: 4000 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
    );
    await fc.assert(
      fc.asyncProperty(any, async ([bytes, k, m]) => {
        const manifest = await manifestOf(bytes, k, k + m);
        for (const shard of manifest.shards.keys()) {
          const proof = proveShard(manifest, shard);
          checkProof(proof);
          for (const form of [proofToCbor(proof), Buffer.from(JSON.stringify(proofToJson(proof)))]) {
            const again = parseProof(form);
            checkProof(again);
            expect(again).to.deep.equal(proof);
          }
        }
      }),
      { numRuns: 15 },
    );
  });

  it("proves a shard in the piece of a deal that aggregates it", async () => {
    const example = await ShardFolder.make(3000, { dataShards: 2, totalShards: 3 });
    try {
      const members = example.manifest.shards.map((piece, shard) => ({
        piece,
        async *open() {
          yield Uint8Array.from(readFileSync(example.shard(shard)));
        },
      }));
      const aggregate = await buildAggregate(members);
      const chunks: Uint8Array[] = [];
      for await (const chunk of aggregate.bytes()) chunks.push(chunk);
      writeFileSync(example.path("deal"), Buffer.concat(chunks));
      const shard = example.manifest.shards[1]!;
      const { piece, nodes } = await commitFileWithNodes(example.path("deal"), { unitHeight: shard.height });
      expect(piece).to.deep.equal(aggregate.piece);
      const index = nodes.findIndex((node) => Buffer.compare(node, shard.root) === 0);
      const proof = proveNode(nodes, index, shard, piece);
      checkProof(proof);
      const abi = aggregate.members[1]!.proof.proofSubtree;
      expect(proofToJson(proof)).to.deep.include({ index: Number(abi.index), path: abi.path });
    } finally {
      example.remove();
    }
  });

  describe("refuses", () => {
    let proof: TreeProof;
    before(async () => {
      proof = proveShard(await manifestOf(5000, 3, 5), 4);
    });
    const spoilt: [what: string, spoil: (proof: TreeProof) => TreeProof, says: RegExp][] = [
      ["another index", (proof) => ({ ...proof, index: 3n }), /does not lead/],
      ["an index outside", (proof) => ({ ...proof, index: 8n }), /outside a tree of depth 3/],
      ["a shorter path", (proof) => ({ ...proof, path: proof.path.slice(1) }), /3 levels below/],
      ["a longer path", (proof) => ({ ...proof, path: [...proof.path, new Uint8Array(32)] }), /3 levels below/],
      [
        "another piece",
        (proof) => ({ ...proof, piece: { ...proof.piece, root: new Uint8Array(32) } }),
        /does not lead/,
      ],
      [
        "an inner node as a smaller piece",
        (proof) => ({ ...proof, piece: { ...proof.piece, height: 3 } }),
        /levels below/,
      ],
      [
        "another whole",
        (proof) => ({ ...proof, within: { ...proof.within, root: new Uint8Array(32) } }),
        /does not lead/,
      ],
      [
        "a flipped bit",
        (proof) => ({ ...proof, path: proof.path.map((node, i) => (i === 1 ? node.map((b) => b ^ 1) : node)) }),
        /does not lead/,
      ],
    ];
    for (const [what, spoil, says] of spoilt) {
      it(what, () =>
        expect(() => checkProof(spoil(proof)))
          .to.throw(says)
          .with.property("name", "InclusionError"),
      );
    }

    const unreadable: [what: string, change: Record<string, unknown>, says: RegExp][] = [
      ["another type", { type: "x" }, /Only proofs of type/],
      ["another version", { version: 2 }, /Only proofs of type/],
      ["no index", { index: undefined }, /lacks its index/],
      ["a negative index", { index: -1 }, /lacks its index/],
      ["no path", { path: null }, /lacks its index or its path/],
      ["a short node", { path: ["0x12"] }, /not 32 bytes/],
      ["a piece that is no CID", { piece: 7 }, /are not CIDs/],
      [
        "a piece of another kind",
        { piece: "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi" },
        /is not a piece CID/,
      ],
    ];
    for (const [what, change, says] of unreadable) {
      it(`to read ${what}`, () => {
        expect(() => parseProof(Buffer.from(JSON.stringify({ ...proofToJson(proof), ...change })))).to.throw(says);
      });
    }
    it("to read what is no proof at all", () => {
      for (const text of ["", "{", "7", "hello"])
        expect(() => parseProof(Buffer.from(text))).to.throw("This is not a proof");
      expect(() => proveShard({ shards: [], layout: undefined!, root: undefined! }, 0)).to.throw("There is no shard 0");
    });
  });
});
