import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";
import pino from "pino";

import { PieceFetcher } from "../../../../src/aggregator/fetcher";
import { packPieces } from "../../../../src/aggregator/packer";
import { servePackages } from "../../../../src/aggregator/server";
import { pieceKeyOf } from "../../../../src/data/pieceKey";
import { commitPiece } from "../../../../src/data/piece";
import { pieceCidV2 } from "../../../../src/data/pieceCid";
import { startNode } from "../../../../src/keeper/node";
import { ChainStandIn } from "../../../support/chainStandIn";
import { exampleBytes } from "../../../support/exampleBytes";
import { KEEPER_KEY, temporaryFolder } from "../../../support/keeper";
import { RepairScene } from "../../../support/repairScene";

interface Served {
  url: string;
  bytes: Buffer;
}

const SERVERS = ["keeper", "repair miner", "storage provider", "aggregator", "aggregator, of an aggregate"] as const;

/** What a request is to be answered with: a range with both ends included, everything, or nothing. */
type Answer = [first: number, last: number] | "everything" | "nothing";

const CASES: [what: string, headers: (size: number, etag: string) => Record<string, string>, Answer | "last ten"][] = [
  ["no range", () => ({}), "everything"],
  ["a range", () => ({ range: "bytes=10-199" }), [10, 199]],
  ["one byte", () => ({ range: "bytes=0-0" }), [0, 0]],
  ["the rest", (size) => ({ range: `bytes=${size - 10}-` }), "last ten"],
  ["the last bytes", () => ({ range: "bytes=-10" }), "last ten"],
  ["a range beyond the end", (size) => ({ range: `bytes=${size - 10}-${size + 5}` }), "last ten"],
  ["a range behind the end", (size) => ({ range: `bytes=${size}-` }), "nothing"],
  ["no last bytes", () => ({ range: "bytes=-0" }), "nothing"],
  ["a range that ends before it begins", () => ({ range: "bytes=9-2" }), "everything"],
  ["several ranges", () => ({ range: "bytes=0-1,5-6" }), "everything"],
  ["another unit", () => ({ range: "lines=1-2" }), "everything"],
  ["a range of this version", (_, etag) => ({ range: "bytes=10-19", "if-range": etag }), [10, 19]],
  ["a range of another version", () => ({ range: "bytes=10-19", "if-range": '"another"' }), "everything"],
];

describe("servers of pieces", function () {
  this.timeout(120_000);
  const served = new Map<string, Served>();
  const closing: (() => unknown)[] = [];

  before(async () => {
    const scene = await RepairScene.set({ providers: 4 });
    closing.push(() => scene.stop());
    await scene.kept();
    const cid = pieceCidV2(scene.data.shards[0]!).toString();
    const bytes = await bodyOf(`${scene.running.url}/piece/${cid}`);
    served.set("repair miner", { url: `${scene.running.url}/piece/${cid}`, bytes });
    const urls = scene.providers.map((provider) => `${provider.url}/piece/${cid}`);
    const answers = await Promise.all(urls.map(async (url) => (await fetch(url, { method: "HEAD" })).ok));
    served.set("storage provider", { url: urls[answers.indexOf(true)]!, bytes });
    served.set("keeper", { url: `${await keeperWith(bytes)}/piece/${cid}`, bytes });
    const other = Buffer.from(exampleBytes(300, 2));
    served.set("aggregator", await aggregatorWith([bytes], 1n));
    served.set("aggregator, of an aggregate", await aggregatorWith([bytes, other], 1n << 20n));
  });
  after(async () => {
    for (const close of closing.reverse()) await close();
  });

  async function keeperWith(bytes: Buffer): Promise<string> {
    const chain = new ChainStandIn();
    const { folder: dataFolder, remove } = temporaryFolder();
    const settings = { confirmMs: 0, readTag: "latest" as const };
    const log = pino({ level: "silent" });
    const keys = { rpc: chain, contract: chain.address, privateKey: KEEPER_KEY };
    const node = await startNode({ ...keys, dataFolder, log, settings, intervalMs: 3_600_000 });
    closing.push(remove, () => node.stop());
    expect((await fetch(`${node.url}/upload`, { method: "POST", body: bytes as never })).status).to.equal(201);
    return node.url;
  }

  async function aggregatorWith(pieces: Buffer[], maxPaddedBytes: bigint): Promise<Served> {
    const { folder, remove } = temporaryFolder();
    mkdirSync(folder, { recursive: true });
    const held = await Promise.all(
      pieces.map(async (bytes) => {
        const piece = await commitPiece(bytes);
        const key = pieceKeyOf(piece.root, piece.height);
        writeFileSync(path.join(folder, `${key}.piece`), bytes);
        return { key, piece };
      }),
    );
    const pack = await packPieces(held, new PieceFetcher(folder, new AbortController().signal), maxPaddedBytes);
    const server = await servePackages({ host: "127.0.0.1", port: 0 }, async (cid) =>
      cid === pack.cid ? pack : undefined,
    );
    closing.push(remove, () => server.stop());
    const chunks: Uint8Array[] = [];
    for await (const chunk of pack.bytes()) chunks.push(chunk);
    return { url: `${server.url}/piece/${pack.cid}`, bytes: Buffer.concat(chunks) };
  }

  for (const name of SERVERS) {
    describe(name, () => {
      for (const [what, headersOf, wanted] of CASES) {
        it(`answers ${what}`, async () => {
          const { url, bytes } = served.get(name)!;
          const size = bytes.length;
          const response = await fetch(url, { headers: headersOf(size, `"${url.split("/").at(-1)}"`) });
          const body = Buffer.from(await response.arrayBuffer());
          expect(response.headers.get("accept-ranges")).to.equal("bytes");
          if (wanted === "nothing") {
            expect([response.status, response.headers.get("content-range")]).to.deep.equal([416, `bytes */${size}`]);
            return;
          }
          const range = wanted === "last ten" ? [size - 10, size - 1] : wanted === "everything" ? undefined : wanted;
          expect(response.status).to.equal(range === undefined ? 200 : 206);
          expect(response.headers.get("content-range")).to.equal(
            range === undefined ? null : `bytes ${range[0]}-${range[1]}/${size}`,
          );
          expect(response.headers.get("etag")).to.equal(`"${url.split("/").at(-1)}"`);
          expect(response.headers.get("content-length")).to.equal(String(body.length));
          expect(body.equals(range === undefined ? bytes : bytes.subarray(range[0], range[1]! + 1))).to.equal(true);
        });
      }

      it("tells the size alone, and knows no ranges, when asked for the head", async () => {
        const { url, bytes } = served.get(name)!;
        const response = await fetch(url, { method: "HEAD", headers: { range: "bytes=0-9" } });
        expect(response.status).to.equal(200);
        expect(response.headers.get("content-length")).to.equal(String(bytes.length));
        expect((await response.arrayBuffer()).byteLength).to.equal(0);
      });

      it("gives every part of it", async () => {
        const { url, bytes } = served.get(name)!;
        const parts: Buffer[] = [];
        for (let first = 0; first < bytes.length; first += 97)
          parts.push(await bodyOf(url, { range: `bytes=${first}-${first + 96}` }));
        expect(Buffer.concat(parts).equals(bytes)).to.equal(true);
      });
    });
  }
});

async function bodyOf(url: string, headers: Record<string, string> = {}): Promise<Buffer> {
  return Buffer.from(await (await fetch(url, { headers })).arrayBuffer());
}
