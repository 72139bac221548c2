import { randomBytes } from "node:crypto";
import { expect } from "chai";

import { buildAggregate } from "../../../../src/data/aggregate";
import { commitPiece } from "../../../../src/data/piece";
import { pieceCidV1, pieceCidV2 } from "../../../../src/data/pieceCid";
import { ProviderScene, refusal } from "../../../support/providerScene";

describe("GET /piece/{cid}", () => {
  let scene: ProviderScene;

  before(async () => {
    scene = await ProviderScene.open();
  });
  after(() => scene.close());
  beforeEach(() => scene.start());
  afterEach(() => scene.provider.stop());

  const cid = () => pieceCidV2(scene.piece).toString();

  it("gives the payload by either CID, and ranges of it", async () => {
    await scene.proposeAndSeal();
    expect((await scene.bytesOf(cid())).equals(scene.payload)).to.equal(true);
    expect((await scene.bytesOf(pieceCidV1(scene.piece).toString())).equals(scene.payload)).to.equal(true);
    const part = await scene.bytesOf(cid(), { first: 10n, last: 19n });
    expect(part.equals(scene.payload.subarray(10, 20))).to.equal(true);
  });

  it("gives nothing to a name that is no piece CID: 400", async () => {
    expect((await refusal(scene.bytesOf("QmNothing"))).status).to.equal(400);
  });

  for (const [range, status, contentRange] of [
    ["bytes=990-", 206, "bytes 990-999/1000"],
    ["bytes=-10", 206, "bytes 990-999/1000"],
    ["bytes=990-5000", 206, "bytes 990-999/1000"],
    ["bytes=0-0", 206, "bytes 0-0/1000"],
    ["bytes=1000-", 416, "bytes */1000"],
    ["bytes=5-4", 200, null],
    ["bytes=0-1,5-6", 200, null],
    ["lines=1-2", 200, null],
  ] as const) {
    it(`answers ${range} with ${status}`, async () => {
      await scene.proposeAndSeal();
      const response = await fetch(`${scene.provider.url}/piece/${cid()}`, { headers: { range } });
      expect(response.status).to.equal(status);
      expect(response.headers.get("content-range")).to.equal(contentRange);
      const length = (await response.arrayBuffer()).byteLength;
      if (status !== 416) expect(response.headers.get("content-length")).to.equal(String(length));
    });
  }

  it("gives the pieces inside an aggregate", async () => {
    const other = Uint8Array.from(randomBytes(300));
    const members = await Promise.all(
      [scene.payload, other].map(async (bytes) => ({
        piece: await commitPiece(bytes),
        open: async function* () {
          yield bytes;
        },
      })),
    );
    const aggregate = await buildAggregate(members);
    const chunks: Uint8Array[] = [];
    for await (const chunk of aggregate.bytes()) chunks.push(chunk);
    scene.served.set("/piece", Buffer.concat(chunks));
    const sub = members.map((member) => ({
      piece_cid: { "/": pieceCidV2(member.piece).toString() },
      format: { raw: {} },
    }));
    const piece_cid = { "/": pieceCidV2(aggregate.piece).toString() };
    await scene.proposeAndSeal(scene.exampleDeal({ data: { piece_cid, format: { aggregate: { type: 1, sub } } } }));
    expect((await scene.bytesOf(sub[1]!.piece_cid["/"])).equals(other)).to.equal(true);
    expect((await scene.bytesOf(sub[0]!.piece_cid["/"])).equals(scene.payload)).to.equal(true);

    // The order of the index is part of what the provider checks.
    const format = { aggregate: { type: 1, sub: sub.reverse() } };
    const wrong = scene.exampleDeal({ data: { piece_cid, format } });
    await scene.client.proposeDeal(wrong);
    await scene.provider.idle();
    expect((await scene.statusOf(wrong.identifier)).status).to.equal("failed");
  });

  it("gives nothing from a faulty sector, and all of it after the recovery", async () => {
    const { sector } = await scene.proposeAndSeal();
    await scene.provider.fault(sector);
    expect((await refusal(scene.bytesOf(cid()))).status).to.equal(404);
    await scene.provider.recover(sector);
    expect((await scene.bytesOf(cid())).equals(scene.payload)).to.equal(true);
  });

  it("gives nothing after the sector's termination", async () => {
    const { sector, dealId } = await scene.proposeAndSeal();
    await scene.provider.terminate(sector);
    expect((await refusal(scene.bytesOf(cid()))).status).to.equal(404);
    expect(await scene.filecoin.deal(dealId!)).to.have.property("gone", true);
  });

  it("gives other bytes once a byte on the disk has turned", async () => {
    await scene.proposeAndSeal();
    await scene.provider.corrupt(scene.piece);
    const found = await scene.bytesOf(cid());
    expect(found.length).to.equal(scene.payload.length);
    expect(found.equals(scene.payload)).to.equal(false);
  });
});
