import { expect } from "chai";
import { ethers } from "hardhat";

import { paddedBytesOf } from "../../../src/data/piece";
import { atHeight, cidV1, cidV2, examplePiece, REQUEST, rootOf, type World, world } from "../../support/dealStatus";

const PLAIN = "submit(bytes)" as const;
const LINKED = "submit(bytes,bytes)" as const;
const SIZED = "submit(bytes,uint64,bytes)" as const;
const LINK = ethers.hexlify(ethers.toUtf8Bytes("https://example.org/piece"));

describe("DealStatus", () => {
  describe("submit", () => {
    let w: World;
    const piece = examplePiece();

    beforeEach(async () => {
      w = await world();
    });

    it("opens a request of the sender for the piece, and counts from 1", async () => {
      expect(await w.dealStatus[PLAIN].staticCall(cidV2(piece))).to.equal(1n);
      await w.dealStatus[PLAIN](cidV2(piece));
      expect(await w.dealStatus.requestOf(1n)).to.deep.equal([
        w.client.address,
        REQUEST.Open,
        false,
        rootOf(piece),
        BigInt(piece.height),
        await w.filecoin.epoch(),
        [0n, 0n, 0n],
      ]);
      expect(await w.dealStatus.requestCount()).to.equal(1n);
      expect(await w.dealStatus.pieceCount()).to.equal(1n);
    });

    it("emits the event of the standard and what it leaves out", async () => {
      const cid = cidV2(piece);
      await expect(w.dealStatus[LINKED](cid, LINK))
        .to.emit(w.dealStatus, "SubmitAggregatorRequest")
        .withArgs(1n, cid)
        .and.to.emit(w.dealStatus, "RequestOpened")
        .withArgs(1n, w.client.address, rootOf(piece), piece.height, LINK);
    });

    it("takes a second request for a piece, of anyone", async () => {
      await w.dealStatus[PLAIN](cidV2(piece));
      await w.dealStatus.connect(w.stranger)[PLAIN](cidV2(piece));
      expect(await w.dealStatus.requestCount()).to.equal(2n);
      expect(await w.dealStatus.pieceCount()).to.equal(1n);
      expect((await w.dealStatus.requestOf(2n)).client).to.equal(w.stranger.address);
    });

    it("keeps pieces with one root and different heights apart", async () => {
      await w.dealStatus[PLAIN](cidV2(piece));
      await w.dealStatus[PLAIN](cidV2(atHeight(piece, piece.height - 1)));
      expect(await w.dealStatus.pieceCount()).to.equal(2n);
      expect((await w.dealStatus.requestOf(2n)).height).to.equal(piece.height - 1);
    });

    describe("with a v1 CID", () => {
      for (const [what, cid] of [
        ["bare", cidV1(piece)],
        ["with its leading 0x00", ethers.concat(["0x00", cidV1(piece)])],
      ] as const) {
        it(`asks for the size, ${what}`, async () => {
          await expect(w.dealStatus[PLAIN](cid))
            .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_PieceSizeUnknown")
            .withArgs(cid);
          await expect(w.dealStatus[LINKED](cid, LINK)).to.be.revertedWithCustomError(
            w.dealStatus,
            "DealStatus_PieceSizeUnknown",
          );
        });

        it(`takes it with the size, ${what}`, async () => {
          await expect(w.dealStatus[SIZED](cid, paddedBytesOf(piece.height), LINK))
            .to.emit(w.dealStatus, "SubmitAggregatorRequest")
            .withArgs(1n, cid);
          expect((await w.dealStatus.requestOf(1n)).height).to.equal(piece.height);
        });
      }

      for (const size of [0n, 64n, 127n, 1000n, 2n ** 63n + 1n]) {
        it(`refuses a size of ${size}`, async () => {
          await expect(w.dealStatus[SIZED](cidV1(piece), size, LINK))
            .to.be.revertedWithCustomError(w.dealStatus, "PieceTree_SizeNotPiece")
            .withArgs(size);
        });
      }

      it("takes 128 bytes, the least, and 64 GiB, the most, and no more", async () => {
        await w.dealStatus[SIZED](cidV1(piece), 128n, "0x");
        await w.dealStatus[SIZED](cidV1(piece), 2n ** 36n, "0x");
        await expect(w.dealStatus[SIZED](cidV1(piece), 2n ** 37n, "0x"))
          .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_PieceTooLarge")
          .withArgs(31n, 32n);
      });
    });

    it("takes a size beside a v2 CID only if they agree", async () => {
      await w.dealStatus[SIZED](cidV2(piece), paddedBytesOf(piece.height), "0x");
      await expect(w.dealStatus[SIZED](cidV2(piece), 128n, "0x"))
        .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_WrongPiece")
        .withArgs(rootOf(piece), piece.height, rootOf(piece), 2n);
    });

    it("refuses a v2 CID above 64 GiB", async () => {
      await expect(w.dealStatus[PLAIN](cidV2(examplePiece({ height: 32 }))))
        .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_PieceTooLarge")
        .withArgs(31n, 32n);
    });

    for (const [what, cid] of [
      ["nothing", "0x"],
      ["a payload CID", ethers.concat(["0x01701220", ethers.id("payload")])],
      ["a root", ethers.id("root")],
    ] as const) {
      it(`refuses ${what}, with its bytes`, async () => {
        await expect(w.dealStatus[PLAIN](cid))
          .to.be.revertedWithCustomError(w.dealStatus, "PieceCid_Unsupported")
          .withArgs(cid);
      });
    }

    it("refuses value, which nobody could return", async () => {
      await expect(w.dealStatus[LINKED](cidV2(piece), LINK, { value: 1n }))
        .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_ValueRefused")
        .withArgs(1n);
    });

    it("takes a fetch link of 2048 bytes, and not one more", async () => {
      await w.dealStatus[LINKED](cidV2(piece), new Uint8Array(2048));
      await expect(w.dealStatus[LINKED](cidV2(piece), new Uint8Array(2049)))
        .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_FetchLinkTooLong")
        .withArgs(2048n, 2049n);
    });
  });

  describe("requestOf", () => {
    it("reverts where there is no request", async () => {
      const w = await world();
      await w.dealStatus[PLAIN](cidV2(examplePiece()));
      for (const id of [0n, 2n, ethers.MaxUint256]) {
        await expect(w.dealStatus.requestOf(id))
          .to.be.revertedWithCustomError(w.dealStatus, "DealStatus_UnknownRequest")
          .withArgs(id);
      }
    });
  });
});
