import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import * as dagCbor from "@ipld/dag-cbor";
import { expect } from "chai";
import fc from "fast-check";

import { commitEncoded, encode, encodeFile, shardFileName } from "../../../src/data/encode";
import { decodeManifest, encodeManifest, manifestBlock, manifestCid } from "../../../src/data/manifest";
import { commitPiece, paddedBytesOf } from "../../../src/data/piece";
import { exampleBytes, expectSameBytes } from "../../support/exampleBytes";
import { failureOf, ShardFolder } from "../../support/shardFolder";

const CODE = { dataShards: 3, totalShards: 5 };

describe("data › encode", () => {
  let example: ShardFolder;
  afterEach(() => example?.remove());

  for (const payloadBytes of [0, 1, 126, 381, 382, 5000, 127 * 64 * 3, 1_000_003]) {
    it(`encodes ${payloadBytes} bytes: the data shards are the payload, droot is the piece of all shards`, async () => {
      example = await ShardFolder.make(payloadBytes, CODE);
      const { layout, shards, root } = example.manifest;
      const files = example.allPaths().map((path) => readFileSync(path));
      const data = Buffer.concat(files.slice(0, 3));
      expect(data.subarray(0, payloadBytes).equals(example.payload)).to.equal(true);
      expect(data.subarray(payloadBytes).every((byte) => byte === 0)).to.equal(true);
      for (const [i, file] of files.entries()) expect(shards[i]).to.deep.equal(await commitPiece(file));
      expect(root).to.deep.equal(await commitPiece(Buffer.concat(files)));
      // The smallest shards that hold it.
      const smaller = layout.shardHeight > 2 ? 127n * 3n * (paddedBytesOf(layout.shardHeight) / 256n) : -1n;
      expect(smaller < BigInt(payloadBytes)).to.equal(true);
    });
  }

  it("gives the same on worker threads, from memory, into a sink and without shards", async () => {
    example = await ShardFolder.make(3_000_000, CODE);
    const expected = encodeManifest(example.manifest);
    const threaded = await encodeFile(example.payloadPath, example.path("threaded"), CODE, { threads: 2 });
    expect(encodeManifest(threaded)).to.deep.equal(expected);
    for (let i = 0; i < 5; i++) {
      const name = shardFileName(i);
      expectSameBytes(example.read(`threaded/${name}`), example.read(`shards/${name}`));
    }
    const sunk = example.manifest.shards.map(({ payloadBytes }) => new Uint8Array(Number(payloadBytes)));
    const source = {
      bytes: 3_000_000n,
      read: async (into: Uint8Array, at: number) => into.set(example.payload.subarray(at, at + into.length)),
    };
    const sink = { write: (shard: number, bytes: Uint8Array, at: number) => sunk[shard]!.set(bytes, at) };
    expect(encodeManifest(await encode(source, sink, CODE))).to.deep.equal(expected);
    expectSameBytes(sunk[4]!, example.read("shards/004.shard"));
    expect(encodeManifest(await encode(source, undefined, CODE))).to.deep.equal(expected);
    expect(encodeManifest(await commitEncoded(example.payloadPath, CODE))).to.deep.equal(expected);
  });

  it("encodes the largest code", async () => {
    example = await ShardFolder.make(40_000, { dataShards: 100, totalShards: 255 });
    expect(example.manifest.shards).to.have.length(255);
    expect(example.manifest.root.height).to.equal(example.manifest.layout.shardHeight + 8);
    const { totalShards } = decodeManifest(example.read("shards/manifest.cbor")).layout.code;
    expect(totalShards).to.equal(255);
  });

  it("holds as little memory for a large source as for a small one", async () => {
    // A source that is made while it is read, and a sink that keeps nothing.
    const source = (bytes: bigint) => ({
      bytes,
      read: (into: Uint8Array, at: number) => void into.fill(at & 0xff),
    });
    const peak = async (bytes: bigint): Promise<number> => {
      let most = 0;
      const sink = { write: () => void (most = Math.max(most, process.memoryUsage().arrayBuffers)) };
      await encode(source(bytes), sink, { dataShards: 10, totalShards: 14 });
      return most;
    };
    const small = await peak(1n << 20n);
    expect((await peak(1n << 26n)) - small).to.be.lessThan(8 << 20);
  });

  describe("leaves nothing behind", () => {
    it("when it is aborted", async () => {
      example = await ShardFolder.make(30_000_000, CODE);
      const before = example.names();
      for (const threads of [0, 2]) {
        const controller = new AbortController();
        const options = { threads, signal: controller.signal, onProgress: () => controller.abort(new Error("enough")) };
        const failure = await failureOf(encodeFile(example.payloadPath, example.path("aborted"), CODE, options));
        expect(failure.message).to.equal("enough");
        expect(example.names()).to.deep.equal(before);
      }
    });

    it("when it was aborted before it began", async () => {
      example = await ShardFolder.make(10, CODE);
      const before = example.names();
      const signal = AbortSignal.abort(new Error("too late"));
      const failure = await failureOf(encodeFile(example.payloadPath, example.path("aborted"), CODE, { signal }));
      expect(failure.message).to.equal("too late");
      expect(example.names()).to.deep.equal(before);
    });

    it("when the disk is full", async function () {
      if (process.platform === "win32") this.skip();
      example = await ShardFolder.make(2_000_000, CODE);
      const before = example.names();
      // A limit on the size of files stands in for a full disk: the system refuses the write in the same way.
      const script = `
        const { encodeFile } = require("./src/data/encode");
        encodeFile(${JSON.stringify(example.payloadPath)}, ${JSON.stringify(example.path("full"))}, ${JSON.stringify(CODE)})
          .then(() => process.exit(0), (error) => { console.log(error.name, error.message); process.exit(3); });`;
      const node = `trap '' XFSZ; ulimit -f 100; exec "$0" --require ts-node/register/transpile-only -e "$1"`;
      // The cache of ts-node trips over the limit.
      const env = { ...process.env, DISABLE_V8_COMPILE_CACHE: "1" };
      const options = { cwd: join(__dirname, "..", "..", ".."), env, encoding: "utf8" } as const;
      const { status, stdout, stderr } = spawnSync("sh", ["-c", node, process.execPath, script], options);
      expect(stdout + stderr).to.match(/DataFileError No room left for .*full\/00\d\.shard \(EFBIG\): free some space/);
      expect(status).to.equal(3);
      expect(example.names()).to.deep.equal(before);
    });
  });

  describe("refuses", () => {
    beforeEach(async () => {
      example = await ShardFolder.make(100, CODE);
    });
    it("a file that is not there", async () => {
      const failure = await failureOf(encodeFile(example.path("missing"), example.path("out"), CODE));
      expect(failure.message).to.match(/There is no file .*missing/);
    });
    it("a folder in place of a file", async () => {
      const failure = await failureOf(encodeFile(example.folder, example.path("out"), CODE));
      expect(failure.message).to.match(/folder: give a file/);
    });
    it("a target that holds something already", async () => {
      const failure = await failureOf(encodeFile(example.payloadPath, example.folder, CODE));
      expect(failure.message).to.match(/is not empty: choose another folder/);
    });
    it("a target whose parent is missing", async () => {
      const failure = await failureOf(encodeFile(example.payloadPath, example.path("no/where"), CODE));
      expect(failure).to.have.property("name", "DataFileError");
    });
    for (const [dataShards, totalShards] of [
      [0, 5],
      [5, 5],
      [6, 5],
      [3, 256],
    ] as const) {
      it(`k = ${dataShards}, n = ${totalShards}`, async () => {
        const failure = await failureOf(
          encodeFile(example.payloadPath, example.path("out"), { dataShards, totalShards }),
        );
        expect(failure.message).to.match(/1 ≤ k < n ≤ 255/);
      });
    }
    it("nothing: an empty folder is a fine target", async () => {
      mkdirSync(example.path("empty"));
      await encodeFile(example.payloadPath, example.path("empty"), CODE);
      expect(example.names()).to.include(join("empty", "manifest.cbor"));
    });
  });

  describe("manifest", () => {
    it("says everything as DAG-CBOR, and its CID follows from its bytes", async () => {
      example = await ShardFolder.make(5000, CODE);
      const bytes = example.read("shards/manifest.cbor");
      expect(decodeManifest(bytes)).to.deep.equal(example.manifest);
      const block = manifestBlock(example.manifest);
      expect(block).to.include({ version: 1, k: 3, n: 5, shardSize: 2048, payloadSize: 5000 });
      expect(block.shards.map(String)).to.satisfy((cids: string[]) => cids.every((cid) => cid.startsWith("bafkzcib")));
      expect(manifestCid(bytes).toString()).to.match(/^bafyrei/);
    });

    it("comes back from its own bytes, whatever the payload and the code", () => {
      const any = fc.tuple(
        fc.integer({ min: 0, max: 3000 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
      );
      return fc.assert(
        fc.asyncProperty(any, async ([bytes, k, m]) => {
          const payload = exampleBytes(bytes);
          const source = {
            bytes: BigInt(bytes),
            read: (into: Uint8Array, at: number) => into.set(payload.subarray(at, at + into.length)),
          };
          const manifest = await encode(source, undefined, { dataShards: k, totalShards: k + m });
          expect(decodeManifest(encodeManifest(manifest))).to.deep.equal(manifest);
        }),
        { numRuns: 20 },
      );
    });

    const spoilt: [what: string, change: Record<string, unknown>, says: RegExp][] = [
      ["another version", { version: 2 }, /Only manifests of version 1/],
      ["another code", { code: "lrc" }, /Only manifests of version 1/],
      ["k above n", { k: 6 }, /contradicts itself: A code needs/],
      ["n that is no number", { n: "5" }, /or they are not of the right type/],
      ["a payload larger than its shards", { payloadSize: 10_000 }, /do not hold a payload/],
      ["a shard size that is no power of two", { shardSize: 2000 }, /power of two/],
      ["another shard size", { shardSize: 4096 }, /do not make its root/],
      ["too few shards", { shards: [] }, /contradicts itself/],
    ];
    for (const [what, change, says] of spoilt) {
      it(`with ${what} is refused`, async () => {
        example = await ShardFolder.make(5000, CODE);
        const bytes = dagCbor.encode({ ...manifestBlock(example.manifest), ...change });
        expect(() => decodeManifest(bytes))
          .to.throw(says)
          .with.property("name", "ManifestError");
      });
    }

    it("with two shards swapped is refused", async () => {
      example = await ShardFolder.make(5000, CODE);
      const block = manifestBlock(example.manifest);
      const bytes = dagCbor.encode({ ...block, shards: [block.shards[1], block.shards[0], ...block.shards.slice(2)] });
      expect(() => decodeManifest(bytes)).to.throw("do not make its root");
    });

    it("that is no DAG-CBOR is refused", () => {
      for (const bytes of [new Uint8Array(0), Uint8Array.of(1, 2, 3), Buffer.from("hello"), Uint8Array.of(0xf6)]) {
        expect(() => decodeManifest(bytes)).to.throw(/is not a manifest|Only manifests/);
      }
    });
  });
});
