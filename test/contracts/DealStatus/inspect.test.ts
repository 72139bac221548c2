import { expect } from "chai";
import { ethers } from "hardhat";

import type { IDealStatus } from "../../../typechain-types";
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
import { actorsAnswer, CALL_ACTOR_ID, exhaustAlways } from "../../support/scriptedPrecompile";

describe("DealStatus", () => {
  describe("inspect", () => {
    let w: World;
    let piece: Piece;

    beforeEach(async () => {
      w = await world();
      piece = examplePiece();
    });

    /** Follows the cursor to its end, every call with so much gas. */
    async function inspectAll(cids: string[], gasLimit: bigint) {
      const pages: IDealStatus.PieceDealsStructOutput[] = [];
      let cursor = 0n;
      let calls = 0;
      do {
        const { pieces, next } = await w.dealStatus.inspect(cids, cursor, { gasLimit });
        pages.push(...pieces);
        cursor = next;
        calls++;
      } while (cursor !== 0n);
      return { pages, calls };
    }

    it("tells of every deal of every piece what it is, where, and until when", async () => {
      const active = await listWhole(w, piece);
      const gone = await listWhole(w, piece, { provider: w.otherProvider });
      const published = await publish(w, piece);
      const id = await request(w, piece);
      await w.dealStatus[COMPLETE](id, published.dealId, w.provider, WHOLE_DEAL, verifierData(piece));
      await w.filecoin.terminate(w.otherProvider, gone.sector);
      const other = examplePiece({ height: 10 });
      const elsewhere = await listWhole(w, other);

      const { pieces, next } = await w.dealStatus.inspect([cidV2(piece), cidV1(other)], 0n);
      expect(next).to.equal(0n);
      const info = (deal: { dealId: bigint; endEpoch: bigint }, provider: bigint, sector: bigint, state: bigint) => [
        deal.dealId,
        provider,
        MARKET,
        sector,
        state,
        deal.endEpoch,
      ];
      expect(pieces).to.deep.equal([
        [
          0n,
          rootOf(piece),
          BigInt(piece.height),
          0n,
          3n,
          [
            info(active, w.provider, active.sector, STATE.Active),
            info(gone, w.otherProvider, 0n, STATE.Gone),
            info(published, w.provider, 0n, STATE.Published),
          ],
        ],
        [1n, rootOf(other), 10n, 0n, 1n, [info(elsewhere, w.provider, elsewhere.sector, STATE.Active)]],
      ]);
    });

    it("calls an active deal Ended at its end, and a published one Gone after its start", async () => {
      const published = await publish(w, piece);
      const id = await request(w, piece);
      await w.dealStatus[COMPLETE](id, published.dealId, w.provider, WHOLE_DEAL, verifierData(piece));
      const { endEpoch } = await listWhole(w, piece);
      const states = async () => {
        const { pieces } = await w.dealStatus.inspect([cidV2(piece)], 0n);
        return pieces[0]!.deals.map(({ state }) => state);
      };
      for (const [epoch, expected] of [
        [published.startEpoch - 1n, [STATE.Published, STATE.Active]],
        [published.startEpoch, [STATE.Published, STATE.Active]],
        [published.startEpoch + 1n, [STATE.Gone, STATE.Active]],
        [endEpoch - 1n, [STATE.Gone, STATE.Active]],
        [endEpoch, [STATE.Gone, STATE.Ended]],
        [endEpoch + 1n, [STATE.Gone, STATE.Ended]],
      ] as const) {
        await skipTo(w, epoch);
        expect(await states(), `at ${epoch}`).to.deep.equal(expected);
      }
    });

    it("answers a v1 CID once for each height that it has", async () => {
      const heights = [2, 15, 31].map((height) => atHeight(piece, height));
      for (const each of heights) await listWhole(w, each);
      const { pieces } = await w.dealStatus.inspect([cidV1(piece), cidV2(heights[1]!)], 0n);
      expect(pieces.map(({ cidIndex, height }) => [cidIndex, height])).to.deep.equal([
        [0n, 2n],
        [0n, 15n],
        [0n, 31n],
        [1n, 15n],
      ]);
    });

    it("answers a requested piece without deals with an empty page, and an unknown one not at all", async () => {
      await request(w, piece);
      const unknown = [cidV1(examplePiece()), cidV2(examplePiece()), cidV2(examplePiece({ height: 40 }))];
      const { pieces, next } = await w.dealStatus.inspect([...unknown, cidV2(piece)], 0n);
      expect(pieces).to.deep.equal([[3n, rootOf(piece), BigInt(piece.height), 0n, 0n, []]]);
      expect(next).to.equal(0n);
      expect(await w.dealStatus.inspect([], 0n)).to.deep.equal([[], 0n]);
    });

    it("refuses what is no piece CID", async () => {
      await expect(w.dealStatus.inspect([cidV2(piece), "0xabcd"], 0n))
        .to.be.revertedWithCustomError(w.dealStatus, "PieceCid_Unsupported")
        .withArgs("0xabcd");
    });

    it("stops before gas is short, and goes on from its cursor without losing or doubling a deal", async () => {
      const pieces = [piece, atHeight(piece, 16), examplePiece(), examplePiece()];
      for (const each of [...pieces, ...pieces, piece, piece, piece]) await listWhole(w, each);
      const cids = [cidV1(piece), ...pieces.slice(2).map(cidV2)];
      const whole = await inspectAll(cids, 1_000_000_000n);
      expect(whole.calls).to.equal(1);
      const deals = (pages: typeof whole.pages) =>
        pages.flatMap(({ cidIndex, height, offset, deals }) =>
          deals.map(({ dealId }, i) => [cidIndex, height, offset + BigInt(i), dealId]),
        );
      // The gas that one call may use shrinks to hardly more than the reserve of a single read.
      for (const gasLimit of [19_500_000n, 18_000_000n, 17_000_000n, 16_600_000n]) {
        const parts = await inspectAll(cids, gasLimit);
        expect(parts.calls).to.be.greaterThan(1);
        expect(deals(parts.pages)).to.deep.equal(deals(whole.pages));
        for (const { state } of parts.pages.flatMap((page) => page.deals)) expect(state).to.equal(STATE.Active);
      }
    });

    it("reverts when there is not gas enough for a single read: a cursor of 0 would say that all is told", async () => {
      await listWhole(w, piece);
      await expect(w.dealStatus.inspect([cidV2(piece)], 0n, { gasLimit: 10_000_000n })).to.be.revertedWithCustomError(
        w.dealStatus,
        "DealStatus_GasShort",
      );
    });

    it("reports what it cannot read as Unreadable, never as lost", async () => {
      await listWhole(w, piece);
      const state = async () => (await w.dealStatus.inspect([cidV2(piece)], 0n)).pieces[0]!.deals[0]!.state;
      for (const exitCode of [1n, 7n, 16n, 18n, 20n, 21n, 22n, 25n, -6n, -11n]) {
        await actorsAnswer(exitCode);
        expect(await state(), `exit ${exitCode}`).to.equal(STATE.Unreadable);
      }
      for (const data of ["0x", "0x20", "0xf6", "0x8101", "0x0100"]) {
        await actorsAnswer(0, data);
        expect(await state(), data).to.equal(STATE.Unreadable);
      }
      await exhaustAlways(CALL_ACTOR_ID);
      expect(await state()).to.equal(STATE.Unreadable);
    });

    it("takes any cursor without harm", async () => {
      await listWhole(w, piece);
      for (const cursor of [1n, 1n << 64n, 31n << 64n, 255n << 64n, 1n << 72n, ethers.MaxUint256, (1n << 64n) - 1n]) {
        const { next } = await w.dealStatus.inspect([cidV2(piece)], cursor);
        expect(next).to.equal(0n);
      }
    });
  });
});
