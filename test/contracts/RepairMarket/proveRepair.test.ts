import { expect } from "chai";

import {
  activeFixture,
  marketFixture,
  placedFixture,
  placingFixture,
  provenTo,
  repairingFixture,
  shortLived,
  State,
} from "../../support/repairMarket";

const NEVER = (1n << 32n) - 1n;

describe("RepairMarket", () => {
  describe("proveRepair", () => {
    describe("what it is given", () => {
      it("reverts for unequal lengths, repeated, unknown and unplaced shards", async () => {
        const { world, market, dealId, sealed } = await placedFixture();
        const location = await world.locationOf(sealed[0]!);
        await expect(market.proveRepair(dealId, [0], []))
          .to.be.revertedWithCustomError(market, "RepairMarket_LengthsDiffer")
          .withArgs(1, 0);
        await expect(market.proveRepair(dealId, [0, 0], [location, location]))
          .to.be.revertedWithCustomError(market, "RepairMarket_ShardRepeated")
          .withArgs(0);
        await expect(market.proveRepair(dealId, [4], [location]))
          .to.be.revertedWithCustomError(market, "RepairMarket_ShardOutOfRange")
          .withArgs(4, 4);
        const bare = await placingFixture();
        await expect(bare.market.proveRepair(bare.dealId, [0], ["0x"]))
          .to.be.revertedWithCustomError(market, "RepairMarket_ShardNotPlaced")
          .withArgs(0);
      });

      it("reverts for a sector that is not proven Active: faulty, dead, or elsewhere", async () => {
        const { world, market, dealId, sealed } = await placedFixture();
        const { provider, sector } = sealed[1]!;
        const stale = market.proveRepair(dealId, [1], ["0x82182f1863"]);
        await expect(stale).to.be.revertedWithCustomError(market, "RepairMarket_NotProvenActive").withArgs(1);
        await world.filecoin.declareFault(provider, sector);
        await expect(world.prove(dealId, sealed)).to.be.revertedWithCustomError(market, "RepairMarket_NotProvenActive");
        await world.filecoin.terminate(provider, sector);
        await expect(world.prove(dealId, sealed)).to.be.revertedWithCustomError(market, "RepairMarket_NotProvenActive");
      });

      it("reverts for an id that is none, and a bid that is no deal", async () => {
        const { world, market, bid } = await placedFixture();
        await expect(market.proveRepair(99n, [], [])).to.be.revertedWithCustomError(market, "RepairMarket_UnknownId");
        const open = await world.addBid(bid);
        await expect(market.proveRepair(open, [], []))
          .to.be.revertedWithCustomError(market, "RepairMarket_WrongState")
          .withArgs(open, State.Open);
      });
    });

    describe("while placing", () => {
      it("begins the term when all shards are proven at once", async () => {
        const { world, market, dealId, sealed, bid } = await placedFixture();
        const sent = await world.prove(dealId, sealed);
        const start = await world.now();
        await expect(sent)
          .to.emit(market, "DealStarted")
          .withArgs(dealId, start, start + bid.time);
        const { progress, state } = await market.orderOf(dealId);
        expect([state, progress.start, progress.provenThrough, progress.deadline]).to.deep.equal([
          State.Active,
          start,
          start,
          start + world.rules.provingPeriod,
        ]);
        expect((await market.minerOf(1)).power).to.equal(bid.size);
      });

      it("begins it when the last of them is, in parts; a placement is its shard's proof", async () => {
        const { world, market, dealId, sealed } = await placedFixture();
        await world.prove(dealId, sealed, [0]);
        // The other three were proven when they were placed.
        expect((await market.orderOf(dealId)).state).to.equal(State.Active);
      });

      it("does not begin while a shard has no place", async () => {
        const { world, market, data, miner, dealId } = await placingFixture();
        const sealed = [];
        for (const shard of [0, 1, 2]) {
          sealed.push(await world.seal(data, shard, miner));
          await miner.placeShards(dealId, [await world.placement(data, shard, sealed[shard]!)]);
        }
        await world.prove(dealId, sealed);
        expect((await market.orderOf(dealId)).state).to.equal(State.Placing);
      });

      // The placement window is the shorter one; within it no proof can be a proving period old. So the deal is let begin
      // on the window's last epoch, and not after.
      for (const [when, offset] of [
        ["one epoch before", -1n],
        ["at", 0n],
        ["one epoch after", 1n],
      ] as const) {
        it(`${offset > 0n ? "reverts" : "begins"} ${when} the placement deadline`, async () => {
          const { world, market, dealId, sealed } = await placedFixture();
          const { deadline } = (await market.orderOf(dealId)).progress;
          const locations = await Promise.all(sealed.map((one) => world.locationOf(one)));
          await world.nextAt(deadline + offset);
          const sent = market.proveRepair(dealId, [0, 1, 2, 3], locations);
          if (offset > 0n) {
            await expect(sent)
              .to.be.revertedWithCustomError(market, "RepairMarket_PlacementDeadlineMissed")
              .withArgs(deadline);
          } else await expect(sent).to.emit(market, "DealStarted");
        });
      }
    });

    describe("while active", () => {
      for (const [when, offset, strikes] of [
        ["one epoch before", -1n, 0n],
        ["at", 0n, 0n],
        ["one epoch after", 1n, 1n],
      ] as const) {
        it(`${strikes === 0n ? "pays all" : "strikes and pays nothing"} ${when} the deadline`, async () => {
          const { world, market, dealId, sealed, start, total, bid } = await activeFixture();
          const deadline = start + world.rules.provingPeriod;
          await world.nextAt(deadline + offset);
          await world.prove(dealId, sealed);
          const order = await market.orderOf(dealId);
          expect(order.progress.strikes).to.equal(strikes);
          expect(order.pay.provenEpochs).to.equal(strikes === 0n ? deadline + offset - start : 0n);
          expect(order.progress.provenThrough).to.equal(deadline + offset);
          expect(order.progress.deadline).to.equal(deadline + offset + world.rules.provingPeriod);
          const [earned] = await world.lens.earnedOf(dealId);
          expect(earned).to.equal((total * order.pay.provenEpochs) / bid.time);
        });
      }

      it("is proven through the epoch at which the last of its shards was (the minimum)", async () => {
        const { world, market, dealId, sealed, start } = await activeFixture();
        await world.nextAt(start + 100n);
        await world.prove(dealId, sealed, [0, 1]);
        await world.nextAt(start + 200n);
        await world.prove(dealId, sealed, [2]);
        expect((await market.orderOf(dealId)).progress.provenThrough).to.equal(start);
        await world.nextAt(start + 300n);
        await world.prove(dealId, sealed, [3]);
        expect((await market.orderOf(dealId)).progress.provenThrough).to.equal(start + 100n);
        await world.nextAt(start + 400n);
        await world.prove(dealId, sealed, [0, 1]);
        const { progress, pay } = await market.orderOf(dealId);
        expect([progress.provenThrough, pay.provenEpochs]).to.deep.equal([start + 200n, 200n]);
      });

      it("does not count partial proofs from before a strike", async () => {
        const { world, market, dealId, sealed, start } = await activeFixture();
        const deadline = start + world.rules.provingPeriod;
        await world.nextAt(deadline - 10n);
        await world.prove(dealId, sealed, [0, 1, 2]);
        await world.nextAt(deadline + 10n);
        await world.prove(dealId, sealed, [3]);
        const late = (await market.orderOf(dealId)).progress;
        expect([late.strikes, late.lapsed, late.provenThrough]).to.deep.equal([1n, true, start]);
        await world.nextAt(deadline + 20n);
        await world.prove(dealId, sealed, [0, 1, 2]);
        const { progress, pay } = await market.orderOf(dealId);
        expect([progress.lapsed, progress.provenThrough, pay.provenEpochs]).to.deep.equal([false, deadline + 10n, 0n]);
      });

      it("burns the reporter's share of a late proof when nobody reported", async () => {
        const { world, market, dealId, sealed, start, stake } = await activeFixture();
        await world.nextAt(start + world.rules.provingPeriod + 1n);
        await world.prove(dealId, sealed);
        const taken = (stake * world.rules.strikeBps) / 10_000n;
        const toClient = (taken * world.rules.clientBps) / 10_000n;
        expect(await market.creditOf(world.client.address)).to.equal(toClient);
        expect(await market.unburnt()).to.equal(taken - toClient);
        expect(await market.creditOf(world.stranger.address)).to.equal(0n);
      });

      it("takes the mark of a shard that is Active again", async () => {
        const { world, market, dealId, sealed } = await repairingFixture();
        await world.filecoin.recover(sealed[0]!.provider, sealed[0]!.sector);
        await expect(world.prove(dealId, sealed)).to.emit(market, "ShardCured").withArgs(dealId, 0);
        expect((await market.orderOf(dealId)).progress.marks).to.equal(0n);
      });

      it("ends the deal instead when the last strike falls", async () => {
        const { world, market, dealId, sealed, start } = await activeFixture();
        const { provingPeriod, strikePeriod, maxStrikes } = world.rules;
        await world.nextAt(start + provingPeriod + strikePeriod * (maxStrikes - 1n) + 1n);
        await world.prove(dealId, sealed);
        const order = await market.orderOf(dealId);
        expect([order.state, order.stake, order.progress.strikes]).to.deep.equal([State.Failed, 0n, maxStrikes]);
        expect((await market.minerOf(1)).locked).to.equal(0n);
        expect(await market.creditOf(world.owner.address)).to.equal(0n);
      });
    });

    describe("past validity", () => {
      for (const [when, offset] of [
        ["at the last valid epoch", 0n],
        ["one epoch after", 1n],
      ] as const) {
        it(`${offset > 0n ? "reverts" : "proves"} ${when}`, async () => {
          const world = await marketFixture();
          const { dealId, sealed } = await shortLived(world);
          const { validUntil } = (await world.market.placementsOf(dealId))[0]!;
          const locations = await Promise.all(sealed.map((one) => world.locationOf(one)));
          await world.nextAt(validUntil + offset);
          const sent = world.market.proveRepair(dealId, [0], [locations[0]!]);
          if (offset > 0n) {
            await expect(sent)
              .to.be.revertedWithCustomError(world.market, "RepairMarket_PastValidUntil")
              .withArgs(0, validUntil);
          } else await expect(sent).to.emit(world.market, "ShardsProven");
        });
      }
    });

    describe("the final window", () => {
      for (const [when, offset, covers] of [
        ["one epoch before it", -1n, false],
        ["at its first epoch", 0n, true],
        ["one epoch into it", 1n, true],
      ] as const) {
        it(`${covers ? "covers to the end" : "covers up to the proof"} ${when}`, async () => {
          const { world, market, dealId, sealed, start, end } = await activeFixture();
          await provenTo(world, dealId, sealed, start, 12_000n);
          const first = end - world.rules.finalWindow;
          await world.nextAt(first + offset);
          await world.prove(dealId, sealed);
          const { progress, pay } = await market.orderOf(dealId);
          expect(pay.provenEpochs).to.equal(covers ? end - start : first + offset - start);
          // Uncovered by more than the final window: due at the window's last epoch.
          expect(progress.deadline).to.equal(covers ? NEVER : end + world.rules.finalWindow);
        });
      }

      for (const [when, offset] of [
        ["at its last epoch", 0n],
        ["one epoch after", 1n],
      ] as const) {
        it(`${offset > 0n ? "is over" : "covers to the end"} ${when}`, async () => {
          const { world, market, dealId, sealed, start, end } = await activeFixture();
          await provenTo(world, dealId, sealed, start, 14_100n);
          const last = end + world.rules.finalWindow;
          await world.nextAt(last + offset);
          const sent = world.prove(dealId, sealed);
          if (offset > 0n)
            await expect(sent).to.be.revertedWithCustomError(market, "RepairMarket_DealOver").withArgs(last);
          else {
            await sent;
            expect((await market.orderOf(dealId)).pay.provenEpochs).to.equal(end - start);
          }
        });
      }
    });
  });
});
