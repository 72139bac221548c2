import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { computeAddress } from "ethers";

import { pieceCidV2 } from "../../../../src/data/pieceCid";
import { CLIENT_KEY, ProviderScene, refusal } from "../../../support/providerScene";

describe("StorageProvider", () => {
  let scene: ProviderScene;

  before(async () => {
    scene = await ProviderScene.open();
  });
  after(() => scene.close());
  beforeEach(() => scene.start());
  afterEach(() => scene.provider.stop());

  const cid = () => pieceCidV2(scene.piece).toString();
  const chainStatus = async (sector: bigint) => (await scene.filecoin.sector(scene.provider.id, sector)).status;

  describe("a deal", () => {
    it("is pulled, published, sealed and complete, and the chain has it", async () => {
      const { provider, client, filecoin } = scene;
      const deal = scene.exampleDeal();
      await client.proposeDeal(deal);
      await provider.idle();
      expect((await scene.statusOf(deal.identifier)).status).to.equal("sealing");
      await provider.advance();
      expect((await scene.statusOf(deal.identifier)).status).to.equal("sealing");
      await filecoin.skip(3n);
      await provider.advance();
      expect((await scene.statusOf(deal.identifier)).status).to.equal("indexing");
      await filecoin.skip(1n);
      await provider.advance();
      const status = (await client.dealStatus(deal.identifier))!;
      expect(status.ddo_v1).to.deep.equal({ status: "complete", errorMsg: "" });

      const onChain = (await filecoin.deal(BigInt(status.f05!.dealId)))!;
      expect(Buffer.from(onChain.pieceRoot).equals(scene.piece.root)).to.equal(true);
      expect(onChain.provider).to.equal(provider.id);
      expect(onChain.client).to.equal(await filecoin.actorIdOf(computeAddress(CLIENT_KEY)));
      expect(onChain.endEpoch - onChain.startEpoch).to.equal(518_400n);
      expect(await chainStatus(onChain.sector!)).to.equal("active");
      const kinds = scene.events.map(({ kind }) => kind);
      expect(kinds).to.deep.equal(["accepted", "published", "sealed", "complete"]);
    });

    it("fails with a reason when the source has other bytes", async () => {
      scene.served.set("/piece", Uint8Array.from(randomBytes(1000)));
      const deal = scene.exampleDeal();
      await scene.client.proposeDeal(deal);
      await scene.provider.idle();
      const { status, errorMsg } = await scene.statusOf(deal.identifier);
      expect(status).to.equal("failed");
      expect(errorMsg).to.contain("the bytes are bafkzcib");
    });

    it("fails when the source has more bytes, or is not there", async () => {
      for (const bytes of [Uint8Array.from(randomBytes(2000)), undefined]) {
        scene.served.delete("/piece");
        if (bytes !== undefined) scene.served.set("/piece", bytes);
        const deal = scene.exampleDeal();
        await scene.client.proposeDeal(deal);
        await scene.provider.idle();
        expect((await scene.statusOf(deal.identifier)).status).to.equal("failed");
      }
    });

    it("is pulled from the next source when the first has it not, fallbacks last", async () => {
      const url = (name: string, priority: number, fallback: boolean) => ({
        url: `${scene.sourceUrl}/${name}`,
        priority,
        fallback,
      });
      const urls = [url("piece", 9, true), url("missing", 5, false)];
      const { dealId } = await scene.proposeAndSeal(scene.exampleDeal({ data: { source_http: { urls } } }));
      expect(await scene.filecoin.deal(dealId!)).to.have.property("gone", false);
    });

    it("may be of a piece that another deal brings at the same time", async () => {
      const [one, other] = [scene.exampleDeal(), scene.exampleDeal()];
      await Promise.all([one, other].map((deal) => scene.client.proposeDeal(deal)));
      const [first, second] = [await scene.seal(one.identifier), await scene.seal(other.identifier)];
      expect(first.sector).not.to.equal(second.sector);
      await scene.provider.terminate(first.sector);
      expect((await scene.bytesOf(cid())).equals(scene.payload)).to.equal(true);
    });

    it("waits as long as its provider stalls", async () => {
      scene.provider.manners.stall = true;
      const deal = scene.exampleDeal();
      await scene.client.proposeDeal(deal);
      await scene.provider.idle();
      await scene.filecoin.skip(100n);
      await scene.provider.advance();
      expect((await scene.statusOf(deal.identifier)).status).to.equal("sealing");
      scene.provider.manners.stall = false;
      expect((await scene.seal(deal.identifier)).sector).to.be.a("bigint");
    });
  });

  describe("a provider that vanishes", () => {
    it("is gone, and back at the same address with its deals and bytes", async () => {
      const { provider, client, filecoin } = scene;
      const { sector } = await scene.proposeAndSeal();
      const unsealed = scene.exampleDeal();
      await client.proposeDeal(unsealed);
      await provider.idle();
      const { url } = provider;
      await provider.vanish();
      expect((await refusal(scene.bytesOf(cid()))).code).to.equal("Unreachable");
      expect((await refusal(client.dealStatus(unsealed.identifier))).retryable).to.equal(true);
      await filecoin.skip(2900n);
      expect(await chainStatus(sector)).to.equal("faulty");
      await provider.advance();
      await provider.comeBack();
      expect(provider.url).to.equal(url);
      expect((await scene.bytesOf(cid())).equals(scene.payload)).to.equal(true);
      expect(await chainStatus(sector)).to.equal("active");
      expect((await scene.statusOf(unsealed.identifier)).status).to.equal("sealing");
      expect(await chainStatus((await scene.seal(unsealed.identifier)).sector)).to.equal("active");
    });

    it("comes back without the sectors that died meanwhile", async () => {
      const { sector } = await scene.proposeAndSeal();
      await scene.provider.vanish();
      await scene.filecoin.skip(50n * 2880n);
      expect(await chainStatus(sector)).to.equal("dead");
      await scene.provider.comeBack();
      expect(scene.provider.sectors()).to.deep.equal([{ sector, health: "terminated" }]);
      expect((await refusal(scene.bytesOf(cid()))).status).to.equal(404);
      // And may leave again.
      await scene.provider.vanish();
      await scene.provider.comeBack();
      expect(scene.provider.vanished).to.equal(false);
    });

    it("comes back to what it proved before it left, no more", async () => {
      const [kept, lost] = [await scene.proposeAndSeal(), await scene.proposeAndSeal()];
      await scene.provider.fault(lost.sector);
      await scene.provider.vanish();
      await scene.provider.comeBack();
      expect(scene.provider.sectors()).to.deep.equal([
        { sector: kept.sector, health: "active" },
        { sector: lost.sector, health: "faulty" },
      ]);
    });
  });

  it("knows no sector but its own", async () => {
    for (const act of ["fault", "recover", "terminate"] as const) {
      const attempt = scene.provider[act](99n);
      await expect(attempt).to.be.rejectedWith(`Provider f0${scene.provider.id} has no sector 99`);
    }
  });
});
