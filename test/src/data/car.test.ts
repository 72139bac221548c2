import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { CID } from "multiformats/cid";

import { packCar, payloadCid, unpackCar } from "../../../src/data/car";
import { buildFile, checkBlock, cidOf, DAG_PB, RAW } from "../../../src/data/unixfs";
import { exampleBytes, expectSameBytes } from "../../support/exampleBytes";
import { failureOf } from "../../support/shardFolder";

/** Made with ipfs-unixfs-importer 17.1.1: CIDv1, raw leaves, chunks of 1 MiB, 1024 links a node, balanced. */
const VECTORS: [bytes: number, cid: string][] = [
  [0, "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"],
  [1, "bafkreig2xu5p65u7a7vsszkad2yctf2oxorua6x5akzg3w2wj2s7r35ooi"],
  [1048576, "bafkreiep7x36nt66cvnlcghb64cdlw467uhjm5c6m5efjck63ult7rmrzi"],
  [1048577, "bafybeihtedftjxy6bkqn6rdcfaov6mbrtqtta46qt6cfk42rr7ktkai4qm"],
  [5000000, "bafybeihc7d2nsgeong3obatbeifrcvebdw3gkquri5b4opdc3sv2foyfbe"],
];

describe("data › CAR", () => {
  let folder: string;
  const at = (name: string): string => join(folder, name);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "raas-car-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  for (const [bytes, cid] of VECTORS) {
    it(`packs ${bytes} bytes under the CID that IPFS gives them, and gives them back`, async () => {
      const payload = exampleBytes(bytes);
      writeFileSync(at("payload"), payload);
      expect((await payloadCid(at("payload"))).toString()).to.equal(cid);
      expect((await packCar(at("payload"), at("car"))).toString()).to.equal(cid);
      expect((await unpackCar(at("car"), at("back"))).fileBytes).to.equal(bytes);
      expectSameBytes(readFileSync(at("back")), payload);
      const { CarReader } = await import("@ipld/car");
      const reader = await CarReader.fromBytes(readFileSync(at("car")));
      expect((await reader.getRoots()).map(String)).to.deep.equal([cid]);
    });
  }

  it("builds graphs of several levels as IPFS does", async () => {
    // 2050 chunks of one byte, from the same importer.
    const chunks = Array.from({ length: 2050 }, (_, i) => Uint8Array.of((i >> 3) & 0xff));
    const graph = await buildFile(chunks);
    expect(graph.cid.toString()).to.equal("bafybeibtfom7nvf7apurqftkz3nedeqks46dxl6jx55iqujywwjot3e5zm");
    expect(graph.fileBytes).to.equal(2050);
  });

  it("gives a part back by its CID", async () => {
    const payload = exampleBytes(1048577);
    writeFileSync(at("payload"), payload);
    await packCar(at("payload"), at("car"));
    await unpackCar(at("car"), at("part"), { cid: cidOf(RAW, payload.subarray(1048576)) });
    expectSameBytes(readFileSync(at("part")), payload.subarray(1048576));
  });

  describe("refuses, and leaves nothing behind,", () => {
    /** A CAR whose first block is the root. */
    const writeCar = async (blocks: { cid: CID; bytes: Uint8Array }[], roots = [blocks[0]!.cid]): Promise<void> => {
      const { CarWriter } = await import("@ipld/car");
      const { writer, out } = CarWriter.create(roots as never);
      const writing = (async () => {
        for (const block of blocks) await writer.put(block as never);
        await writer.close();
      })();
      const chunks: Uint8Array[] = [];
      for await (const chunk of out) chunks.push(chunk);
      await writing;
      writeFileSync(at("car"), Buffer.concat(chunks));
    };
    const refusal = async (options = {}): Promise<string> => {
      const before = readdirSync(folder);
      const { message } = await failureOf(unpackCar(at("car"), at("out"), options));
      expect(readdirSync(folder)).to.deep.equal(before);
      return message;
    };

    it("a corrupted block", async () => {
      writeFileSync(at("payload"), exampleBytes(1048577));
      await packCar(at("payload"), at("car"));
      const car = readFileSync(at("car"));
      car[car.length - 5000]! ^= 1;
      writeFileSync(at("car"), car);
      expect(await refusal()).to.match(/corrupted: its hash does not match/);
    });
    it("a truncated CAR", async () => {
      writeFileSync(at("payload"), exampleBytes(1048577));
      await packCar(at("payload"), at("car"));
      writeFileSync(at("car"), readFileSync(at("car")).subarray(0, 500_000));
      expect(await refusal()).to.match(/is not a CAR, or it ends early|ended early/);
    });
    it("what is no CAR", async () => {
      writeFileSync(at("car"), "hello, this is no CAR at all");
      expect(await refusal()).to.match(/is not a CAR/);
    });
    it("an empty file", async () => {
      writeFileSync(at("car"), "");
      expect(await refusal()).to.match(/is not a CAR/);
    });
    it("a missing file", async () => expect(await refusal()).to.match(/There is no file/));
    it("a missing block", async () => {
      const { block, cid } = await buildFile([Uint8Array.of(1), Uint8Array.of(2)]);
      await writeCar([{ cid, bytes: block! }]);
      expect(await refusal()).to.match(/does not have the block bafkrei/);
    });
    it("a folder, with what is in it", async () => {
      const leaf = cidOf(RAW, new Uint8Array(5));
      const { encodeFields } = require("../../../src/data/protobuf") as typeof import("../../../src/data/protobuf");
      const link = encodeFields([
        { field: 1, bytes: leaf.bytes },
        { field: 2, bytes: Buffer.from("a.txt") },
        { field: 3, value: 5 },
      ]);
      const bytes = encodeFields([
        { field: 2, bytes: link },
        { field: 1, bytes: encodeFields([{ field: 1, value: 1 }]) },
      ]);
      const cid = cidOf(DAG_PB, bytes);
      // The folder that the same importer makes of a.txt with five zero bytes.
      expect(cid.toString()).to.equal("bafybeig42mk4deh6tasxyskxfnsar7hhnrcnsjqvq6i3li3ed3of6x6uky");
      await writeCar([
        { cid, bytes },
        { cid: leaf, bytes: new Uint8Array(5) },
      ]);
      expect(await refusal()).to.match(
        /is a folder or a link: give the CID of a file in it \(--cid\)\.\n {2}a\.txt {2}bafkrei/,
      );
    });
    it("a graph that holds more than it says", async () => {
      const leaf = new Uint8Array(1000);
      const { block } = await buildFile([leaf, leaf]);
      const bytes = block!.slice();
      // The file's size, 2000 as a varint, becomes 1000.
      const place = Buffer.from(bytes).indexOf(Buffer.of(0x18, 0xd0, 0x0f));
      bytes.set([0xe8, 0x07], place + 1);
      const cid = cidOf(DAG_PB, bytes);
      await writeCar([
        { cid, bytes },
        { cid: cidOf(RAW, leaf), bytes: leaf },
      ]);
      expect(await refusal()).to.match(/more than the 1000 bytes that it declares/);
    });
    it("a block of another codec", async () => {
      const bytes = Uint8Array.of(0xa0);
      await writeCar([{ cid: cidOf(0x71, bytes), bytes }]);
      expect(await refusal()).to.match(/its codec is 0x71/);
    });
    it("a node that is no UnixFS", async () => {
      const bytes = Uint8Array.of(0xff, 0xff, 0xff);
      await writeCar([{ cid: cidOf(DAG_PB, bytes), bytes }]);
      expect(await refusal()).to.match(/is not a UnixFS node/);
    });
    it("abortion", async () => {
      writeFileSync(at("payload"), exampleBytes(3_000_000));
      await packCar(at("payload"), at("car"));
      const controller = new AbortController();
      const stop = { signal: controller.signal, onProgress: () => controller.abort(new Error("enough")) };
      expect(await refusal(stop)).to.equal("enough");
      const before = readdirSync(folder);
      const again = new AbortController();
      const packing = packCar(at("payload"), at("car2"), {
        signal: again.signal,
        onProgress: (done, total) => done === total && again.abort(new Error("stop")),
      });
      expect((await failureOf(packing)).message).to.equal("stop");
      expect(readdirSync(folder)).to.deep.equal(before);
    });
    it("a hash that it does not know", () => {
      const cid = CID.parse("bafykbzacebwmk3noqkjxkgfjsm2hvjqlqzhqnzdcyo3gmp7nw5rg4tlsaaqca");
      expect(() => checkBlock(cid, new Uint8Array(0))).to.throw("only SHA2-256 is supported");
    });
  });
});
