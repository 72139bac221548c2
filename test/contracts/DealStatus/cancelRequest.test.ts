import { expect } from "chai";

import {
  activate,
  cidV2,
  COMPLETE,
  examplePiece,
  listWhole,
  REQUEST,
  request,
  requestRaaS,
  verifierData,
  WHOLE_DEAL,
  type World,
  world,
} from "../../support/dealStatus";

const EXPIRING = "getExpiringDeals(bytes)" as const;

describe("DealStatus", () => {
  describe("cancelRequest", () => {
    let w: World;
    const piece = examplePiece();

    beforeEach(async () => {
      w = await world();
    });

    it("ends an open request, which can then no longer complete", async () => {
      const id = await request(w, piece);
      await expect(w.dealStatus.cancelRequest(id)).to.emit(w.dealStatus, "RequestCancelled").withArgs(id);
      expect((await w.dealStatus.requestOf(id)).state).to.equal(REQUEST.Cancelled);
      const { dealId } = await activate(w, piece);
      await expect(w.dealStatus[COMPLETE](id, dealId, w.provider, WHOLE_DEAL, verifierData(piece)))
        .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_RequestNotOpen")
        .withArgs(id, REQUEST.Cancelled);
    });

    it("is the client's alone", async () => {
      const id = await request(w, piece);
      await expect(w.dealStatus.connect(w.stranger).cancelRequest(id))
        .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_NotClient")
        .withArgs(id, w.client.address, w.stranger.address);
    });

    it("refuses what is over: a plain request that completed, and one cancelled before", async () => {
      const { id } = await listWhole(w, piece);
      await expect(w.dealStatus.cancelRequest(id))
        .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_RequestNotOpen")
        .withArgs(id, REQUEST.Completed);
      const raas = await requestRaaS(w, piece);
      await w.dealStatus.cancelRequest(raas);
      await expect(w.dealStatus.cancelRequest(raas))
        .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_RequestNotOpen")
        .withArgs(raas, REQUEST.Cancelled);
      await expect(w.dealStatus.cancelRequest(99n)).to.be.revertedWithCustomError(
        w.dealStatus,
        "DealStatus_UnknownRequest",
      );
    });

    it("ends the terms of a RaaS request, which live on after it completed", async () => {
      const id = await requestRaaS(w, piece);
      const { dealId } = await activate(w, piece);
      await w.dealStatus[COMPLETE](id, dealId, w.provider, WHOLE_DEAL, verifierData(piece));
      expect((await w.dealStatus.requestOf(id)).state).to.equal(REQUEST.Completed);
      await w.dealStatus.updateTerms(id, 2n, 0n, 1n);
      expect(await w.dealStatus[EXPIRING](cidV2(piece))).to.deep.equal([]);
      await w.dealStatus.cancelRequest(id);
      await expect(w.dealStatus[EXPIRING](cidV2(piece))).to.be.revertedWithCustomError(
        w.dealStatus,
        "DealStatus_NoTerms",
      );
    });

    it("leaves the other live requests of the piece in their order, whichever goes first", async () => {
      // Each request would find the deal only by its own threshold; the oldest live one decides.
      const { endEpoch } = await listWhole(w, piece);
      const long = endEpoch - (await w.filecoin.epoch());
      for (const order of [
        [0, 1, 2, 3],
        [3, 2, 1, 0],
        [1, 3, 0, 2],
        [2, 0, 3, 1],
      ]) {
        const found = [true, false, true, false];
        const ids: bigint[] = [];
        for (const finds of found) ids.push(await requestRaaS(w, piece, { renew: finds ? long : 0n }));
        const live = new Set(ids.keys());
        for (const cancelled of order) {
          const oldest = Math.min(...live);
          const deals = await w.dealStatus[EXPIRING](cidV2(piece));
          expect(deals.length, `oldest ${oldest} in order ${order.join()}`).to.equal(found[oldest] ? 1 : 0);
          await w.dealStatus.cancelRequest(ids[cancelled]!);
          live.delete(cancelled);
        }
        await expect(w.dealStatus[EXPIRING](cidV2(piece)))
          .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_NoTerms")
          .withArgs(cidV2(piece));
      }
    });
  });
});
