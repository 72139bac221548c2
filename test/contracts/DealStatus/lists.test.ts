import { expect } from "chai";
import { ethers } from "hardhat";

import { capacityBytesOf, type Piece } from "../../../src/data/piece";
import {
  atHeight,
  cidV1,
  cidV2,
  COMPLETE,
  DURATION,
  examplePiece,
  listWhole,
  MARKET,
  publish,
  REQUEST,
  request,
  requestRaaS,
  skipTo,
  verifierData,
  WHOLE_DEAL,
  type World,
  world,
} from "../../support/dealStatus";
import { actorsAnswer, exhaustAlways, CALL_ACTOR_ID } from "../../support/scriptedPrecompile";

const ALL = "getAllDeals(bytes)" as const;
const ALL_PAGED = "getAllDeals(bytes,uint64,uint64)" as const;
const ACTIVE = "getActiveDeals" as const;
const EXPIRING_IN = "getExpiringDeals(bytes,uint64)" as const;
const EXPIRING = "getExpiringDeals(bytes)" as const;
const EXPIRING_REQUEST = "getExpiringDeals(uint256)" as const;

describe("DealStatus", () => {
  let w: World;
  let piece: Piece;

  beforeEach(async () => {
    w = await world();
    piece = examplePiece();
  });

  describe("getAllCIDs", () => {
    it("lists the pieces ever requested as v2 CIDs of full pieces, in pages without holes", async () => {
      const pieces = [piece, examplePiece({ height: 2 }), examplePiece({ height: 31, payloadBytes: 1n })];
      for (const each of pieces) await request(w, each);
      await request(w, piece);
      const cids = pieces.map((each) => cidV2({ ...each, payloadBytes: capacityBytesOf(each.height) }));
      expect(await w.dealStatus["getAllCIDs()"]()).to.deep.equal(cids);
      const paged = w.dealStatus["getAllCIDs(uint64,uint64)"];
      expect(await paged(1n, 1n)).to.deep.equal([cids[1]]);
      expect(await paged(1n, 2n ** 64n - 1n)).to.deep.equal(cids.slice(1));
      expect(await paged(3n, 1n)).to.deep.equal([]);
      expect(await paged(2n ** 64n - 1n, 2n ** 64n - 1n)).to.deep.equal([]);
      expect(await paged(0n, 0n)).to.deep.equal([]);
    });
  });

  describe("getAllDeals", () => {
    it("lists deals whatever their state, in pages without holes", async () => {
      const deals = [await listWhole(w, piece), await listWhole(w, piece), await listWhole(w, piece)];
      await w.filecoin.terminate(w.provider, deals[1]!.sector);
      const ids = deals.map(({ dealId }) => dealId);
      expect(await w.dealStatus[ALL](cidV2(piece))).to.deep.equal(ids.map((dealId) => [dealId, w.provider]));
      const paged = async (start: bigint, count: bigint) =>
        (await w.dealStatus[ALL_PAGED](cidV2(piece), start, count)).map((deal) => [...deal]);
      const all = ids.map((dealId) => [dealId, w.provider, MARKET]);
      expect(await paged(0n, 3n)).to.deep.equal(all);
      expect(await paged(1n, 1n)).to.deep.equal(all.slice(1, 2));
      expect(await paged(1n, 2n ** 64n - 1n)).to.deep.equal(all.slice(1));
      expect(await paged(3n, 1n)).to.deep.equal([]);
      expect(await paged(2n ** 64n - 1n, 2n ** 64n - 1n)).to.deep.equal([]);
    });

    it("answers a v1 CID with what each height has, and a v2 CID with one height", async () => {
      const heights = [15, 16, 31].map((height) => atHeight(piece, height));
      const ids: bigint[] = [];
      for (const each of heights) {
        ids.push((await listWhole(w, each)).dealId);
        ids.push((await listWhole(w, each)).dealId);
      }
      for (const cid of [cidV1(piece), ethers.concat(["0x00", cidV1(piece)])]) {
        expect((await w.dealStatus[ALL](cid)).map(({ dealId }) => dealId)).to.deep.equal(ids);
      }
      for (let start = 0; start <= 6; start++) {
        const page = await w.dealStatus[ALL_PAGED](cidV1(piece), start, 3);
        expect(page.map(({ dealId }) => dealId)).to.deep.equal(ids.slice(start, start + 3));
      }
      expect((await w.dealStatus[ALL](cidV2(heights[1]!))).map(({ dealId }) => dealId)).to.deep.equal(ids.slice(2, 4));
    });

    it("knows nothing of a piece never requested, or too large to be", async () => {
      for (const cid of [cidV1(piece), cidV2(piece), cidV2(atHeight(piece, 40))]) {
        expect(await w.dealStatus[ALL](cid)).to.deep.equal([]);
      }
    });

    it("refuses what is no piece CID", async () => {
      await expect(w.dealStatus[ALL]("0x1234"))
        .to.be.revertedWithCustomError(w.dealStatus, "PieceCid_Unsupported")
        .withArgs("0x1234");
    });
  });

  describe("getActiveDeals", () => {
    it("lists those that are active: not the published, the dead, the ended", async () => {
      const active = await listWhole(w, piece);
      const terminated = await listWhole(w, piece);
      const elsewhere = await listWhole(w, piece, { provider: w.otherProvider });
      const published = await publish(w, piece);
      const id = await request(w, piece);
      await w.dealStatus[COMPLETE](id, published.dealId, w.provider, WHOLE_DEAL, verifierData(piece));
      await w.filecoin.terminate(w.provider, terminated.sector);
      expect((await w.dealStatus[ACTIVE](cidV2(piece))).map(({ dealId }) => dealId)).to.deep.equal([
        active.dealId,
        elsewhere.dealId,
      ]);
    });

    it("drops a deal at its end, not before", async () => {
      const { endEpoch } = await listWhole(w, piece);
      for (const [epoch, count] of [
        [endEpoch - 1n, 1],
        [endEpoch, 0],
        [endEpoch + 1n, 0],
      ] as const) {
        await skipTo(w, epoch);
        expect((await w.dealStatus[ACTIVE](cidV2(piece))).length, `at ${epoch - endEpoch}`).to.equal(count);
      }
    });

    it("leaves out what it cannot read, but does not take a lack of gas for an answer", async () => {
      await listWhole(w, piece);
      await actorsAnswer(20n);
      expect(await w.dealStatus[ACTIVE](cidV2(piece))).to.deep.equal([]);
      await actorsAnswer(7n);
      await expect(w.dealStatus[ACTIVE](cidV2(piece)))
        .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_DealUnreadable")
        .withArgs(0n, 7n);
      await exhaustAlways(CALL_ACTOR_ID);
      await expect(w.dealStatus[ACTIVE](cidV2(piece), { gasLimit: 30_000_000n })).to.be.revertedWithCustomError(
        w.dealStatus,
        "DealStatus_DealUnreadable",
      );
    });

    it("reverts rather than lose deals when gas is short", async () => {
      await listWhole(w, piece);
      await expect(w.dealStatus[ACTIVE](cidV2(piece), { gasLimit: 10_000_000n })).to.be.revertedWithCustomError(
        w.dealStatus,
        "DealStatus_GasShort",
      );
      expect((await w.dealStatus[ACTIVE](cidV2(piece), { gasLimit: 30_000_000n })).length).to.equal(1);
    });
  });

  describe("getExpiringDeals", () => {
    it("lists active deals whose end is at most so many epochs away", async () => {
      const { dealId, endEpoch } = await listWhole(w, piece);
      const left = endEpoch - (await w.filecoin.epoch());
      expect(await w.dealStatus[EXPIRING_IN](cidV2(piece), left - 1n)).to.deep.equal([]);
      for (const epochs of [left, left + 1n, 2n ** 64n - 1n]) {
        expect(await w.dealStatus[EXPIRING_IN](cidV2(piece), epochs)).to.deep.equal([[dealId, w.provider]]);
      }
    });

    it("lists no deal that ended, though f05 still calls it active", async () => {
      const { endEpoch } = await listWhole(w, piece);
      await skipTo(w, endEpoch);
      expect(await w.dealStatus[EXPIRING_IN](cidV2(piece), 2n ** 64n - 1n)).to.deep.equal([]);
    });

    it("goes by the piece's oldest live request when no number is given", async () => {
      const { endEpoch } = await listWhole(w, piece);
      await requestRaaS(w, piece, { renew: 0n });
      await requestRaaS(w, piece, { renew: DURATION });
      await skipTo(w, endEpoch - DURATION);
      expect(await w.dealStatus[EXPIRING](cidV2(piece))).to.deep.equal([]);
      await w.dealStatus.cancelRequest(2n);
      expect((await w.dealStatus[EXPIRING](cidV2(piece))).length).to.equal(1);
    });

    it("goes by each height's own request for a v1 CID", async () => {
      const higher = atHeight(piece, 16);
      const { dealId, endEpoch } = await listWhole(w, piece);
      await listWhole(w, higher);
      const left = endEpoch - (await w.filecoin.epoch());
      await requestRaaS(w, piece, { renew: left });
      expect((await w.dealStatus[EXPIRING](cidV1(piece))).map((deal) => deal.dealId)).to.deep.equal([dealId]);
      await requestRaaS(w, higher, { renew: 2n * left });
      expect((await w.dealStatus[EXPIRING](cidV1(piece))).length).to.equal(2);
      await expect(w.dealStatus[EXPIRING](cidV1(examplePiece()))).to.be.revertedWithCustomError(
        w.dealStatus,
        "DealStatus_NoTerms",
      );
    });

    it("goes by a request's own threshold", async () => {
      const { dealId, endEpoch } = await listWhole(w, piece);
      const id = await requestRaaS(w, piece, { renew: 100n });
      await skipTo(w, endEpoch - 101n);
      expect(await w.dealStatus[EXPIRING_REQUEST](id)).to.deep.equal([]);
      await skipTo(w, endEpoch - 100n);
      expect(await w.dealStatus[EXPIRING_REQUEST](id)).to.deep.equal([[dealId, w.provider]]);
      await w.dealStatus.updateTerms(id, 3n, 0n, 50n);
      expect(await w.dealStatus[EXPIRING_REQUEST](id)).to.deep.equal([]);
    });

    it("refuses a request without terms", async () => {
      const plain = await request(w, piece);
      await expect(w.dealStatus[EXPIRING_REQUEST](plain))
        .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_NotRaaS")
        .withArgs(plain);
      await expect(w.dealStatus[EXPIRING_REQUEST](9n))
        .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_UnknownRequest")
        .withArgs(9n);
      const cancelled = await requestRaaS(w, piece);
      await w.dealStatus.cancelRequest(cancelled);
      await expect(w.dealStatus[EXPIRING_REQUEST](cancelled))
        .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_RequestNotOpen")
        .withArgs(cancelled, REQUEST.Cancelled);
      await expect(w.dealStatus[EXPIRING](cidV2(piece)))
        .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_NoTerms")
        .withArgs(cidV2(piece));
    });
  });

  describe("getFaultyDeals", () => {
    const faulty = async (start = 0n, count = 100n, cid = cidV2(piece)) =>
      w.dealStatus.getFaultyDeals(cid, start, count);

    it("lists deals whose sectors are proven faulty, with the proof", async () => {
      await listWhole(w, piece);
      const { dealId, sector, provider } = await listWhole(w, piece, { provider: w.otherProvider });
      expect((await faulty()).deals).to.deep.equal([]);
      await w.filecoin.declareFault(provider, sector);
      const { deals, next } = await faulty();
      expect(next).to.equal(0n);
      expect(deals.length).to.equal(1);
      const [deal, where, marketActor, number, status, location] = deals[0]!;
      expect([deal, where, marketActor, number, status]).to.deep.equal([dealId, provider, MARKET, sector, 2n]);
      expect(location).to.match(/^0x82/);
    });

    it("lists a sector in recovery until it is proven, and no longer after that", async () => {
      const { sector } = await listWhole(w, piece);
      await w.filecoin.declareFault(w.provider, sector);
      await w.filecoin.declareRecovery(w.provider, sector);
      expect((await faulty()).deals.length).to.equal(1);
      await w.filecoin.recover(w.provider, sector);
      expect((await faulty()).deals.length).to.equal(0);
    });

    it("passes over deals that are gone", async () => {
      const gone = await listWhole(w, piece);
      const { dealId, sector } = await listWhole(w, piece);
      await w.filecoin.terminate(w.provider, gone.sector);
      await w.filecoin.declareFault(w.provider, sector);
      expect((await faulty()).deals.map((deal) => deal.dealId)).to.deep.equal([dealId]);
    });

    it("pages, and says where to go on", async () => {
      const deals = [await listWhole(w, piece), await listWhole(w, piece), await listWhole(w, piece)];
      for (const { sector } of deals) await w.filecoin.declareFault(w.provider, sector);
      const first = await faulty(0n, 2n);
      expect(first.deals.length).to.equal(2);
      expect(first.next).to.equal(2n);
      const second = await faulty(first.next, 2n);
      expect(second.deals.map((deal) => deal.dealId)).to.deep.equal([deals[2]!.dealId]);
      expect(second.next).to.equal(0n);
      expect((await faulty(0n, 0n)).next).to.equal(1n);
      const beyond = await faulty(3n, 2n);
      expect([beyond.deals.length, beyond.next]).to.deep.equal([0, 0n]);
    });

    it("reverts when gas is short or the deal or its sector cannot be read", async () => {
      const { dealId } = await listWhole(w, piece);
      await expect(
        w.dealStatus.getFaultyDeals(cidV2(piece), 0n, 1n, { gasLimit: 500_000_000n }),
      ).to.be.revertedWithCustomError(w.dealStatus, "DealStatus_GasShort");
      await actorsAnswer(7n);
      await expect(faulty())
        .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_DealUnreadable")
        .withArgs(dealId, 7n);
      // A number answers GetDealSector, but is no location.
      await actorsAnswer(0, "0x05");
      await expect(faulty())
        .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_SectorUnreadable")
        .withArgs(w.provider, 5n);
    });

    it("does not believe a search that no proof confirms", async () => {
      await listWhole(w, piece);
      // GetDealSector cannot answer with a location, so this deal is unreadable to a list that needs its sector.
      await actorsAnswer(0, "0x820243820000");
      await expect(faulty()).to.be.revertedWithCustomError(w.dealStatus, "DealStatus_DealUnreadable");
    });
  });

  it("keeps the unpaged lists to MAX_PAGE deals", async () => {
    const max = await w.dealStatus.MAX_PAGE();
    expect(max).to.equal(100n);
    for (let i = 0n; i <= max; i++) await listWhole(w, piece);
    expect((await w.dealStatus[ALL](cidV2(piece))).length).to.equal(100);
    expect((await w.dealStatus[ACTIVE](cidV2(piece))).length).to.equal(100);
    expect((await w.dealStatus[EXPIRING_IN](cidV2(piece), 2n ** 64n - 1n)).length).to.equal(100);
    expect((await w.dealStatus[ALL_PAGED](cidV2(piece), 0n, 1000n)).length).to.equal(101);
    const { pieces, next } = await w.dealStatus.inspect([cidV2(piece)], 0n);
    expect(pieces.map(({ offset, total, deals }) => [offset, total, deals.length])).to.deep.equal([
      [0n, 101n, 100],
      [100n, 101n, 1],
    ]);
    expect(next).to.equal(0n);
    expect((await w.dealStatus.getFaultyDeals(cidV2(piece), 0n, 1000n)).next).to.equal(100n);
  }).timeout(120_000);
});
