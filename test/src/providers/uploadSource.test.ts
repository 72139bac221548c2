import { writeFileSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";

import { sourceOfBytes, sourceOfFile, type UploadSource } from "../../../src/providers/uploadSource";
import { exampleBytes } from "../../support/exampleBytes";
import { temporaryFolder } from "../../support/keeper";

const BYTES = exampleBytes(1_000);

describe("upload sources", () => {
  const folder = temporaryFolder();
  const file = path.join(folder.folder, "payload");
  before(() => writeFileSync(file, BYTES));
  after(() => folder.remove());

  const sources: [string, () => Promise<UploadSource>, Uint8Array][] = [
    ["bytes", async () => sourceOfBytes(BYTES), BYTES],
    ["a file", async () => sourceOfFile(file), BYTES],
    ["a range of a file", async () => sourceOfFile(file, { offset: 100n, bytes: 300n }), BYTES.subarray(100, 400)],
  ];
  for (const [what, open, bytes] of sources) {
    it(`reads ${what} from any place on, as often as need be`, async () => {
      const source = await open();
      expect(source.bytes).to.equal(BigInt(bytes.length));
      for (const [first, last] of [
        [0, bytes.length - 1],
        [17, 17],
        [0, bytes.length - 1],
      ] as const) {
        const got = await all(source.open(BigInt(first), BigInt(last)));
        expect(got.equals(bytes.subarray(first, last + 1))).to.equal(true);
      }
    });
  }
});

async function all(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const read: Uint8Array[] = [];
  for await (const chunk of chunks) read.push(chunk);
  return Buffer.concat(read);
}
