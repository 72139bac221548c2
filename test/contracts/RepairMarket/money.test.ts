import { expect } from "chai";
import { ethers } from "hardhat";

import { activeFixture, openFixture, placedFixture, provenTo, Reason, State } from "../../support/repairMarket";

const BURNT = "0xff00000000000000000000000000000000000063";

describe("RepairMarket", () => {
  describe("settle", () => {
    it("reverts before the term begins, and for closed deals", async () => {
      const { world, market, miner, dealId } = await placedFixture();
      await expect(market.settle(dealId))
        .to.be.revertedWithCustomError(market, "RepairMarket_WrongState")
        .withArgs(dealId, State.Placing);
      await world.nextAt((await market.orderOf(dealId)).progress.deadline + 1n);
      await market.slashRepairMiner(miner, dealId, []);
      await expect(market.settle(dealId))
        .to.be.revertedWithCustomError(market, "RepairMarket_WrongState")
        .withArgs(dealId, State.Failed);
    });

    for (const [when, offset] of [
      ["one epoch before", -1n],
      ["at", 0n],
      ["one epoch after", 1n],
    ] as const) {
      it(`${offset > 0n ? "closes" : "reverts"} ${when} the end, when all is proven`, async () => {
        const { world, market, dealId, sealed, start, end, total } = await activeFixture();
        await provenTo(world, dealId, sealed, start, 18_000n);
        await world.nextAt(end + offset);
        const sent = market.settle(dealId);
        if (offset <= 0n) {
          await expect(sent).to.be.revertedWithCustomError(market, "RepairMarket_NotOver").withArgs(end);
          return;
        }
        await expect(sent).to.emit(market, "DealFinished").withArgs(dealId);
        expect(await market.creditOf(world.owner.address)).to.equal(total);
        expect(await market.creditOf(world.client.address)).to.equal(0n);
      });

      it(`${offset > 0n ? "closes, with the strike for the tail," : "reverts"} ${when} the final window's end, when not`, async () => {
        const { world, market, dealId, sealed, start, end, total, stake, bid } = await activeFixture();
        await provenTo(world, dealId, sealed, start, 14_100n);
        const last = end + world.rules.finalWindow;
        await world.nextAt(last + offset);
        const sent = market.settle(dealId);
        if (offset <= 0n) {
          await expect(sent).to.be.revertedWithCustomError(market, "RepairMarket_NotOver").withArgs(last);
          return;
        }
        await sent;
        const earned = (total * 14_100n) / bid.time;
        const taken = (stake * world.rules.strikeBps) / 10_000n;
        const toClient = (taken * world.rules.clientBps) / 10_000n;
        expect(await market.creditOf(world.owner.address)).to.equal(earned);
        expect(await market.creditOf(world.client.address)).to.equal(total - earned + toClient);
        // Nobody slashed, so the reporter's share is burnt: settling one's own deal must not pay.
        expect(await market.creditOf(world.stranger.address)).to.equal(0n);
        expect(await market.unburnt()).to.equal(taken - toClient);
        expect((await market.minerOf(1)).locked).to.equal(0n);
      });
    }

    it("takes all that is due from a deal that was abandoned and never slashed", async () => {
      const { world, market, dealId, end, total, stake } = await activeFixture();
      await world.nextAt(end + world.rules.finalWindow + 1n);
      await expect(market.settle(dealId)).to.emit(market, "DealFailed").withArgs(dealId, Reason.StrikesExhausted);
      const toClient = (stake * world.rules.clientBps) / 10_000n;
      expect(await market.creditOf(world.client.address)).to.equal(total + toClient);
      expect((await market.orderOf(dealId)).state).to.equal(State.Failed);
    });
  });

  describe("withdrawEarnings", () => {
    it("reverts when nothing was earned since", async () => {
      const { market, dealId } = await activeFixture();
      await expect(market.withdrawEarnings(dealId)).to.be.revertedWithCustomError(
        market,
        "RepairMarket_NothingToWithdraw",
      );
      await expect(market.withdrawEarnings(77n)).to.be.revertedWithCustomError(market, "RepairMarket_UnknownId");
    });

    it("pays the owner, whoever calls; many withdrawals equal one (I3)", async () => {
      const { world, market, miner, dealId, sealed, start, end, total, bid } = await activeFixture();
      for (const epochs of [1n, 7n, 1_000n, 5_003n]) {
        await world.nextAt(start + epochs);
        await world.prove(dealId, sealed);
        await (epochs === 7n ? miner.withdrawEarnings(dealId) : market.withdrawEarnings(dealId));
        expect(await market.creditOf(world.owner.address)).to.equal((total * epochs) / bid.time);
      }
      for (const epochs of [11_000n, 17_000n, 18_000n]) {
        await world.nextAt(start + epochs);
        await world.prove(dealId, sealed);
      }
      await market.withdrawEarnings(dealId);
      expect(await market.creditOf(world.owner.address)).to.equal(total);
      await world.nextAt(end + 1n);
      await market.settle(dealId);
      expect(await market.creditOf(world.owner.address)).to.equal(total);
    });
  });

  describe("withdraw", () => {
    const withCredit = async () => {
      const open = await openFixture();
      await open.market.connect(open.world.client).cancelBid(open.bidId);
      return { ...open, credit: await open.market.creditOf(open.world.client.address) };
    };

    it("reverts without a credit", async () => {
      const { market } = await openFixture();
      await expect(market.withdraw(BURNT)).to.be.revertedWithCustomError(market, "RepairMarket_NothingToWithdraw");
    });

    it("pays all of it, once, to whom its owner says", async () => {
      const { world, market, credit } = await withCredit();
      const to = ethers.Wallet.createRandom().address;
      const client = market.connect(world.client);
      await expect(client.withdraw(to)).to.emit(market, "Withdrawn").withArgs(world.client.address, to, credit);
      expect(await ethers.provider.getBalance(to)).to.equal(credit);
      await expect(client.withdraw(to)).to.be.revertedWithCustomError(market, "RepairMarket_NothingToWithdraw");
    });

    it("pays a native actor by its masked id", async () => {
      const { world, market, credit } = await withCredit();
      const provider = await world.filecoin.createMiner();
      const masked = ethers.getAddress(`0xff${provider.toString(16).padStart(38, "0")}`);
      await expect(market.connect(world.client).withdraw(masked)).to.changeEtherBalance(masked, credit);
    });
  });

  describe("flushBurn", () => {
    it("sends what was slashed to be burnt to f099, once", async () => {
      const { world, market, miner, dealId } = await placedFixture();
      await expect(market.flushBurn()).to.be.revertedWithCustomError(market, "RepairMarket_NothingToWithdraw");
      await world.nextAt((await market.orderOf(dealId)).progress.deadline + 1n);
      await market.slashRepairMiner(miner, dealId, []);
      const amount = await market.unburnt();
      await expect(market.flushBurn()).to.changeEtherBalance(BURNT, amount);
      expect(await market.unburnt()).to.equal(0n);
      await expect(market.flushBurn()).to.be.revertedWithCustomError(market, "RepairMarket_NothingToWithdraw");
    });
  });

  describe("value", () => {
    it("is refused by everything that does not ask for it", async () => {
      const { world, market } = await openFixture();
      const to = await market.getAddress();
      await expect(world.client.sendTransaction({ to, value: 1n })).to.be.reverted;
      const data = market.interface.encodeFunctionData("orderOf", [1n]);
      await expect(world.client.sendTransaction({ to, data, value: 1n })).to.be.reverted;
      await expect(world.client.sendTransaction({ to, data: "0x12345678" })).to.be.reverted;
    });
  });
});
