import { expect } from "chai";
import { deployments } from "hardhat";

import { type Aggregate } from "../../../src/data/aggregate";
import { paddedBytesOf, type Piece } from "../../../src/data/piece";
import {
  aggregateOf,
  cidV2,
  COMPLETE_FRC,
  examplePiece,
  HEIGHT,
  request,
  rootOf,
  skipTo,
  STATE,
  verifierData,
  type World,
  world,
} from "../../support/dealStatus";
import { actorsAnswer } from "../../support/scriptedPrecompile";

describe("DealStatus", () => {
  describe("complete with a sector onboarded directly", () => {
    let w: World;
    let piece: Piece;
    let aggregate: Aggregate;
    let id: bigint;
    let contents: string;

    beforeEach(async () => {
      w = await world();
      contents = (await deployments.get("SectorContents")).address;
      await w.filecoin.actorIdOf(contents);
      piece = examplePiece();
      aggregate = await aggregateOf([piece, examplePiece()], 1n << 30n);
      id = await request(w, piece);
    });

    const seal = async (held: Piece, payload = Uint8Array.of(1)) => {
      const expiration = (await w.filecoin.epoch()) + 600_000n;
      const notify = [{ receiver: contents, payload }];
      const sector = await w.filecoin.commitSector({
        provider: w.provider,
        expiration,
        pieces: [{ root: held.root, paddedBytes: paddedBytesOf(held.height), notify }],
        requireNotificationSuccess: true,
      });
      return { sector, expiration };
    };
    const complete = (sector: bigint, provider = w.provider) =>
      w.dealStatus[COMPLETE_FRC](id, provider, sector, provider, aggregate.members[0]!.proof, verifierData(piece));

    it("lists it until its commitment ends, whatever the payload", async () => {
      const { sector, expiration } = await seal(aggregate.piece);
      await expect(complete(sector))
        .to.emit(w.dealStatus, "DealListed")
        .withArgs(rootOf(piece), w.provider, sector, HEIGHT, w.provider, expiration);
      const inspect = async () => {
        const { pieces } = await w.dealStatus.inspect([cidV2(piece)], 0n);
        const { state, sector: where, end, marketActorId } = pieces[0]!.deals[0]!;
        return [state, where, end, marketActorId];
      };
      expect(await inspect()).to.deep.equal([STATE.Active, sector, expiration, w.provider]);
      await skipTo(w, expiration);
      expect((await inspect())[0]).to.equal(STATE.Ended);
    });

    it("shows its faults", async () => {
      const { sector } = await seal(aggregate.piece);
      await complete(sector);
      await w.filecoin.declareFault(w.provider, sector);
      const { deals } = await w.dealStatus.getFaultyDeals(cidV2(piece), 0n, 10n);
      expect(deals.map((deal) => [deal.dealId, deal.marketActorId])).to.deep.equal([[sector, w.provider]]);
    });

    it("shows no fault that the provider's actor says but does not prove", async () => {
      const { sector } = await seal(aggregate.piece);
      await complete(sector);
      // `[2, location]`: Faulty, for who looks for the sector; for who asks for a proof, neither true nor false.
      await actorsAnswer(0, "0x820243820000");
      expect(await w.dealStatus.getFaultyDeals(cidV2(piece), 0n, 10n)).to.deep.equal([[], 0n]);
    });

    it("refuses another piece than the sector told, and another provider", async () => {
      const { sector } = await seal(examplePiece());
      await expect(complete(sector)).to.be.revertedWithCustomError(w.dealStatus, "DealStatus_NoNotice");
      const right = await seal(aggregate.piece);
      await expect(complete(right.sector, w.otherProvider)).to.be.revertedWithCustomError(
        w.dealStatus,
        "DealStatus_NoNotice",
      );
    });

    it("refuses a sector that is faulty or dead", async () => {
      const { sector } = await seal(aggregate.piece);
      await w.filecoin.declareFault(w.provider, sector);
      await expect(complete(sector))
        .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_SectorNotActive")
        .withArgs(w.provider, sector);
      await w.filecoin.terminate(w.provider, sector);
      await expect(complete(sector)).to.be.revertedWithCustomError(w.dealStatus, "DealStatus_SectorNotActive");
    });

    it("refuses one that has come to its end", async () => {
      const { sector, expiration } = await seal(aggregate.piece);
      await skipTo(w, expiration - 1n);
      await expect(complete(sector))
        .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_DealNotLive")
        .withArgs(sector, STATE.Ended);
    });
  });
});
