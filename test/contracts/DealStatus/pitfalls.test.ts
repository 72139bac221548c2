import { expect } from "chai";
import { ethers } from "hardhat";

import type { Piece } from "../../../src/data/piece";
import {
  activate,
  aggregateOf,
  cidV1,
  cidV2,
  COMPLETE,
  examplePiece,
  listWhole,
  MARKET,
  publish,
  request,
  requestRaaS,
  skipTo,
  STATE,
  verifierData,
  WHOLE_DEAL,
  type World,
  world,
} from "../../support/dealStatus";

const ACTIVE = "getActiveDeals" as const;
const ALL = "getAllDeals(bytes)" as const;
const EXPIRING_IN = "getExpiringDeals(bytes,uint64)" as const;
const EXPIRING = "getExpiringDeals(bytes)" as const;

/** What went wrong in the first implementation of this contract; none of it may happen here. */
describe("DealStatus, and what went wrong elsewhere", () => {
  let w: World;
  let piece: Piece;

  beforeEach(async () => {
    w = await world();
    piece = examplePiece();
  });

  it("complete took any caller, request 0, a deal that does not exist, a wrong provider, an unrelated commitment", async () => {
    const id = await request(w, piece);
    const { dealId } = await activate(w, piece);
    const unrelated = await activate(w, examplePiece());
    const stranger = w.dealStatus.connect(w.stranger);
    for (const [wrong, error] of [
      [[0n, dealId, w.provider], "DealStatus_UnknownRequest"],
      [[id, 1_000_000n, w.provider], "DealStatus_DealNotLive"],
      [[id, dealId, w.otherProvider], "DealStatus_WrongProvider"],
      [[id, unrelated.dealId, w.provider], "DealStatus_WrongCommitment"],
    ] as const) {
      await expect(stranger[COMPLETE](...wrong, WHOLE_DEAL, verifierData(piece))).to.be.revertedWithCustomError(
        w.dealStatus,
        error,
      );
    }
    // Any caller may still complete, for it makes no difference who does.
    await stranger[COMPLETE](id, dealId, w.provider, WHOLE_DEAL, verifierData(piece));
  });

  it("the commitment was compared without its 0x00 prefix, so that the check could never pass", async () => {
    // f05 answers with the prefix, and the check passes; with and without it in the caller's own CID.
    for (const cid of [cidV1(piece), ethers.concat(["0x00", cidV1(piece)])]) {
      const { dealId } = await activate(w, piece);
      const id = await request(w, piece);
      await w.dealStatus[COMPLETE](id, dealId, w.provider, WHOLE_DEAL, verifierData(piece, cid));
    }
  });

  it("the term's second field was taken for an end epoch", async () => {
    const { startEpoch, endEpoch } = await listWhole(w, piece);
    const { pieces } = await w.dealStatus.inspect([cidV2(piece)], 0n);
    expect(pieces[0]!.deals[0]!.end).to.equal(endEpoch);
    // As an end epoch the duration would lie before now from here on, and subtracting would panic.
    await skipTo(w, endEpoch - startEpoch + 1n);
    expect((await w.dealStatus[EXPIRING_IN](cidV2(piece), 10n)).length).to.equal(0);
    await skipTo(w, endEpoch - 10n);
    expect((await w.dealStatus[EXPIRING_IN](cidV2(piece), 10n)).length).to.equal(1);
  });

  it("delete array[i] left zero-filled holes, and a count by .length never saw a missing replica", async () => {
    const deals = [await listWhole(w, piece), await listWhole(w, piece), await listWhole(w, piece)];
    await w.filecoin.terminate(w.provider, deals[0]!.sector);
    expect((await w.dealStatus[ACTIVE](cidV2(piece))).map(({ dealId }) => dealId)).to.deep.equal([
      deals[1]!.dealId,
      deals[2]!.dealId,
    ]);
    await w.dealStatus.prune(cidV2(piece), [
      { dealId: deals[0]!.dealId, providerId: w.provider, marketActorId: MARKET },
    ]);
    const left = await w.dealStatus[ALL](cidV2(piece));
    expect(left.length).to.equal(2);
    for (const { minerId } of left) expect(minerId).to.equal(w.provider);
  });

  it("activated == -1 and terminated > 0 made pending deals active, and dead ones were never seen", async () => {
    const { dealId, startEpoch } = await publish(w, piece);
    const id = await request(w, piece);
    await w.dealStatus[COMPLETE](id, dealId, w.provider, WHOLE_DEAL, verifierData(piece));
    expect(await w.dealStatus[ACTIVE](cidV2(piece))).to.deep.equal([]);
    const dead = await listWhole(w, piece);
    await w.filecoin.terminate(w.provider, dead.sector);
    const states = async () =>
      (await w.dealStatus.inspect([cidV2(piece)], 0n)).pieces[0]!.deals.map(({ state }) => state);
    expect(await states()).to.deep.equal([STATE.Published, STATE.Gone]);
    await skipTo(w, startEpoch + 1n);
    expect(await states()).to.deep.equal([STATE.Gone, STATE.Gone]);
  });

  it("one expired deal reverted the list", async () => {
    const expired = await listWhole(w, piece);
    await skipTo(w, expired.endEpoch);
    await w.filecoin.settle([expired.dealId]);
    const living = await listWhole(w, piece);
    const ids = async (deals: Promise<{ dealId: bigint }[]>) => (await deals).map(({ dealId }) => dealId);
    expect(await ids(w.dealStatus[ACTIVE](cidV2(piece)))).to.deep.equal([living.dealId]);
    expect(await ids(w.dealStatus[EXPIRING_IN](cidV2(piece), 2n ** 64n - 1n))).to.deep.equal([living.dealId]);
    expect((await w.dealStatus[ALL](cidV2(piece))).length).to.equal(2);
    expect((await w.dealStatus.getFaultyDeals(cidV2(piece), 0n, 100n)).deals.length).to.equal(0);
    const { pieces } = await w.dealStatus.inspect([cidV2(piece)], 0n);
    expect(pieces[0]!.deals.map(({ state }) => state)).to.deep.equal([STATE.Gone, STATE.Active]);
  });

  it("lists had duplicates, and the cost of complete grew with them", async () => {
    const gas: bigint[] = [];
    for (let n = 0; n < 60; n++) {
      const { dealId } = await activate(w, piece);
      const id = await request(w, piece);
      const complete = () => w.dealStatus[COMPLETE](id, dealId, w.provider, WHOLE_DEAL, verifierData(piece));
      gas.push((await (await complete()).wait())!.gasUsed);
      if (n > 0) continue;
      const again = await request(w, piece);
      await expect(
        w.dealStatus[COMPLETE](again, dealId, w.provider, WHOLE_DEAL, verifierData(piece)),
      ).to.be.revertedWithCustomError(w.dealStatus, "DealStatus_AlreadyListed");
    }
    // Compared among ids of the same length; a loop over the list would read a slot for every deal on it.
    const difference = gas[59]! - gas[30]!;
    expect(difference < 2_100n && difference > -2_100n, `difference ${difference}`).to.equal(true);
  });

  it("the proof's arguments were swapped, so that completion always reverted", async () => {
    const aggregate = await aggregateOf([piece, examplePiece()]);
    const { dealId } = await activate(w, aggregate.piece);
    const id = await request(w, piece);
    const { proofSubtree, proofIndex } = aggregate.members[0]!.proof;
    const swapped = { proofSubtree: proofIndex, proofIndex: proofSubtree };
    await expect(
      w.dealStatus[COMPLETE](id, dealId, w.provider, swapped, verifierData(piece)),
    ).to.be.revertedWithCustomError(w.dealStatus, "DataSegment_DepthsDiffer");
    await w.dealStatus[COMPLETE](id, dealId, w.provider, { proofSubtree, proofIndex }, verifierData(piece));
  });

  it("thresholds were hard-coded to 1000 epochs, and a job's own ignored", async () => {
    const { endEpoch } = await listWhole(w, piece);
    const id = await requestRaaS(w, piece, { target: 7n, repair: 4_000n, renew: 5_000n });
    expect((await w.dealStatus.requestOf(id)).terms).to.deep.equal([7n, 4_000n, 5_000n]);
    await skipTo(w, endEpoch - 5_001n);
    expect((await w.dealStatus[EXPIRING](cidV2(piece))).length).to.equal(0);
    await skipTo(w, endEpoch - 5_000n);
    expect((await w.dealStatus[EXPIRING](cidV2(piece))).length).to.equal(1);
  });
});
