import { expect } from "chai";
import { ethers } from "hardhat";

import { paddedBytesOf } from "../../../src/data/piece";
import { cidV1, cidV2, examplePiece, REQUEST, rootOf, type World, world } from "../../support/dealStatus";

const PLAIN = "submitRaaS(bytes,uint256,uint256,uint256)" as const;
const LINKED = "submitRaaS(bytes,bytes,uint256,uint256,uint256)" as const;
const SIZED = "submitRaaS(bytes,uint64,bytes,uint256,uint256,uint256)" as const;
const MAX_THRESHOLD = 1278n * 2880n;

describe("DealStatus", () => {
  describe("submitRaaS", () => {
    let w: World;
    const piece = examplePiece();

    beforeEach(async () => {
      w = await world();
    });

    it("opens a request with its terms", async () => {
      const cid = cidV2(piece);
      await expect(w.dealStatus[LINKED](cid, "0x1234", 3n, 2880n, 28800n))
        .to.emit(w.dealStatus, "SubmitAggregatorRequestWithRaaS")
        .withArgs(1n, cid, 3n, 2880n, 28800n)
        .and.to.emit(w.dealStatus, "RequestOpened")
        .withArgs(1n, w.client.address, rootOf(piece), piece.height, "0x1234");
      const request = await w.dealStatus.requestOf(1n);
      expect([request.state, request.raas]).to.deep.equal([REQUEST.Open, true]);
      expect(request.terms).to.deep.equal([3n, 2880n, 28800n]);
    });

    it("takes every form", async () => {
      expect(await w.dealStatus[PLAIN].staticCall(cidV2(piece), 1n, 0n, 0n)).to.equal(1n);
      await w.dealStatus[PLAIN](cidV2(piece), 1n, 0n, 0n);
      await w.dealStatus[SIZED](cidV1(piece), paddedBytesOf(piece.height), "0x", 100n, MAX_THRESHOLD, MAX_THRESHOLD);
      expect((await w.dealStatus.requestOf(1n)).terms).to.deep.equal([1n, 0n, 0n]);
      expect((await w.dealStatus.requestOf(2n)).terms).to.deep.equal([100n, MAX_THRESHOLD, MAX_THRESHOLD]);
      expect(await w.dealStatus.pieceCount()).to.equal(1n);
    });

    const outOfRange: [string, [bigint, bigint, bigint], string, bigint[]][] = [
      ["no copies", [0n, 0n, 0n], "DealStatus_ReplicationTargetOutOfRange", [1n, 100n, 0n]],
      ["101 copies", [101n, 0n, 0n], "DealStatus_ReplicationTargetOutOfRange", [1n, 100n, 101n]],
      [
        "2^256 - 1 copies",
        [ethers.MaxUint256, 0n, 0n],
        "DealStatus_ReplicationTargetOutOfRange",
        [1n, 100n, ethers.MaxUint256],
      ],
      [
        "a repair threshold above the longest deal",
        [1n, MAX_THRESHOLD + 1n, 0n],
        "DealStatus_RepairThresholdOutOfRange",
        [MAX_THRESHOLD, MAX_THRESHOLD + 1n],
      ],
      [
        "a renew threshold above the longest deal",
        [1n, 0n, MAX_THRESHOLD + 1n],
        "DealStatus_RenewThresholdOutOfRange",
        [MAX_THRESHOLD, MAX_THRESHOLD + 1n],
      ],
    ];
    for (const [what, terms, error, args] of outOfRange) {
      it(`refuses ${what}, in every form`, async () => {
        for (const call of [
          () => w.dealStatus[PLAIN](cidV2(piece), ...terms),
          () => w.dealStatus[LINKED](cidV2(piece), "0x", ...terms),
          () => w.dealStatus[SIZED](cidV1(piece), 128n, "0x", ...terms),
        ]) {
          await expect(call())
            .to.be.revertedWithCustomError(w.dealStatus, error)
            .withArgs(...args);
        }
      });
    }

    it("refuses value, a long link, and a v1 CID without its size", async () => {
      await expect(w.dealStatus[LINKED](cidV2(piece), "0x", 1n, 0n, 0n, { value: 7n }))
        .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_ValueRefused")
        .withArgs(7n);
      await expect(w.dealStatus[LINKED](cidV2(piece), new Uint8Array(2049), 1n, 0n, 0n)).to.be.revertedWithCustomError(
        w.dealStatus,
        "DealStatus_FetchLinkTooLong",
      );
      await expect(w.dealStatus[PLAIN](cidV1(piece), 1n, 0n, 0n)).to.be.revertedWithCustomError(
        w.dealStatus,
        "DealStatus_PieceSizeUnknown",
      );
    });
  });

  describe("updateTerms", () => {
    let w: World;
    const piece = examplePiece();

    beforeEach(async () => {
      w = await world();
      await w.dealStatus[PLAIN](cidV2(piece), 3n, 2880n, 28800n);
    });

    it("changes the terms", async () => {
      await expect(w.dealStatus.updateTerms(1n, 4n, 5760n, 1n))
        .to.emit(w.dealStatus, "TermsUpdated")
        .withArgs(1n, 4n, 5760n, 1n);
      expect((await w.dealStatus.requestOf(1n)).terms).to.deep.equal([4n, 5760n, 1n]);
    });

    it("is the client's alone, so that nobody changes another's", async () => {
      await expect(w.dealStatus.connect(w.stranger).updateTerms(1n, 1n, 0n, 0n))
        .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_NotClient")
        .withArgs(1n, w.client.address, w.stranger.address);
    });

    it("keeps the bounds", async () => {
      await expect(w.dealStatus.updateTerms(1n, 0n, 0n, 0n)).to.be.revertedWithCustomError(
        w.dealStatus,
        "DealStatus_ReplicationTargetOutOfRange",
      );
      await expect(w.dealStatus.updateTerms(1n, 1n, MAX_THRESHOLD + 1n, 0n)).to.be.revertedWithCustomError(
        w.dealStatus,
        "DealStatus_RepairThresholdOutOfRange",
      );
      await expect(w.dealStatus.updateTerms(1n, 1n, 0n, MAX_THRESHOLD + 1n)).to.be.revertedWithCustomError(
        w.dealStatus,
        "DealStatus_RenewThresholdOutOfRange",
      );
    });

    it("refuses a plain request, a cancelled one, and one that is not there", async () => {
      await w.dealStatus["submit(bytes)"](cidV2(piece));
      await expect(w.dealStatus.updateTerms(2n, 1n, 0n, 0n))
        .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_NotRaaS")
        .withArgs(2n);
      await w.dealStatus.cancelRequest(1n);
      await expect(w.dealStatus.updateTerms(1n, 1n, 0n, 0n))
        .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_RequestNotOpen")
        .withArgs(1n, REQUEST.Cancelled);
      await expect(w.dealStatus.updateTerms(3n, 1n, 0n, 0n))
        .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_UnknownRequest")
        .withArgs(3n);
    });
  });
});
