import { expect } from "chai";
import { ethers } from "hardhat";

import { ACCEPTANCE_TYPES, marketDomain } from "../../../../src/protocol/authorisation";
import {
  activeFixture,
  openFixture,
  placedFixture,
  provenTo,
  repairingFixture,
  State,
} from "../../../support/repairMarket";
import { inOneEpoch } from "../../../support/oneEpoch";

const BPS = 10_000n;

describe("RepairMarket under attack", () => {
  describe("who comes first in an epoch", () => {
    for (const [who, withdrawalFirst] of [
      ["the withdrawal in front of the slash", true],
      ["the slash in front of the withdrawal", false],
    ] as const) {
      it(`${who}: the whole stake is taken, what was earned is the miner's`, async () => {
        const active = await activeFixture();
        const { world, market, miner, dealId, sealed, start, stake, total, bid } = active;
        await provenTo(world, dealId, sealed, start, 5_000n);
        const { provingPeriod, strikePeriod, acceptanceBond } = world.rules;
        const { collateral } = await market.minerOf(1n);
        const free = collateral - stake - acceptanceBond;
        // All three strikes are due at once.
        await world.filecoin.skip(provingPeriod + 2n * strikePeriod + 1n);
        const withdrawals = [
          (placed: object) => miner.withdrawCollateral(free, placed),
          (placed: object) => market.connect(world.worker).withdrawEarnings(dealId, placed),
        ];
        const slash = (placed: object) => market.slashRepairMiner(miner, dealId, [], placed);
        const done = await inOneEpoch(...(withdrawalFirst ? [...withdrawals, slash] : [slash, ...withdrawals]));
        // After the slash the deal is closed and its earnings are credited: there is nothing to withdraw a second time.
        expect(done).to.deep.equal(withdrawalFirst ? [true, true, true] : [true, true, false]);
        const earned = (total * 5_000n) / bid.time;
        expect(await market.creditOf(world.owner.address)).to.equal(free + earned);
        expect((await market.minerOf(1n)).collateral).to.equal(acceptanceBond);
        const toClient = (stake * world.rules.clientBps) / BPS;
        const toReporter = (stake * world.rules.reporterBps) / BPS;
        expect(await market.creditOf(world.client.address)).to.equal(total - earned + toClient);
        expect(await market.unburnt()).to.equal(stake - toClient - toReporter);
      });
    }

    it("a withdrawal of one attoFIL more than is free, in front of the slash, fails", async () => {
      const { world, market, miner, dealId, start, stake } = await activeFixture();
      const { collateral } = await market.minerOf(1n);
      const free = collateral - stake - world.rules.acceptanceBond;
      await world.filecoin.skip(start + world.rules.provingPeriod + 1n - (await world.now()));
      const done = await inOneEpoch(
        (placed) => miner.withdrawCollateral(free + 1n, placed),
        (placed) => market.slashRepairMiner(miner, dealId, [], placed),
      );
      expect(done).to.deep.equal([false, true]);
      const strike = (stake * world.rules.strikeBps) / BPS;
      expect((await market.minerOf(1n)).collateral).to.equal(collateral - strike);
    });

    it("a late proof in front of the slash: the strike falls all the same, the slasher goes away empty", async () => {
      const { world, market, miner, dealId, sealed, start, stake } = await activeFixture();
      await world.filecoin.skip(start + world.rules.provingPeriod + 1n - (await world.now()));
      const locations = await Promise.all(sealed.map((one) => world.locationOf(one)));
      const done = await inOneEpoch(
        (placed) => market.connect(world.worker).proveRepair(dealId, [0, 1, 2, 3], locations, placed),
        (placed) => market.slashRepairMiner(miner, dealId, [], placed),
      );
      expect(done).to.deep.equal([true, false]);
      const strike = (stake * world.rules.strikeBps) / BPS;
      const order = await market.orderOf(dealId);
      expect([order.progress.strikes, order.stake, order.pay.provenEpochs]).to.deep.equal([1n, stake - strike, 0n]);
      expect(await market.creditOf(world.stranger.address)).to.equal(0n);
      expect(await market.unburnt()).to.equal(strike / 2n);
    });

    it("a late proof in front of the slash leaves who reported the loss its share", async () => {
      const { world, market, miner, dealId, sealed, start, stake } = await repairingFixture();
      await world.filecoin.recover(sealed[0]!.provider, sealed[0]!.sector);
      await world.filecoin.skip(start + world.rules.provingPeriod + 1n - (await world.now()));
      const locations = await Promise.all(sealed.map((one) => world.locationOf(one)));
      await inOneEpoch(
        (placed) => market.connect(world.worker).proveRepair(dealId, [0, 1, 2, 3], locations, placed),
        (placed) => market.slashRepairMiner(miner, dealId, [], placed),
      );
      const strike = (stake * world.rules.strikeBps) / BPS;
      expect(await market.creditOf(world.reporter.address)).to.equal((strike * world.rules.reporterBps) / BPS);
      expect(await market.unburnt()).to.equal((strike * 3n) / 10n);
    });

    it("a bid is filled, cancelled or expired by whoever is first, and nobody is paid twice", async () => {
      const orders = [
        ["fill", "cancel"],
        ["cancel", "fill"],
      ] as const;
      for (const order of orders) {
        const { world, market, miner, askId, bidId, signature } = await openFixture();
        const calls = {
          fill: (placed: object) => miner.addDeal(askId, bidId, signature, placed),
          cancel: (placed: object) => market.connect(world.client).cancelBid(bidId, placed),
        };
        // At its last epoch, with an expiry that comes too early.
        await world.filecoin.skip((await market.orderOf(bidId)).expiry - 1n - (await world.now()));
        const done = await inOneEpoch((placed) => market.expireBid(bidId, placed), ...order.map((name) => calls[name]));
        expect(done).to.deep.equal([false, true, false]);
        const { deposit, state } = await market.orderOf(bidId);
        const filled = order[0] === "fill";
        expect(state).to.equal(filled ? State.Placing : State.Cancelled);
        expect(await market.creditOf(world.client.address)).to.equal(filled ? 0n : deposit);
      }
    });

    it("a bid one epoch past its expiry is expired or cancelled once, and not filled", async () => {
      const { world, market, miner, askId, bidId, signature } = await openFixture();
      const { expiry, deposit } = await market.orderOf(bidId);
      await world.filecoin.skip(expiry - (await world.now()));
      const done = await inOneEpoch(
        (placed) => miner.addDeal(askId, bidId, signature, placed),
        (placed) => market.expireBid(bidId, placed),
        (placed) => market.connect(world.client).cancelBid(bidId, placed),
      );
      expect(done).to.deep.equal([false, true, false]);
      expect(await market.creditOf(world.client.address)).to.equal(deposit);
    });

    it("two slashers: the strike is taken once, the second is told that nothing is due", async () => {
      const { world, market, miner, dealId, start, stake } = await activeFixture();
      await world.filecoin.skip(start + world.rules.provingPeriod + 1n - (await world.now()));
      const done = await inOneEpoch(
        (placed) => market.slashRepairMiner(miner, dealId, [], placed),
        (placed) => market.connect(world.reporter).slashRepairMiner(miner, dealId, [], placed),
      );
      expect(done).to.deep.equal([true, false]);
      expect((await market.orderOf(dealId)).stake).to.equal(stake - (stake * world.rules.strikeBps) / BPS);
    });
  });

  describe("collateral behind an open obligation", () => {
    it("cannot leave at any time of a deal's life, and all of it can after", async () => {
      const { world, market, miner, data, askId, bidId, signature } = await openFixture();
      const { acceptanceBond, strikeBps, provingPeriod, finalWindow } = world.rules;
      /** Everything but `kept` can be taken out now, and not one attoFIL more. */
      const keeps = async (kept: bigint, when: string) => {
        const { collateral, lockedUntil } = await market.minerOf(1n);
        const bond = (await world.now()) <= lockedUntil ? acceptanceBond : 0n;
        const free = collateral - kept - bond;
        await expect(miner.withdrawCollateral.staticCall(free + 1n), when)
          .to.be.revertedWithCustomError(market, "RepairMarket_CollateralShort")
          .withArgs(free + 1n, free);
        await miner.withdrawCollateral.staticCall(free);
      };
      await keeps(0n, "an ask that can be accepted: the bond alone");
      await miner.addDeal(askId, bidId, signature);
      const { stake, duration } = await market.orderOf(bidId);
      await keeps(stake, "placing");
      const sealed = await world.placeAll(bidId, data, miner);
      await keeps(stake, "placed");
      await world.prove(bidId, sealed);
      await keeps(stake, "active");
      const { start } = (await market.orderOf(bidId)).progress;
      await world.filecoin.declareFault(sealed[0]!.provider, sealed[0]!.sector);
      await market.reportLoss(bidId, 0, await world.locationOf(sealed[0]!));
      await keeps(stake, "repairing");
      await world.filecoin.recover(sealed[0]!.provider, sealed[0]!.sector);
      await world.nextAt(start + provingPeriod + 1n);
      await market.slashRepairMiner(miner, bidId, []);
      const left = stake - (stake * strikeBps) / BPS;
      await keeps(left, "after a strike");
      await world.nextAt(start + provingPeriod + 100n);
      await world.prove(bidId, sealed);
      await miner.cancelAsk(askId);
      await keeps(left, "the ask withdrawn");
      for (const due of [12_000n, 18_000n]) {
        await world.nextAt(start + due);
        await world.prove(bidId, sealed);
      }
      await world.filecoin.skip(start + duration + finalWindow - (await world.now()));
      await keeps(left, "past the end, not settled");
      await market.settle(bidId);
      await keeps(0n, "settled: the bond alone");
      await world.filecoin.skip((await market.minerOf(1n)).lockedUntil + 1n - (await world.now()));
      const { collateral } = await market.minerOf(1n);
      await miner.withdrawCollateral(collateral);
      expect((await market.minerOf(1n)).collateral).to.equal(0n);
    });

    it("cannot be staked twice: a second deal needs a stake of its own beside the bond", async () => {
      const { world, market, miner, bid, askId, dealId } = await placedFixture();
      const { stake } = await market.orderOf(dealId);
      const { collateral } = await market.minerOf(1n);
      await miner.withdrawCollateral(collateral - stake - world.rules.acceptanceBond);
      const second = await world.addBid(bid);
      await expect(miner.addDeal(askId, second, await world.sign(askId, second)))
        .to.be.revertedWithCustomError(market, "RepairMarket_CollateralShort")
        .withArgs(stake, 0n);
    });

    it("cannot be shed with the worker that promised: the owner changes it, in the epoch of the claim too", async () => {
      const { world, market, miner, askId, bidId, signature } = await openFixture();
      const { chainId } = await ethers.provider.getNetwork();
      const acceptance = {
        bidId,
        askId,
        miner: await miner.getAddress(),
        deadline: (await market.orderOf(bidId)).expiry,
        authorisation: signature,
      };
      const workerSig = await world.worker.signTypedData(
        marketDomain(chainId, await market.getAddress()),
        ACCEPTANCE_TYPES,
        acceptance,
      );
      await miner.changeWorker(world.stranger);
      await miner.cancelAsk(askId);
      await world.filecoin.skip(acceptance.deadline - (await world.now()));
      const { collateral } = await market.minerOf(1n);
      const done = await inOneEpoch(
        (placed) => miner.withdrawCollateral(collateral, placed),
        (placed) => miner.changeWorker(world.reporter, placed),
        (placed) => miner.changePubkey(world.worker.signingKey.publicKey, placed),
        (placed) => miner.changeWorker(world.client, placed),
        (placed) => market.slashBrokenAcceptance(acceptance, workerSig, placed),
      );
      expect(done).to.deep.equal([false, true, true, true, true]);
      expect((await market.minerOf(1n)).collateral).to.equal(collateral - world.rules.acceptanceBond);
    });
  });
});
