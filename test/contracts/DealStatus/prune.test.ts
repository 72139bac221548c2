import { expect } from "chai";

import type { Piece } from "../../../src/data/piece";
import {
  atHeight,
  cidV1,
  cidV2,
  COMPLETE,
  examplePiece,
  listWhole,
  MARKET,
  publish,
  request,
  rootOf,
  skipTo,
  STATE,
  verifierData,
  WHOLE_DEAL,
  type World,
  world,
} from "../../support/dealStatus";
import { actorsAnswer } from "../../support/scriptedPrecompile";

describe("DealStatus", () => {
  describe("prune", () => {
    let w: World;
    let piece: Piece;

    beforeEach(async () => {
      w = await world();
      piece = examplePiece();
    });

    const named = (dealId: bigint, providerId = w.provider, marketActorId = MARKET) => ({
      dealId,
      providerId,
      marketActorId,
    });
    const listed = async () =>
      (await w.dealStatus["getAllDeals(bytes,uint64,uint64)"](cidV2(piece), 0n, 100n)).map(({ dealId }) => dealId);

    it("removes a terminated deal", async () => {
      const { dealId, sector } = await listWhole(w, piece);
      await w.filecoin.terminate(w.provider, sector);
      await expect(w.dealStatus.connect(w.stranger).prune(cidV2(piece), [named(dealId)]))
        .to.emit(w.dealStatus, "DealPruned")
        .withArgs(rootOf(piece), w.provider, dealId, piece.height, MARKET, STATE.Gone);
      expect(await listed()).to.deep.equal([]);
    });

    it("leaves no hole, whichever goes first, and each of the rest can go after it", async () => {
      for (const order of [
        [0, 1, 2],
        [2, 1, 0],
        [1, 0, 2],
      ]) {
        piece = examplePiece();
        const deals = [await listWhole(w, piece), await listWhole(w, piece), await listWhole(w, piece)];
        const left = new Set(deals.map(({ dealId }) => dealId));
        for (const next of order) {
          const { dealId, sector } = deals[next]!;
          await w.filecoin.terminate(w.provider, sector);
          await w.dealStatus.prune(cidV2(piece), [named(dealId)]);
          left.delete(dealId);
          expect(new Set(await listed())).to.deep.equal(left);
        }
      }
    });

    it("removes several at once, and lets a pruned piece be listed anew", async () => {
      const deals = [await listWhole(w, piece), await listWhole(w, piece), await listWhole(w, piece)];
      await w.filecoin.terminate(w.provider, deals[0]!.sector);
      await w.filecoin.terminate(w.provider, deals[2]!.sector);
      await w.dealStatus.prune(cidV2(piece), [named(deals[0]!.dealId), named(deals[2]!.dealId)]);
      expect(await listed()).to.deep.equal([deals[1]!.dealId]);
      const { dealId } = await listWhole(w, piece);
      expect(await listed()).to.deep.equal([deals[1]!.dealId, dealId]);
    });

    it("removes an ended deal from its end on, though nobody settled it", async () => {
      const { dealId, endEpoch } = await listWhole(w, piece);
      await skipTo(w, endEpoch - 2n);
      await expect(w.dealStatus.prune(cidV2(piece), [named(dealId)]))
        .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_StillLive")
        .withArgs(dealId, STATE.Active);
      await skipTo(w, endEpoch - 1n);
      await expect(w.dealStatus.prune(cidV2(piece), [named(dealId)]))
        .to.emit(w.dealStatus, "DealPruned")
        .withArgs(rootOf(piece), w.provider, dealId, piece.height, MARKET, STATE.Ended);
    });

    it("removes a settled deal", async () => {
      const { dealId, endEpoch } = await listWhole(w, piece);
      await skipTo(w, endEpoch + 10n);
      await w.filecoin.settle([dealId]);
      await w.dealStatus.prune(cidV2(piece), [named(dealId)]);
      expect(await listed()).to.deep.equal([]);
    });

    it("removes a published deal once its start has passed without it", async () => {
      const { dealId, startEpoch } = await publish(w, piece);
      const id = await request(w, piece);
      await w.dealStatus[COMPLETE](id, dealId, w.provider, WHOLE_DEAL, verifierData(piece));
      await skipTo(w, startEpoch - 1n);
      await expect(w.dealStatus.prune(cidV2(piece), [named(dealId)]))
        .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_StillLive")
        .withArgs(dealId, STATE.Published);
      await w.dealStatus.prune(cidV2(piece), [named(dealId)]);
      expect(await listed()).to.deep.equal([]);
    });

    it("refuses all when one is alive", async () => {
      const dead = await listWhole(w, piece);
      const alive = await listWhole(w, piece);
      await w.filecoin.terminate(w.provider, dead.sector);
      await expect(w.dealStatus.prune(cidV2(piece), [named(dead.dealId), named(alive.dealId)]))
        .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_StillLive")
        .withArgs(alive.dealId, STATE.Active);
    });

    it("does not take an unreadable deal for a dead one", async () => {
      const { dealId } = await listWhole(w, piece);
      for (const exitCode of [7n, 20n, -6n]) {
        await actorsAnswer(exitCode);
        await expect(w.dealStatus.prune(cidV2(piece), [named(dealId)]))
          .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_DealUnreadable")
          .withArgs(dealId, exitCode);
      }
      await actorsAnswer(17n);
      await expect(w.dealStatus.prune(cidV2(piece), [named(dealId)]))
        .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_StillLive")
        .withArgs(dealId, STATE.Unknown);
    });

    it("refuses what is not listed", async () => {
      const { dealId } = await listWhole(w, piece);
      const attempts = [
        named(dealId + 1n),
        named(dealId, w.otherProvider),
        named(dealId, w.provider, 6n),
        named(dealId, w.provider, w.provider),
        named(dealId, MARKET, MARKET),
      ];
      for (const { marketActorId, providerId, dealId: wrong } of attempts) {
        await expect(w.dealStatus.prune(cidV2(piece), [named(wrong, providerId, marketActorId)]))
          .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_NotListed")
          .withArgs(marketActorId, providerId, wrong);
      }
      await expect(w.dealStatus.prune(cidV2(examplePiece()), [named(dealId)])).to.be.revertedWithCustomError(
        w.dealStatus,
        "DealStatus_NotListed",
      );
      await expect(w.dealStatus.prune(cidV2(atHeight(piece, 14)), [named(dealId)])).to.be.revertedWithCustomError(
        w.dealStatus,
        "DealStatus_NotListed",
      );
    });

    it("refuses the same deal twice", async () => {
      const { dealId, sector } = await listWhole(w, piece);
      await w.filecoin.terminate(w.provider, sector);
      await expect(w.dealStatus.prune(cidV2(piece), [named(dealId), named(dealId)])).to.be.revertedWithCustomError(
        w.dealStatus,
        "DealStatus_NotListed",
      );
    });

    it("asks for a CID that names one piece", async () => {
      await expect(w.dealStatus.prune(cidV1(piece), [])).to.be.revertedWithCustomError(
        w.dealStatus,
        "DealStatus_PieceSizeUnknown",
      );
    });
  });
});
