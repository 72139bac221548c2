import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";

import { expect } from "chai";
import fc from "fast-check";

import { commitFile } from "../../../src/data/commitFile";
import { type CodedTerms, decodeFile, shardSet } from "../../../src/data/decode";
import { manifestOf } from "../../../src/data/manifest";
import { rebuildShards } from "../../../src/data/rebuild";
import { readManifest, shardFilesIn } from "../../../src/data/shardFiles";
import { verifyShards } from "../../../src/data/verify";
import { exampleBytes, expectSameBytes } from "../../support/exampleBytes";
import { failureOf, ShardFolder } from "../../support/shardFolder";

const CODE = { dataShards: 3, totalShards: 6 };

function termsOf({ manifest: { layout, root } }: ShardFolder): CodedTerms {
  return { ...CODE, payloadBytes: layout.payloadBytes, droot: root.root };
}

describe("data › decode", () => {
  let example: ShardFolder;
  afterEach(() => example?.remove());

  it("gives any payload back from any k shards, with the manifest or with the terms of a bid alone", async () => {
    const any = fc
      .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 5000 }))
      .chain(([dataShards, parity, bytes]) =>
        fc.record({
          code: fc.constant({ dataShards, totalShards: dataShards + parity }),
          bytes: fc.constant(bytes),
          given: fc.shuffledSubarray([...Array(dataShards + parity).keys()], { minLength: dataShards }),
        }),
      );
    await fc.assert(
      fc.asyncProperty(any, async ({ code, bytes, given }) => {
        const made = await ShardFolder.make(bytes, code);
        try {
          const terms = { ...code, payloadBytes: BigInt(bytes), droot: made.manifest.root.root };
          for (const known of [made.manifest, terms]) {
            await decodeFile(await shardSet(made.paths(...given), known), made.target);
            expectSameBytes(made.read("decoded"), made.payload);
            rmSync(made.target);
          }
        } finally {
          made.remove();
        }
      }),
      { numRuns: 40 },
    );
  });

  it("gives a large payload back on worker threads", async () => {
    example = await ShardFolder.make(6_000_000, CODE);
    const set = await shardSet(example.paths(1, 4, 5), example.manifest);
    expect((await decodeFile(set, example.target, { threads: 2 })).used).to.deep.equal([1, 4, 5]);
    expectSameBytes(example.read("decoded"), example.payload);
  });

  it("recognises shards by what they hold when their names do not tell", async () => {
    example = await ShardFolder.make(2000, CODE);
    const renamed = [5, 0, 3].map((shard) => {
      copyFileSync(example.shard(shard), example.path(`piece-${shard}`));
      return example.path(`piece-${shard}`);
    });
    const set = await shardSet(renamed, example.manifest);
    expect(set.shards.map(({ shard }) => shard)).to.deep.equal([0, 3, 5]);
    await decodeFile(set, example.target);
    expectSameBytes(example.read("decoded"), example.payload);
    const { refused } = await shardSet(renamed, termsOf(example));
    expect(refused.map(({ reason }) => reason).join()).to.match(/neither its name .* nor its contents/);
  });

  describe("with bad shards", () => {
    it("finds a corrupted one by its commitment and leaves it out", async () => {
      example = await ShardFolder.make(5000, CODE);
      example.corrupt(1, 3);
      const { used, refused } = await decodeFile(await shardSet(example.allPaths(), example.manifest), example.target);
      expect(used).to.deep.equal([0, 2, 4]);
      expect(refused).to.have.length(2);
      expect(refused[0]).to.include({ shard: 1 });
      expect(refused[0]!.reason).to.match(/its commitment is not the manifest's/);
      expectSameBytes(example.read("decoded"), example.payload);
    });

    for (const bad of [0, 1, 2, 3]) {
      it(`finds that it is shard ${bad} by droot alone when there is one to spare`, async () => {
        example = await ShardFolder.make(5000, CODE);
        example.corrupt(bad);
        const { refused } = await decodeFile(
          await shardSet(example.paths(0, 1, 2, 3), termsOf(example)),
          example.target,
        );
        expect(refused.map(({ shard }) => shard)).to.deep.equal(bad === 3 ? [] : [bad]);
        expectSameBytes(example.read("decoded"), example.payload);
      });
    }

    it("leaves out shards of another file, truncated ones, doubles and strangers, and says why", async () => {
      example = await ShardFolder.make(5000, CODE);
      const other = await ShardFolder.make(exampleBytes(5000, 99), CODE);
      copyFileSync(other.shard(0), example.shard(0));
      example.truncate(1, 100);
      writeFileSync(example.path("006.shard"), example.read("shards/002.shard"));
      writeFileSync(example.path("notes.txt"), "hello");
      copyFileSync(example.shard(2), example.path("002.shard"));
      const paths = [
        ...example.allPaths(),
        ...["006.shard", "notes.txt", "002.shard", "gone"].map((name) => example.path(name)),
      ];
      const { used, refused } = await decodeFile(await shardSet(paths, example.manifest), example.target);
      other.remove();
      expect(used).to.deep.equal([2, 3, 4]);
      expect(refused.map(({ reason }) => reason.replace(/\d+ bytes.*/, "N bytes")).sort()).to.deep.equal([
        "another file is shard 2 already",
        "it has N bytes",
        "its commitment is not the manifest's: corrupted, or of another file",
        "neither its name (such as 007.shard) nor its contents say which shard it is",
        "there are only shards 0 to 5",
        "there is no such file",
      ]);
      expectSameBytes(example.read("decoded"), example.payload);
    });

    it("fails with what is wrong when too few are good, and writes nothing", async () => {
      example = await ShardFolder.make(5000, CODE);
      example.corrupt(0, 1, 2);
      example.lose(5);
      const before = example.names();
      const failure = await failureOf(decodeFile(await shardSet(example.allPaths(), example.manifest), example.target));
      expect(failure).to.include({ name: "TooFewShardsError", needed: 3, good: 2 });
      expect(failure.message).to.match(/fetch 1 more[^]*000\.shard: its commitment[^]*/);
      expect(failure.message).to.match(/005\.shard: there is no such file/);
      expect(example.names()).to.deep.equal(before);
    });

    it("fails without any", async () => {
      example = await ShardFolder.make(5000, CODE);
      const failure = await failureOf(decodeFile(await shardSet([], termsOf(example)), example.target));
      expect(failure.message).to.match(/3 good shards are needed and 0 are there/);
    });

    it("keeps what was at the target when it fails", async () => {
      example = await ShardFolder.make(5000, CODE);
      writeFileSync(example.target, "precious");
      example.corrupt(0, 1, 2, 3);
      await failureOf(decodeFile(await shardSet(example.allPaths(), example.manifest), example.target));
      expect(Buffer.from(example.read("decoded")).toString()).to.equal("precious");
    });
  });

  describe("refuses", () => {
    beforeEach(async () => {
      example = await ShardFolder.make(5000, CODE);
    });
    const wrong = async (change: Partial<CodedTerms>, paths = example.allPaths()): Promise<Error> => {
      const before = example.names();
      const failure = await failureOf(
        shardSet(paths, { ...termsOf(example), ...change }).then((set) => decodeFile(set, example.target)),
      );
      expect(example.names()).to.deep.equal(before);
      return failure;
    };
    it("a wrong droot", async () => {
      expect(await wrong({ droot: new Uint8Array(32) })).to.have.property("name", "WrongRootError");
    });
    it("two corrupted shards when only droot is known", async () => {
      example.corrupt(0, 1);
      expect((await wrong({}, example.paths(0, 1, 2, 3))).message).to.match(/more than one is corrupted/);
    });
    it("a wrong k", async () =>
      expect((await wrong({ dataShards: 2 })).message).to.match(/do not make this droot|needed/));
    it("a wrong n", async () => expect((await wrong({ totalShards: 4 })).message).to.match(/do not make this droot/));
    it("a payload size that the shards cannot have", async () => {
      expect((await wrong({ payloadBytes: 100_000n })).message).to.match(/a shard has/);
    });
    it("a droot that is no piece CID", async () => {
      expect(await wrong({ droot: "nonsense" })).to.have.property("name", "PieceCidError");
    });
  });

  it("tells a droot that was made over no codeword", async () => {
    example = await ShardFolder.make(5000, CODE);
    // A client commits to a parity shard that does not follow from its data.
    example.corrupt(4);
    const forged = await commitFile(example.shard(4));
    const roots = example.manifest.shards.map(({ root }, shard) => (shard === 4 ? forged.root : root));
    const manifest = manifestOf(example.manifest.layout, roots);
    const failure = await failureOf(decodeFile(await shardSet(example.paths(0, 1, 4), manifest), example.target));
    expect(failure).to.have.property("name", "WrongRootError");
    expect(failure.message).to.match(/are not what the code computes from the others/);
    expect((await verifyShards(example.allPaths(), manifest, { codeword: true })).codeword).to.equal(false);
  });
});

describe("data › rebuild", () => {
  let example: ShardFolder;
  beforeEach(async () => {
    example = await ShardFolder.make(20_000, CODE);
  });
  afterEach(() => example.remove());

  for (const lost of [[0], [5], [0, 1, 2], [1, 3, 5]]) {
    it(`rebuilds shards ${lost.join(", ")} and writes no others`, async () => {
      const originals = example.paths(...lost).map((path) => readFileSync(path));
      example.lose(...lost);
      const set = await shardSet(shardFilesIn(example.folder), example.manifest);
      await rebuildShards(set, lost, example.folder);
      for (const [i, path] of example.paths(...lost).entries())
        expect(readFileSync(path).equals(originals[i]!)).to.equal(true);
      expect(shardFilesIn(example.folder)).to.have.length(6);
    });
  }

  it("replaces a corrupted shard, and leaves other corrupted ones out as sources", async () => {
    const original = readFileSync(example.shard(1));
    example.corrupt(1, 0);
    const set = await shardSet(example.allPaths(), example.manifest);
    const { used, refused } = await rebuildShards(set, [1], example.folder);
    expect(used).to.deep.equal([2, 3, 4]);
    expect(refused.map(({ shard }) => shard)).to.deep.equal([0]);
    expect(readFileSync(example.shard(1)).equals(original)).to.equal(true);
  });

  it("works with the terms of a bid alone", async () => {
    const original = readFileSync(example.shard(0));
    example.lose(0);
    const set = await shardSet(shardFilesIn(example.folder), termsOf(example));
    await rebuildShards(set, [0], example.folder);
    expect(readFileSync(example.shard(0)).equals(original)).to.equal(true);
  });

  it("leaves nothing behind when too few are good or it is aborted", async () => {
    example.lose(0, 1);
    const before = example.names();
    example.corrupt(2, 3);
    const set = await shardSet(shardFilesIn(example.folder), example.manifest);
    expect(await failureOf(rebuildShards(set, [0, 1], example.folder))).to.have.property("name", "TooFewShardsError");
    const signal = AbortSignal.abort(new Error("stop"));
    expect((await failureOf(rebuildShards(set, [0], example.folder, { signal }))).message).to.equal("stop");
    expect(example.names()).to.deep.equal(before);
  });

  it("refuses shards that do not exist, and does nothing for none", async () => {
    const set = await shardSet(example.allPaths(), example.manifest);
    expect((await failureOf(rebuildShards(set, [6], example.folder))).message).to.match(/There is no shard 6/);
    expect((await rebuildShards(set, [], example.folder)).used).to.deep.equal([]);
  });
});

describe("data › verify", () => {
  let example: ShardFolder;
  beforeEach(async () => {
    example = await ShardFolder.make(20_000, CODE);
  });
  afterEach(() => example.remove());

  it("finds all good, and that parity follows from the data", async () => {
    const manifest = readManifest(example.folder);
    const verification = await verifyShards(shardFilesIn(example.folder), manifest, { codeword: true });
    expect(verification).to.deep.equal({ good: [0, 1, 2, 3, 4, 5], missing: [], refused: [], codeword: true });
  });

  it("tells good, missing, truncated and corrupted ones apart", async () => {
    example.lose(0);
    example.truncate(2, 0);
    example.corrupt(4);
    const { good, missing, refused, codeword } = await verifyShards(shardFilesIn(example.folder), example.manifest, {
      codeword: true,
    });
    expect(good).to.deep.equal([1, 3, 5]);
    expect(missing).to.deep.equal([0, 2]);
    expect(refused.map(({ shard, reason }) => [shard, reason.slice(0, 14)])).to.deep.equal([
      [2, "it has 0 bytes"],
      [4, "its commitment"],
    ]);
    expect(codeword).to.equal(undefined);
  });

  it("finds nothing in an empty folder", async () => {
    expect(await verifyShards([], example.manifest)).to.deep.equal({
      good: [],
      missing: [0, 1, 2, 3, 4, 5],
      refused: [],
    });
  });
});
