import { expect } from "chai";
import { ethers } from "hardhat";

import {
  activeFixture,
  type MarketWorld,
  placedFixture,
  placingFixture,
  provenTo,
  repairingFixture,
  type Sealed,
  Reason,
  State,
} from "../../support/repairMarket";

const BPS = 10_000n;

/** A deadline that does not come. */
const NEVER = 2n ** 32n - 1n;

/** How an amount is shared: rounded down, the burn takes the rest. */
function shares({ rules }: MarketWorld, amount: bigint) {
  const client = (amount * rules.clientBps) / BPS;
  const reporter = (amount * rules.reporterBps) / BPS;
  return { client, reporter, burnt: amount - client - reporter };
}

describe("RepairMarket", () => {
  describe("slashRepairMiner", () => {
    it("reverts for an id that is none, another miner, and a bid", async () => {
      const { world, market, miner, dealId, bid } = await placingFixture();
      const other = await world.createMiner();
      await expect(market.slashRepairMiner(miner, 99n, [])).to.be.revertedWithCustomError(
        market,
        "RepairMarket_UnknownId",
      );
      await expect(market.slashRepairMiner(other, dealId, []))
        .to.be.revertedWithCustomError(market, "RepairMarket_WrongMiner")
        .withArgs(await miner.getAddress(), await other.getAddress());
      const open = await world.addBid(bid);
      await expect(market.slashRepairMiner(ethers.ZeroAddress, open, []))
        .to.be.revertedWithCustomError(market, "RepairMarket_WrongState")
        .withArgs(open, State.Open);
    });

    describe("while placing", () => {
      for (const [when, offset] of [
        ["one epoch before", -1n],
        ["at", 0n],
        ["one epoch after", 1n],
      ] as const) {
        it(`${offset > 0n ? "takes the whole stake" : "takes nothing"} ${when} the placement deadline`, async () => {
          const { world, market, miner, dealId } = await placedFixture();
          const { progress, stake, pay } = await market.orderOf(dealId);
          await world.nextAt(progress.deadline + offset);
          const sent = market.slashRepairMiner(miner, dealId, []);
          if (offset <= 0n) {
            await expect(sent)
              .to.be.revertedWithCustomError(market, "RepairMarket_NothingToSlash")
              .withArgs(progress.deadline);
            return;
          }
          await expect(sent).to.emit(market, "DealFailed").withArgs(dealId, Reason.PlacementMissed);
          const { client, reporter, burnt } = shares(world, stake);
          await expect(sent).to.emit(market, "Slashed").withArgs(dealId, 1n, stake, client, burnt);
          expect(await market.creditOf(world.client.address)).to.equal(pay.total + client);
          expect(await market.creditOf(world.stranger.address)).to.equal(reporter);
          expect(await market.unburnt()).to.equal(burnt);
          const record = await market.minerOf(1);
          expect([record.locked, record.used, record.power]).to.deep.equal([0n, 0n, 0n]);
          expect(await ethers.provider.getBalance(market)).to.equal(
            record.collateral + pay.total + client + reporter + burnt,
          );
        });
      }
    });

    describe("deadlines", () => {
      // A strike falls when its epoch has passed: the deadline, and each strike period after it.
      for (const [when, periods, offset, due] of [
        ["at the deadline", 0n, 0n, 0n],
        ["one epoch after the deadline", 0n, 1n, 1n],
        ["one epoch before a strike period is over", 1n, -1n, 1n],
        ["when a strike period is over", 1n, 0n, 1n],
        ["one epoch after that", 1n, 1n, 2n],
        ["when two are over", 2n, 0n, 2n],
        ["one epoch after that", 2n, 1n, 3n],
      ] as const) {
        it(`takes ${due} strikes ${when}`, async () => {
          const { world, market, miner, dealId, start, stake } = await activeFixture();
          const { provingPeriod, strikePeriod, strikeBps, maxStrikes } = world.rules;
          await world.nextAt(start + provingPeriod + periods * strikePeriod + offset);
          const sent = market.slashRepairMiner(miner, dealId, []);
          if (due === 0n) {
            await expect(sent)
              .to.be.revertedWithCustomError(market, "RepairMarket_NothingToSlash")
              .withArgs(start + provingPeriod);
            return;
          }
          await sent;
          const amount = due === maxStrikes ? stake : (stake * strikeBps * due) / BPS;
          const order = await market.orderOf(dealId);
          expect(order.stake).to.equal(stake - amount);
          expect(order.state).to.equal(due === maxStrikes ? State.Failed : State.Active);
          expect(order.progress.deadline).to.equal(start + provingPeriod + due * strikePeriod);
          expect(await market.creditOf(world.stranger.address)).to.equal(shares(world, amount).reporter);
          if (due === maxStrikes || offset === 0n) return;
          await expect(market.slashRepairMiner(miner, dealId, [])).to.be.revertedWithCustomError(
            market,
            "RepairMarket_NothingToSlash",
          );
        });
      }

      it("takes the same, however often it is called (I5)", async () => {
        const { world, market, miner, dealId, start, stake } = await activeFixture();
        const { provingPeriod, strikePeriod, strikeBps } = world.rules;
        await world.nextAt(start + provingPeriod + 1n);
        await market.slashRepairMiner(miner, dealId, []);
        await world.nextAt(start + provingPeriod + strikePeriod + 1n);
        await market.slashRepairMiner(miner, dealId, []);
        expect((await market.orderOf(dealId)).stake).to.equal(stake - (2n * stake * strikeBps) / BPS);
        await world.nextAt(start + provingPeriod + 2n * strikePeriod + 1n);
        await expect(market.slashRepairMiner(miner, dealId, []))
          .to.emit(market, "DealFailed")
          .withArgs(dealId, Reason.StrikesExhausted);
        const order = await market.orderOf(dealId);
        expect([order.stake, order.state]).to.deep.equal([0n, State.Failed]);
        expect((await market.minerOf(1)).locked).to.equal(0n);
      });

      it("leaves the miner what it had earned when the deal fails", async () => {
        const { world, market, miner, dealId, sealed, start, total, bid } = await activeFixture();
        await provenTo(world, dealId, sealed, start, 5_000n);
        const { provingPeriod, strikePeriod } = world.rules;
        await world.nextAt(start + 5_000n + provingPeriod + 2n * strikePeriod + 1n);
        const before = await market.creditOf(world.client.address);
        const stake = (await market.orderOf(dealId)).stake;
        await market.slashRepairMiner(miner, dealId, []);
        const earned = (total * 5_000n) / bid.time;
        expect(await market.creditOf(world.owner.address)).to.equal(earned);
        expect(await market.creditOf(world.client.address)).to.equal(
          before + total - earned + shares(world, stake).client,
        );
      });

      it("splits the reporter's share between who reported first and who slashed", async () => {
        const { world, market, miner, dealId, start, stake } = await repairingFixture();
        await world.nextAt(start + world.rules.provingPeriod + 1n);
        await market.slashRepairMiner(miner, dealId, []);
        const { reporter } = shares(world, (stake * world.rules.strikeBps) / BPS);
        expect(await market.creditOf(world.reporter.address)).to.equal(reporter / 2n);
        expect(await market.creditOf(world.stranger.address)).to.equal(reporter - reporter / 2n);
      });

      it("strikes once more for a tail that nobody proved, and never for having ended", async () => {
        const { world, market, miner, dealId, sealed, start, end, stake } = await activeFixture();
        // Deadline 20 100 lies past the end at 20 000; the uncovered tail of 5 900 is longer than the final window.
        await provenTo(world, dealId, sealed, start, 14_100n);
        const last = end + world.rules.finalWindow;
        await world.nextAt(last);
        await expect(market.slashRepairMiner(miner, dealId, []))
          .to.be.revertedWithCustomError(market, "RepairMarket_NothingToSlash")
          .withArgs(last);
        await market.slashRepairMiner(miner, dealId, []);
        expect((await market.orderOf(dealId)).stake).to.equal(stake - (stake * world.rules.strikeBps) / BPS);
        await world.nextAt(last + 50_000n);
        await expect(market.slashRepairMiner(miner, dealId, [])).to.be.revertedWithCustomError(
          market,
          "RepairMarket_NothingToSlash",
        );
      });

      // Proven to 12 000, the next proof is due at 18 000; the strike period after it would end behind the end at 20 000.
      for (const [when, epoch, due] of [
        ["one epoch before the end", 19_999n, 1n],
        ["at the end", 20_000n, 1n],
        ["one epoch after the end", 20_001n, 1n],
        ["one epoch before the final window is over", 22_879n, 1n],
        ["when the final window is over", 22_880n, 1n],
        ["one epoch after that", 22_881n, 2n],
      ] as const) {
        it(`takes ${due} for a deadline missed within the term, ${when}`, async () => {
          const { world, market, miner, dealId, sealed, start, stake } = await activeFixture();
          await provenTo(world, dealId, sealed, start, 12_000n);
          await world.nextAt(start + epoch);
          await market.slashRepairMiner(miner, dealId, []);
          const order = await market.orderOf(dealId);
          expect(order.stake).to.equal(stake - (stake * world.rules.strikeBps * due) / BPS);
          expect(order.progress.strikes).to.equal(due);
          expect(order.progress.deadline).to.equal(due === 1n ? start + 22_880n : NEVER);
        });
      }

      it("never strikes a deal whose tail is short", async () => {
        const { world, market, miner, dealId, sealed, start, end } = await activeFixture();
        await provenTo(world, dealId, sealed, start, 18_000n);
        await world.nextAt(end + 50_000n);
        await expect(market.slashRepairMiner(miner, dealId, [])).to.be.revertedWithCustomError(
          market,
          "RepairMarket_NothingToSlash",
        );
      });
    });

    describe("evidence of data loss", () => {
      /** Three of four shards dead (k = 2, so two are spare) and reported. */
      const lost = async () => {
        const active = await activeFixture();
        const { world, market, dealId, sealed, start } = active;
        await world.nextAt(start + 1n);
        for (const shard of [0, 1, 2]) {
          const { provider, sector } = sealed[shard]!;
          await world.filecoin.terminate(provider, sector);
          await market.connect(world.reporter).reportLoss(dealId, shard, await world.locationOf(sealed[shard]!));
        }
        return { ...active, lastMark: await world.now() };
      };
      const evidence = (world: MarketWorld, sealed: Sealed[], shards: number[]) =>
        Promise.all(shards.map(async (shard) => ({ shard, location: await world.locationOf(sealed[shard]!) })));

      it("reverts when k shards may still be there", async () => {
        const { world, market, miner, dealId, sealed } = await lost();
        await expect(market.slashRepairMiner(miner, dealId, await evidence(world, sealed, [0, 1])))
          .to.be.revertedWithCustomError(market, "RepairMarket_StillRecoverable")
          .withArgs(2, 2);
      });

      it("reverts for a shard named twice, one not marked, and one not dead", async () => {
        const { world, market, miner, dealId, sealed, lastMark } = await lost();
        await world.nextAt(lastMark + world.rules.repairWindow + 1n);
        await expect(market.slashRepairMiner(miner, dealId, await evidence(world, sealed, [0, 1, 1])))
          .to.be.revertedWithCustomError(market, "RepairMarket_ShardRepeated")
          .withArgs(1);
        await expect(market.slashRepairMiner(miner, dealId, await evidence(world, sealed, [0, 1, 3])))
          .to.be.revertedWithCustomError(market, "RepairMarket_NotMarked")
          .withArgs(3);
        const [a, b, c] = await evidence(world, sealed, [0, 1, 2]);
        await expect(market.slashRepairMiner(miner, dealId, [a!, b!, { ...c!, location: "0x82182f1863" }]))
          .to.be.revertedWithCustomError(market, "RepairMarket_NotProvenLost")
          .withArgs(2);
      });

      for (const [when, offset] of [
        ["at the last epoch of the newest loss's repair window", 0n],
        ["one epoch after", 1n],
      ] as const) {
        it(`${offset > 0n ? "takes the whole stake" : "reverts"} ${when}`, async () => {
          const { world, market, miner, dealId, sealed, lastMark, stake } = await lost();
          const proof = await evidence(world, sealed, [0, 1, 2]);
          const over = lastMark + world.rules.repairWindow;
          await world.nextAt(over + offset);
          const sent = market.slashRepairMiner(miner, dealId, proof);
          if (offset <= 0n) {
            await expect(sent).to.be.revertedWithCustomError(market, "RepairMarket_RepairWindowOpen").withArgs(2, over);
            return;
          }
          await expect(sent).to.emit(market, "DealFailed").withArgs(dealId, Reason.DataLost);
          const { reporter } = shares(world, stake);
          expect(await market.creditOf(world.reporter.address)).to.equal(reporter / 2n);
          expect(await market.creditOf(world.stranger.address)).to.equal(reporter - reporter / 2n);
          expect((await market.orderOf(dealId)).stake).to.equal(0n);
        });
      }
    });
  });
});
