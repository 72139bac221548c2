import { expect } from "chai";

import { valuesOf } from "../../../../src/protocol/enums";
import {
  activeFixture,
  exampleData,
  marketFixture,
  repairingFixture,
  type MarketWorld,
  provenTo,
  type Sealed,
  Reason,
  State,
} from "../../../support/repairMarket";

const BPS = 10_000n;

const evidenceOf = async (world: MarketWorld, sealed: Sealed[], shards: number[]) => {
  const evidence = [];
  for (const shard of shards) evidence.push({ shard, location: await world.locationOf(sealed[shard]!) });
  return evidence;
};

describe("RepairMarket under attack", () => {
  describe("a client who runs n − k + 1 of the providers and terminates them together", () => {
    /** The client's three sectors of four are gone, at `after` epochs of the term; it reports its own doing. */
    const struck = async (after: bigint) => {
      const active = await activeFixture();
      const { world, market, dealId, start } = active;
      const sealed = [...active.sealed];
      const client = market.connect(world.client);
      await world.nextAt(start + after);
      await world.prove(dealId, sealed);
      for (const shard of [0, 1, 2]) {
        await world.filecoin.terminate(sealed[shard]!.provider, sealed[shard]!.sector);
        await client.reportLoss(dealId, shard, await world.locationOf(sealed[shard]!));
      }
      return { ...active, sealed, client, lastMark: await world.now() };
    };

    for (const after of [1_000n, 4_000n]) {
      it(`gains 70 % of the stake and pays for ${after} epochs: above zero only in the first 14 % of the term`, async () => {
        const { world, market, client, miner, dealId, sealed, lastMark, stake, total, bid } = await struck(after);
        const evidence = await evidenceOf(world, sealed, [0, 1, 2]);
        await world.nextAt(lastMark + world.rules.repairWindow + 1n);
        // The client is reporter, slasher and client in one. The deadline of the proof has been missed as well by then;
        // the evidence takes the whole stake, whatever had fallen due.
        await client.slashRepairMiner(miner, dealId, evidence);
        const earned = (total * after) / bid.time;
        const taken = (stake * (world.rules.clientBps + world.rules.reporterBps)) / BPS;
        const gain = (await market.creditOf(world.client.address)) - total;
        expect(gain).to.equal(taken - earned);
        expect(taken).to.equal((stake * 7n) / 10n);
        // The stake is 20 % of the total, so what is taken pays for 14 % of the term: 2 800 of 20 000 epochs.
        expect(gain > 0n).to.equal(after < 2_800n);
        expect([await market.creditOf(world.owner.address), await market.unburnt()]).to.deep.equal([
          earned,
          stake - taken,
        ]);
      });
    }

    it("gains nothing from a miner that kept the bytes and places them anew in time; its three sectors are gone", async () => {
      const { world, market, miner, data, dealId, sealed, lastMark, stake, total, bid, start, end } =
        await struck(4_000n);
      await world.nextAt(lastMark + 2_000n);
      for (const shard of [0, 1, 2]) {
        sealed[shard] = await world.seal(data, shard, miner);
        await miner.placeShards(dealId, [await world.placement(data, shard, sealed[shard])]);
      }
      for (const due of [9_000n, 14_500n, 18_000n]) {
        await world.nextAt(start + due);
        await world.prove(dealId, sealed);
      }
      await world.nextAt(end + 1n);
      await market.settle(dealId);
      expect(await market.creditOf(world.client.address)).to.equal(0n);
      expect(await market.creditOf(world.owner.address)).to.equal(total);
      const { collateral, locked } = await market.minerOf(1n);
      expect([locked, await market.unburnt()]).to.deep.equal([0n, 0n]);
      expect(collateral > stake && bid.time > 0n).to.equal(true);
    });

    it("cannot slash for n − k of them: the data is still there", async () => {
      const { world, market, miner, dealId, sealed, lastMark } = await struck(1_000n);
      const evidence = await evidenceOf(world, sealed, [0, 1]);
      await world.nextAt(lastMark + world.rules.repairWindow + 1n);
      await expect(market.slashRepairMiner(miner, dealId, evidence))
        .to.be.revertedWithCustomError(market, "RepairMarket_StillRecoverable")
        .withArgs(2, 2);
    });
  });

  describe("data lost in the last repair window", () => {
    /** Three of four shards die a hundred epochs before the end; their repair windows outlast the term. */
    const late = async () => {
      const active = await activeFixture();
      const { world, market, dealId, sealed, start, end } = active;
      await provenTo(world, dealId, sealed, start, 14_100n);
      await world.nextAt(end - 100n);
      for (const shard of [0, 1, 2]) {
        await world.filecoin.terminate(sealed[shard]!.provider, sealed[shard]!.sector);
        await market.connect(world.reporter).reportLoss(dealId, shard, await world.locationOf(sealed[shard]!));
      }
      return { ...active, lastMark: await world.now() };
    };

    it("takes the whole stake as long as nobody has settled", async () => {
      const { world, market, miner, dealId, sealed, lastMark, end, stake } = await late();
      const evidence = await evidenceOf(world, sealed, [0, 1, 2]);
      await world.nextAt(lastMark + world.rules.repairWindow + 1n);
      expect((await world.now()) > end).to.equal(true);
      await expect(market.slashRepairMiner(miner, dealId, evidence))
        .to.emit(market, "DealFailed")
        .withArgs(dealId, Reason.DataLost);
      expect((await market.orderOf(dealId)).stake).to.equal(0n);
      expect((await market.minerOf(1n)).locked).to.equal(0n);
      expect(stake > 0n).to.equal(true);
    });

    it("is a strike for the tail once it is settled", async () => {
      const { world, market, miner, dealId, sealed, end, stake, total, bid } = await late();
      const evidence = await evidenceOf(world, sealed, [0, 1, 2]);
      await world.nextAt(end + world.rules.finalWindow + 1n);
      await market.settle(dealId);
      await expect(market.slashRepairMiner(miner, dealId, evidence))
        .to.be.revertedWithCustomError(market, "RepairMarket_WrongState")
        .withArgs(dealId, State.Finished);
      const strike = (stake * world.rules.strikeBps) / BPS;
      const earned = (total * 14_100n) / bid.time;
      const toClient = (strike * world.rules.clientBps) / BPS;
      expect(await market.creditOf(world.client.address)).to.equal(total - earned + toClient);
      expect(await market.creditOf(world.owner.address)).to.equal(earned);
    });
  });

  describe("a provider that faults every day", () => {
    it("and recovers each time costs the miner transactions, and neither stake nor pay", async () => {
      const { world, market, dealId, sealed, start, end, total, stake } = await activeFixture();
      const { provider, sector } = sealed[1]!;
      for (let day = 1n; day <= 6n; day++) {
        await world.nextAt(start + day * 2_880n);
        await world.filecoin.declareFault(provider, sector);
        await market.connect(world.reporter).reportLoss(dealId, 1, await world.locationOf(sealed[1]!));
        // It cannot be proven while it is faulty, and what the others prove does not cover it.
        await expect(world.prove(dealId, sealed)).to.be.revertedWithCustomError(market, "RepairMarket_NotProvenActive");
        await world.filecoin.recover(provider, sector);
        await world.prove(dealId, sealed);
      }
      const order = await market.orderOf(dealId);
      expect([order.progress.strikes, order.progress.marks, order.stake]).to.deep.equal([0n, 0n, stake]);
      await world.nextAt(end + 1n);
      await market.settle(dealId);
      expect(await market.creditOf(world.owner.address)).to.equal(total);
      // Reporting what heals earns nothing: nobody can live on marking and curing.
      expect(await market.creditOf(world.reporter.address)).to.equal(0n);
    });

    it("and is faulty at each proof earns nothing and costs the stake, strike by strike", async () => {
      const { world, market, miner, dealId, sealed, start, total, stake } = await activeFixture();
      const { provingPeriod, strikePeriod } = world.rules;
      await world.filecoin.declareFault(sealed[1]!.provider, sealed[1]!.sector);
      for (const strike of [0n, 1n, 2n]) {
        await world.nextAt(start + provingPeriod + strike * strikePeriod + 1n);
        // The other three are proven every day, for nothing.
        if (strike < 2n) await world.prove(dealId, sealed, [0, 2, 3]);
        else await market.slashRepairMiner(miner, dealId, []);
      }
      const order = await market.orderOf(dealId);
      expect([order.state, order.stake, order.pay.provenEpochs]).to.deep.equal([State.Failed, 0n, 0n]);
      const half = stake / 2n;
      const toClient = (stake * world.rules.clientBps) / BPS;
      expect(await market.creditOf(world.client.address)).to.equal(total + toClient);
      // Two strikes fell in proofs, where nobody earned the reporter's share.
      expect(await market.creditOf(world.stranger.address)).to.equal((half * world.rules.reporterBps) / BPS);
    });
  });

  describe("a location", () => {
    /** Shard 0's sector lies in its provider's second partition, and is moved by a compaction. */
    const moved = async () => {
      const world = await marketFixture();
      const data = await exampleData();
      const miner = await world.createMiner();
      const provider = await world.filecoin.createMiner({ partitionSectors: 1n });
      const expiration = (await world.now()) + 600_000n;
      const before = [];
      // As many as there are deadlines, so that the shard's sector is the second partition of one of them.
      for (let i = 0; i < 48; i++) before.push(await world.filecoin.commitSector({ provider, expiration }));
      const dealId = await world.addDeal(data, miner);
      const sealed: Sealed[] = [await world.seal(data, 0, miner, { provider })];
      for (const shard of [1, 2, 3]) sealed.push(await world.seal(data, shard, miner));
      const placements = [];
      for (const [shard, where] of sealed.entries()) placements.push(await world.placement(data, shard, where));
      await miner.placeShards(dealId, placements);
      await world.prove(dealId, sealed);
      const stale = await world.locationOf(sealed[0]!);
      for (const sector of before) await world.filecoin.terminate(provider, sector);
      await world.filecoin.compact(provider);
      return { world, market: world.market, dealId, sealed, stale };
    };

    it("that a compaction made stale proves neither loss nor health", async () => {
      const { world, market, dealId, sealed, stale } = await moved();
      expect(await world.locationOf(sealed[0]!)).to.not.equal(stale);
      await expect(market.reportLoss(dealId, 0, stale))
        .to.be.revertedWithCustomError(market, "RepairMarket_NotProvenLost")
        .withArgs(0);
      await expect(market.proveRepair(dealId, [0], [stale]))
        .to.be.revertedWithCustomError(market, "RepairMarket_NotProvenActive")
        .withArgs(0);
      await world.prove(dealId, sealed);
    });

    it("of no partition, of another sector, or of no shape at all proves no loss of a living sector", async () => {
      const { world, market, dealId, sealed } = await activeFixture();
      for (const location of [
        "0x822020",
        "0x820000",
        "0x82182f1863",
        "0x",
        "0x80",
        "0xf5",
        `0x${"00".repeat(24)}`,
        await world.locationOf(sealed[1]!),
        // Made while it was healthy, and made again while another was faulty.
        await world.locationOf(sealed[0]!),
      ]) {
        await expect(market.reportLoss(dealId, 0, location), location)
          .to.be.revertedWithCustomError(market, "RepairMarket_NotProvenLost")
          .withArgs(0);
      }
    });

    it("that proved a fault proves none once the sector recovered", async () => {
      const { world, market, dealId, sealed } = await activeFixture();
      await world.filecoin.declareFault(sealed[0]!.provider, sealed[0]!.sector);
      const location = await world.locationOf(sealed[0]!);
      await world.filecoin.recover(sealed[0]!.provider, sealed[0]!.sector);
      await expect(market.reportLoss(dealId, 0, location)).to.be.revertedWithCustomError(
        market,
        "RepairMarket_NotProvenLost",
      );
    });

    it("read with too little gas never makes a living sector lost, nor a faulty one healthy", async () => {
      const { world, market, dealId, sealed } = await repairingFixture();
      const healthy = await world.locationOf(sealed[1]!);
      const faulty = await world.locationOf(sealed[0]!);
      for (let gasLimit = 60_000n; gasLimit < 700_000n; gasLimit += 20_000n) {
        await expect(market.reportLoss.staticCall(dealId, 1, healthy, { gasLimit })).to.be.reverted;
        await expect(market.cure.staticCall(dealId, 0, faulty, { gasLimit })).to.be.reverted;
        await expect(market.proveRepair.staticCall(dealId, [0], [faulty], { gasLimit })).to.be.reverted;
      }
    });
  });

  describe("a sector after its deal's end", () => {
    /** All shards lie in f05 deals that end `left` epochs after the market's deal was made; the sectors live on. */
    const ending = async (left: bigint) => {
      const world = await marketFixture();
      const data = await exampleData();
      const miner = await world.createMiner();
      await world.market.connect(world.client).registerClient(miner);
      const deals = [];
      for (const shard of [0, 1, 2, 3]) deals.push(await world.sealDeal(data, shard));
      const ends = (await world.filecoin.deal(deals[0]!.dealId))!.endEpoch;
      for (const { provider, sector } of deals) await world.filecoin.extend(provider, sector, ends + 500_000n);
      await world.nextAt(ends - left);
      const dealId = await world.addDeal(data, miner);
      await miner.placeShards(
        dealId,
        deals.map(({ placement }) => ({ ...placement, fullTerm: true })),
      );
      await world.prove(dealId, deals);
      return { world, market: world.market, data, miner, dealId, deals, ends };
    };

    it("is not believed any more, though it is Active: whoever owns it may replace what is in it", async () => {
      const { world, market, data, miner, dealId, deals, ends } = await ending(4_000n);
      await world.nextAt(ends);
      await world.prove(dealId, deals);
      const { validUntil } = (await market.placementsOf(dealId))[0]!;
      expect(validUntil).to.equal(ends);
      await world.nextAt(ends + 1n);
      await expect(world.prove(dealId, deals))
        .to.be.revertedWithCustomError(market, "RepairMarket_PastValidUntil")
        .withArgs(0, ends);
      expect((await world.lens.locate(deals[0]!.provider, deals[0]!.sector)).status).to.equal(
        valuesOf("SectorStatus").Active,
      );
      await world.filecoin.settle(deals.map((deal) => deal.dealId));
      // Nor is it found again by the same deal, nor cured once it is reported, which needs no location.
      const again = { ...deals[0]!.placement, fullTerm: true, location: await world.locationOf(deals[0]!) };
      await expect(miner.placeShards(dealId, [again])).to.be.revertedWithCustomError(
        market,
        "RepairMarket_PlacementInvalid",
      );
      await market.connect(world.reporter).reportLoss(dealId, 0, "0x");
      await expect(market.cure(dealId, 0, again.location)).to.be.revertedWithCustomError(
        market,
        "RepairMarket_PastValidUntil",
      );
      // A new sealing is believed.
      const fresh = await world.seal(data, 0, miner);
      await miner.placeShards(dealId, [await world.placement(data, 0, fresh)]);
      expect((await market.orderOf(dealId)).progress.marks).to.equal(0n);
    });

    it("is not paid for the tail that its deal does not reach, though the proof falls into the final window", async () => {
      const { world, market, dealId, deals, ends } = await ending(19_000n);
      const { progress, pay } = await market.orderOf(dealId);
      const end = progress.start + pay.duration;
      for (const due of [6_000n, 12_000n, 18_000n]) {
        await world.nextAt(progress.start + due);
        await world.prove(dealId, deals);
      }
      expect([ends < end, progress.start + 18_000n > end - world.rules.finalWindow]).to.deep.equal([true, true]);
      expect((await market.orderOf(dealId)).pay.provenEpochs).to.equal(18_000n);
      await world.nextAt(end + world.rules.finalWindow + 1n);
      await market.settle(dealId);
      const earned = (pay.total * 18_000n) / pay.duration;
      expect(await market.creditOf(world.owner.address)).to.equal(earned);
      expect(await market.creditOf(world.client.address)).to.equal(pay.total - earned);
    });

    it("cannot be given new contents under its old number, while Filecoin's rule holds", async () => {
      const { world, deals } = await ending(4_000n);
      const { provider, sector } = deals[0]!;
      const other = await exampleData(2, 4, 1_000, 7);
      const pieces = [{ root: other.shards[0]!.root, paddedBytes: 512n }];
      await expect(world.filecoin.updateSectors(provider, [{ number: sector, pieces }], false)).to.be.rejected;
    });
  });
});
