import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";

import { expect } from "chai";

import { capacityBytesOf, commitPiece, type Piece } from "../../../src/data/piece";
import { parentOf, zeroRoot } from "../../../src/data/pieceTree";
import { DirectoryError, ProviderDirectory } from "../../../src/providers/directory";
import { RetrievalError, retrievePiece } from "../../../src/providers/retrieval";
import { exampleBytes } from "../../support/exampleBytes";
import { temporaryFolder } from "../../support/keeper";

describe("storage", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());

  describe("retrievePiece", () => {
    // The same ones each time, and no zero at the end: without it they would be the same piece.
    const bytes = exampleBytes(5_000, 3);
    const answers: Record<string, Uint8Array | number> = {};
    let server: Server;
    let url: string;
    let piece: Piece;
    let file: string;

    before(async () => {
      piece = await commitPiece(bytes);
      const flipped = Buffer.from(bytes);
      flipped[4_321]! ^= 1;
      Object.assign(answers, {
        good: bytes,
        padded: Buffer.concat([bytes, Buffer.alloc(Number(capacityBytesOf(piece.height)) - bytes.length)]),
        flipped,
        short: bytes.subarray(0, 4_999),
        long: Buffer.concat([bytes, Buffer.alloc(100_000)]),
        gone: 404,
      });
      server = createServer((request, response) => {
        const answer = answers[request.url!.slice(1)]!;
        if (typeof answer === "number") response.writeHead(answer).end();
        else response.end(answer);
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    beforeEach(() => {
      file = path.join(folder.folder, "out");
    });
    after(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    const from = (...names: string[]) => names.map((name) => ({ name, url: `${url}/${name}` }));

    for (const name of ["good", "padded"]) {
      it(`takes the ${name} bytes, and gives the payload`, async () => {
        await retrievePiece("baf", piece, from(name), file);
        expect(Buffer.compare(readFileSync(file), bytes)).to.equal(0);
      });
    }

    it("goes on to the next source when one has nothing, or other bytes", async () => {
      const source = await retrievePiece("baf", piece, from("gone", "flipped", "short", "good"), file);
      expect(source.name).to.equal("good");
      expect(Buffer.compare(readFileSync(file), bytes)).to.equal(0);
    });

    it("leaves no file and says for each source why not", async () => {
      const sources = [...from("gone", "flipped", "short", "long"), { name: "away", url: await closedPort() }];
      const error = await retrievePiece("baf", piece, sources, file).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(RetrievalError);
      expect((error as RetrievalError).failures.map(({ reason }) => reason)).to.deep.equal([
        "HTTP 404",
        "the bytes are not those of the piece",
        "the bytes are not those of the piece",
        `more bytes than the piece holds (${capacityBytesOf(piece.height)})`,
        "ECONNREFUSED",
      ]);
      expect(existsSync(file)).to.equal(false);
    });

    it("takes a payload that ends far below the piece's size, and one that ends in zeros", async () => {
      const big: Piece = {
        root: parentOf(piece.root, zeroRoot(piece.height)),
        height: piece.height + 1,
        payloadBytes: 5_100n,
      };
      await retrievePiece("baf", big, from("good"), file);
      expect(Buffer.compare(readFileSync(file), Buffer.concat([bytes, Buffer.alloc(100)]))).to.equal(0);
    });

    it("stops when told to", async () => {
      const stop = AbortSignal.abort();
      const error = await retrievePiece("baf", piece, from("good"), file, stop).catch((reason: Error) => reason);
      expect((error as Error).name).to.equal("AbortError");
    });
  });

  describe("ProviderDirectory", () => {
    it("is empty without a file, and read again when the file changes", async () => {
      const file = path.join(folder.folder, "providers.json");
      const directory = new ProviderDirectory(file);
      expect(await directory.urlOf(1003n)).to.equal(undefined);
      expect(await new ProviderDirectory().urlOf(1003n)).to.equal(undefined);
      writeFileSync(file, JSON.stringify([{ id: "1003", url: "http://127.0.0.1:9/" }]));
      expect(await directory.pieceUrl(1003n, "baf")).to.equal("http://127.0.0.1:9/piece/baf");
      expect((await directory.offers()).length).to.equal(1);
    });

    it("gives offers, with prices where they are known", async () => {
      const file = path.join(folder.folder, "providers.json");
      const url = "http://127.0.0.1:9/";
      writeFileSync(
        file,
        JSON.stringify([
          { id: "1003", url, priceAtto: "1000000000000000000000" },
          { id: "7", url },
        ]),
      );
      expect(await new ProviderDirectory(file).offers()).to.deep.equal([
        { id: 1003n, url, priceAtto: 10n ** 21n },
        { id: 7n, url },
      ]);
    });

    it("says what is wrong with the file", async () => {
      const file = path.join(folder.folder, "providers.json");
      const dear = '[{"id":"1","url":"http://x","priceAtto":"-1"}]';
      for (const text of [dear, "{", "{}", '[{"id":"f01003","url":"http://x"}]', '[{"id":"1","url":"nowhere"}]']) {
        writeFileSync(file, text);
        const error = await new ProviderDirectory(file).urlOf(1n).catch((reason: Error) => reason);
        expect(error).to.be.instanceOf(DirectoryError);
        expect((error as Error).message).to.contain(file);
      }
    });
  });
});

/** An address where nobody listens any more. */
async function closedPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/x`;
}
