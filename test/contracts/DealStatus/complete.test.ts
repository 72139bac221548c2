import { expect } from "chai";
import { ethers } from "hardhat";

import { type Aggregate } from "../../../src/data/aggregate";
import { paddedBytesOf, type Piece } from "../../../src/data/piece";
import {
  activate,
  aggregateOf,
  atHeight,
  cidV1,
  cidV2,
  COMPLETE,
  COMPLETE_FRC,
  examplePiece,
  HEIGHT,
  MARKET,
  publish,
  REQUEST,
  request,
  requestRaaS,
  rootOf,
  skipTo,
  STATE,
  verifierData,
  WHOLE_DEAL,
  type World,
  world,
} from "../../support/dealStatus";
import { actorAnswer, answerAlways, CALL_ACTOR_ID, failAlways } from "../../support/scriptedPrecompile";

const GIB_32 = 1n << 35n;

describe("DealStatus", () => {
  describe("complete", () => {
    let w: World;
    let piece: Piece;
    let aggregate: Aggregate;
    let id: bigint;

    beforeEach(async () => {
      w = await world();
      piece = examplePiece();
      aggregate = await aggregateOf([piece, examplePiece({ height: 12 }), examplePiece()], GIB_32);
      id = await request(w, piece);
    });

    const proof = () => aggregate.members[0]!.proof;
    const complete = (dealId: bigint, provider = w.provider) =>
      w.dealStatus[COMPLETE](id, dealId, provider, proof(), verifierData(piece));

    describe("with an active deal that holds the piece in an aggregate", () => {
      it("lists the deal and closes the request", async () => {
        const { dealId, endEpoch } = await activate(w, aggregate.piece);
        await expect(complete(dealId))
          .to.emit(w.dealStatus, "CompleteAggregatorRequest")
          .withArgs(id, dealId)
          .and.to.emit(w.dealStatus, "DealListed")
          .withArgs(rootOf(piece), w.provider, dealId, HEIGHT, MARKET, endEpoch);
        expect(await w.dealStatus["getAllDeals(bytes)"](cidV2(piece))).to.deep.equal([[dealId, w.provider]]);
        expect((await w.dealStatus.requestOf(id)).state).to.equal(REQUEST.Completed);
      });

      it("returns the aggregate", async () => {
        const { dealId } = await activate(w, aggregate.piece);
        const aux = await w.dealStatus[COMPLETE].staticCall(id, dealId, w.provider, proof(), verifierData(piece));
        expect(aux).to.deep.equal([cidV1(aggregate.piece), GIB_32]);
      });

      it("takes anyone's call, in both forms, with every form of the CID", async () => {
        const { dealId } = await activate(w, aggregate.piece);
        const cids = [cidV1(piece), cidV2(piece), ethers.concat(["0x00", cidV1(piece)])];
        for (const cid of cids) {
          const data = verifierData(piece, cid);
          const stranger = w.dealStatus.connect(w.stranger);
          await stranger[COMPLETE].staticCall(id, dealId, w.provider, proof(), data);
          await stranger[COMPLETE_FRC].staticCall(id, MARKET, dealId, w.provider, proof(), data);
        }
        await w.dealStatus
          .connect(w.stranger)
          [COMPLETE_FRC](id, MARKET, dealId, w.provider, proof(), verifierData(piece));
      });

      it("lists deal 0, which is a deal like any other", async () => {
        const { dealId } = await activate(w, aggregate.piece);
        expect(dealId).to.equal(0n);
        await complete(dealId);
        expect((await w.dealStatus.getActiveDeals(cidV2(piece)))[0]).to.deep.equal([0n, w.provider]);
      });

      it("closes a RaaS request as well", async () => {
        id = await requestRaaS(w, piece);
        const { dealId } = await activate(w, aggregate.piece);
        await complete(dealId);
        expect((await w.dealStatus.requestOf(id)).state).to.equal(REQUEST.Completed);
      });

      it("lists one deal for each of the pieces in it", async () => {
        const { dealId } = await activate(w, aggregate.piece);
        await complete(dealId);
        const [, second] = aggregate.members;
        const other = await request(w, second!.piece);
        await w.dealStatus[COMPLETE](other, dealId, w.provider, second!.proof, verifierData(second!.piece));
        expect(await w.dealStatus["getAllDeals(bytes)"](cidV2(second!.piece))).to.deep.equal([[dealId, w.provider]]);
      });
    });

    it("takes a piece that is the whole deal without an entry in an index", async () => {
      const { dealId } = await activate(w, piece);
      await w.dealStatus[COMPLETE](id, dealId, w.provider, WHOLE_DEAL, verifierData(piece));
    });

    describe("believes nothing", () => {
      it("refuses a request that is not there, 0 among them", async () => {
        const { dealId } = await activate(w, aggregate.piece);
        for (const wrong of [0n, 2n, ethers.MaxUint256]) {
          await expect(w.dealStatus[COMPLETE](wrong, dealId, w.provider, proof(), verifierData(piece)))
            .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_UnknownRequest")
            .withArgs(wrong);
        }
      });

      it("refuses a request that completed before", async () => {
        const { dealId } = await activate(w, aggregate.piece);
        await complete(dealId);
        await expect(complete(dealId))
          .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_RequestNotOpen")
          .withArgs(id, REQUEST.Completed);
      });

      it("refuses a deal that is listed already", async () => {
        const { dealId } = await activate(w, aggregate.piece);
        await complete(dealId);
        id = await request(w, piece);
        await expect(complete(dealId))
          .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_AlreadyListed")
          .withArgs(MARKET, dealId);
      });

      it("refuses another piece than was requested", async () => {
        const { dealId } = await activate(w, aggregate.piece);
        const other = aggregate.members[2]!;
        await expect(w.dealStatus[COMPLETE](id, dealId, w.provider, other.proof, verifierData(other.piece)))
          .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_WrongPiece")
          .withArgs(rootOf(piece), HEIGHT, rootOf(other.piece), HEIGHT);
      });

      it("refuses another size, and a CID and a size that disagree", async () => {
        const { dealId } = await activate(w, aggregate.piece);
        const attempt = (commPc: string, sizePc: bigint) =>
          w.dealStatus[COMPLETE](id, dealId, w.provider, proof(), { commPc, sizePc });
        await expect(attempt(cidV1(piece), paddedBytesOf(HEIGHT - 1)))
          .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_WrongPiece")
          .withArgs(rootOf(piece), HEIGHT, rootOf(piece), HEIGHT - 1);
        await expect(attempt(cidV2(atHeight(piece, HEIGHT - 1)), paddedBytesOf(HEIGHT)))
          .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_WrongPiece")
          .withArgs(rootOf(piece), HEIGHT, rootOf(piece), HEIGHT - 1);
        await expect(attempt(cidV1(piece), paddedBytesOf(HEIGHT) - 1n))
          .to.be.revertedWithCustomError(w.dealStatus, "PieceTree_SizeNotPiece")
          .withArgs(paddedBytesOf(HEIGHT) - 1n);
        await expect(attempt("0x1234", paddedBytesOf(HEIGHT)))
          .to.be.revertedWithCustomError(w.dealStatus, "PieceCid_Unsupported")
          .withArgs("0x1234");
      });

      it("refuses a proof that does not verify", async () => {
        const { dealId } = await activate(w, aggregate.piece);
        const { proofSubtree, proofIndex } = proof();
        for (const [wrong, error] of [
          [{ proofSubtree: proofIndex, proofIndex: proofSubtree }, "DataSegment_DepthsDiffer"],
          [{ proofSubtree, proofIndex: { ...proofIndex, index: proofIndex.index + 1n } }, "DataSegment_RootsDiffer"],
          [{ proofSubtree, proofIndex: { ...proofIndex, index: 0n } }, "DataSegment_EntryOutsideIndex"],
        ] as const) {
          await expect(
            w.dealStatus[COMPLETE](id, dealId, w.provider, wrong, verifierData(piece)),
          ).to.be.revertedWithCustomError(w.dealStatus, error);
        }
      });

      it("refuses an aggregate that the deal does not hold", async () => {
        const other = examplePiece({ height: 30 });
        const { dealId } = await activate(w, other);
        await expect(complete(dealId))
          .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_WrongCommitment")
          .withArgs(dealId, rootOf(other), 30n, rootOf(aggregate.piece), 30n);
      });

      it("refuses the aggregate's root with another size", async () => {
        const smaller = atHeight(aggregate.piece, 29);
        const { dealId } = await activate(w, smaller);
        await expect(complete(dealId))
          .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_WrongCommitment")
          .withArgs(dealId, rootOf(smaller), 29n, rootOf(smaller), 30n);
      });

      it("refuses another provider than the deal's", async () => {
        const { dealId } = await activate(w, aggregate.piece);
        await expect(complete(dealId, w.otherProvider))
          .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_WrongProvider")
          .withArgs(dealId, w.provider, w.otherProvider);
      });

      it("refuses a deal that was never published", async () => {
        await expect(complete(1000n))
          .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_DealNotLive")
          .withArgs(1000n, STATE.Unknown);
      });

      it("refuses a deal that was terminated", async () => {
        const { dealId, sector } = await activate(w, aggregate.piece);
        await w.filecoin.terminate(w.provider, sector);
        await expect(complete(dealId))
          .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_DealNotLive")
          .withArgs(dealId, STATE.Gone);
      });

      it("refuses what no list of f05 can hold, with f05's exit code", async () => {
        const none = 2n ** 64n - 1n;
        await expect(complete(none))
          .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_DealUnreadable")
          .withArgs(none, 20n);
      });

      it("refuses a deal of which f05 says nothing, or what makes no sense", async () => {
        await failAlways(CALL_ACTOR_ID);
        await expect(complete(0n))
          .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_DealUnreadable")
          .withArgs(0n, ethers.MinInt256);
        // A number answers GetDealSector, but is no commitment.
        await answerAlways(CALL_ACTOR_ID, actorAnswer(0, 0x51, "0x01"));
        await expect(complete(0n))
          .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_DealUnreadable")
          .withArgs(0n, ethers.MinInt256);
      });

      for (const market of [0n, 4n, 6n, 1000n]) {
        it(`refuses market actor ${market}`, async () => {
          const { dealId } = await activate(w, aggregate.piece);
          await expect(w.dealStatus[COMPLETE_FRC](id, market, dealId, w.provider, proof(), verifierData(piece)))
            .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_UnsupportedMarket")
            .withArgs(market);
        });
      }

      it("refuses a sector that did not tell SectorContents", async () => {
        const { sector } = await activate(w, aggregate.piece);
        await expect(w.dealStatus[COMPLETE_FRC](id, w.provider, sector, w.provider, proof(), verifierData(piece)))
          .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_NoNotice")
          .withArgs(w.provider, sector, rootOf(aggregate.piece), aggregate.piece.height);
      });
    });

    describe("knows that inner nodes look like leaves", () => {
      it("does not take a large piece for the small one that its inner nodes form", async () => {
        // The root of a tree of height 16 is also the root of the tree of height 1 over its two inner nodes; so a deal
        // for 2 MiB would hold, under one root, pieces of every smaller height.
        const large = examplePiece({ height: 16 });
        const small = atHeight(large, 7);
        id = await request(w, small);
        const { dealId } = await activate(w, large);
        await expect(w.dealStatus[COMPLETE](id, dealId, w.provider, WHOLE_DEAL, verifierData(small)))
          .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_WrongCommitment")
          .withArgs(dealId, rootOf(large), 16n, rootOf(small), 7n);
      });

      it("does not take a proof from within a small piece for one of the large", async () => {
        // A segment that claims to be one level lower, with its own root, moves every level of the proof.
        const { dealId } = await activate(w, aggregate.piece);
        const lower = atHeight(piece, HEIGHT - 1);
        id = await request(w, lower);
        await expect(
          w.dealStatus[COMPLETE](id, dealId, w.provider, proof(), verifierData(lower)),
        ).to.be.revertedWithCustomError(w.dealStatus, "DataSegment_DepthsDiffer");
      });
    });

    describe("at the edges of a deal's term", () => {
      for (const [after, accepted] of [
        [-1n, true],
        [0n, false],
        [1n, false],
      ] as const) {
        it(`${accepted ? "takes" : "refuses"} an active deal at its end ${after < 0n ? after : `+${after}`}`, async () => {
          const { dealId, endEpoch } = await activate(w, aggregate.piece);
          await skipTo(w, endEpoch + after - 1n);
          if (accepted) await complete(dealId);
          else {
            await expect(complete(dealId))
              .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_DealNotLive")
              .withArgs(dealId, STATE.Ended);
          }
        });

        it(`${accepted || after === 0n ? "takes" : "refuses"} a published deal at its start ${after}`, async () => {
          const { dealId, startEpoch } = await publish(w, aggregate.piece);
          await skipTo(w, startEpoch + after - 1n);
          if (accepted || after === 0n) await complete(dealId);
          else {
            await expect(complete(dealId))
              .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_DealNotLive")
              .withArgs(dealId, STATE.Gone);
          }
        });
      }

      it("takes a published deal that starts at most maxPending from now", async () => {
        const maxPending = await w.dealStatus.maxPending();
        for (const beyond of [-1n, 0n, 1n]) {
          // Two blocks pass: the deal's publication, and this completion.
          const startEpoch = (await w.filecoin.epoch()) + maxPending + beyond + 20n;
          const { dealId } = await publish(w, aggregate.piece, { startEpoch });
          id = await request(w, piece);
          await skipTo(w, startEpoch - maxPending - beyond - 1n);
          if (beyond <= 0n) await complete(dealId);
          else {
            await expect(complete(dealId))
              .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_DealStartsTooLate")
              .withArgs(dealId, startEpoch - 1n, startEpoch);
          }
        }
      });

      it("takes an active deal however far away its start is", async () => {
        const startEpoch = (await w.filecoin.epoch()) + 10n * (await w.dealStatus.maxPending());
        const { dealId } = await activate(w, aggregate.piece, { startEpoch });
        await complete(dealId);
      });
    });
  });
});
