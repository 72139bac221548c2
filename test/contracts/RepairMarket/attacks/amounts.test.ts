import { setBalance } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import {
  ceilDiv,
  exampleBid,
  exampleData,
  GIB,
  marketFixture,
  openFixture,
  provenTo,
  State,
} from "../../../support/repairMarket";

const BPS = 10_000n;
const MAX = (1n << 96n) - 1n;
const HUGE = 1n << 128n;

/** The cheapest deal there is: four shards of 512 bytes for one attoFIL in all. */
async function dustDeal() {
  const world = await marketFixture();
  const data = await exampleData();
  const miner = await world.createMiner();
  const dealId = await world.addDeal(data, miner, { price: 1n });
  const sealed = await world.placeAll(dealId, data, miner);
  await world.prove(dealId, sealed);
  const { progress, pay, stake } = await world.market.orderOf(dealId);
  return { world, market: world.market, miner, data, dealId, sealed, start: progress.start, total: pay.total, stake };
}

describe("RepairMarket under attack", () => {
  describe("dust", () => {
    it("is earned when all of it is, and no rounding lets a part of it out before", async () => {
      const { world, market, dealId, sealed, start, total } = await dustDeal();
      expect(total).to.equal(1n);
      for (const due of [6_000n, 12_000n]) {
        await world.nextAt(start + due);
        await world.prove(dealId, sealed);
        await expect(market.withdrawEarnings(dealId)).to.be.revertedWithCustomError(
          market,
          "RepairMarket_NothingToWithdraw",
        );
      }
      await world.nextAt(start + 18_000n);
      await world.prove(dealId, sealed);
      await market.withdrawEarnings(dealId);
      expect(await market.creditOf(world.owner.address)).to.equal(1n);
      await world.nextAt(start + 20_001n);
      await market.settle(dealId);
      expect([await market.creditOf(world.owner.address), await market.creditOf(world.client.address)]).to.deep.equal([
        1n,
        0n,
      ]);
    });

    it("is no way round the stake: size is staked for when the price is nothing", async () => {
      const { world, stake } = await dustDeal();
      expect(stake).to.equal(ceilDiv(2_048n * world.rules.collateralPerGiB, GIB));
      expect(stake > 1_000_000n).to.equal(true);
    });

    it("of a stake is the miner's to put up: it is rounded up", async () => {
      const world = await marketFixture();
      const data = await exampleData();
      const miner = await world.createMiner();
      const { price, size } = exampleBid(data);
      // A fifth of these totals leaves each remainder.
      for (const time of [12_345n, 12_346n, 12_347n, 12_348n, 12_349n]) {
        const dealId = await world.addDeal(data, miner, { time, price: price + time });
        const total = ceilDiv((price + time) * size * time, GIB);
        expect((await world.market.orderOf(dealId)).stake).to.equal(ceilDiv(total * world.rules.stakeBps, BPS));
      }
      const remainders = [12_345n, 12_346n, 12_347n, 12_348n, 12_349n].map(
        (time) => (ceilDiv((price + time) * size * time, GIB) * world.rules.stakeBps) % BPS,
      );
      expect(remainders.some((remainder) => remainder !== 0n)).to.equal(true);
    });

    it("of shares goes to the burn, attoFIL by attoFIL, until nothing of the stake is left", async () => {
      const { world, market, miner, dealId, start, stake } = await dustDeal();
      const { provingPeriod, strikePeriod, strikeBps, clientBps, reporterBps } = world.rules;
      const strike = (stake * strikeBps) / BPS;
      const amounts = [strike, strike, stake - 2n * strike];
      // The stake was chosen by its size: nothing of it divides evenly.
      expect(amounts.some((amount) => (amount * clientBps) % BPS !== 0n)).to.equal(true);
      let [client, reporter, burnt] = [0n, 0n, 0n];
      for (const [i, amount] of amounts.entries()) {
        await world.nextAt(start + provingPeriod + BigInt(i) * strikePeriod + 1n);
        await market.slashRepairMiner(miner, dealId, []);
        client += (amount * clientBps) / BPS;
        reporter += (amount * reporterBps) / BPS;
        burnt += amount - (amount * clientBps) / BPS - (amount * reporterBps) / BPS;
        expect([await market.creditOf(world.stranger.address), await market.unburnt()]).to.deep.equal([
          reporter,
          burnt,
        ]);
      }
      expect(await market.creditOf(world.client.address)).to.equal(client + 1n);
      expect([(await market.orderOf(dealId)).state, client + reporter + burnt]).to.deep.equal([State.Failed, stake]);
      const { collateral } = await market.minerOf(1n);
      expect(await ethers.provider.getBalance(market)).to.equal(collateral + client + 1n + reporter + burnt);
    });

    it("forced into the market is nobody's", async () => {
      const { market, world } = await openFixture();
      const before = await ethers.provider.getBalance(market);
      await setBalance(await market.getAddress(), before + 1n);
      await expect(market.connect(world.client).withdraw(world.client)).to.be.revertedWithCustomError(
        market,
        "RepairMarket_NothingToWithdraw",
      );
      await expect(market.flushBurn()).to.be.revertedWithCustomError(market, "RepairMarket_NothingToWithdraw");
    });
  });

  describe("amounts of 2^128 and more", () => {
    it("are refused wherever they are named, before anything is multiplied or cut off", async () => {
      const { world, market, miner, bid } = await openFixture();
      const tooLarge = (max: bigint, given: bigint, sent: Promise<unknown>) =>
        expect(sent).to.be.revertedWithCustomError(market, "RepairMarket_AmountTooLarge").withArgs(max, given);
      const addBid = market.connect(world.client)[
        "addBid(bytes32,uint256,uint256,uint64,uint64,(uint8,uint8,uint8,uint64))"
      ];
      for (const huge of [MAX + 1n, HUGE, HUGE + bid.price, (1n << 256n) - 1n]) {
        await tooLarge(MAX, huge, market.quoteBid(huge, bid.size, bid.time));
        await tooLarge(MAX, huge, addBid(bid.droot, huge, bid.size, bid.time, bid.expiry, bid.params));
        await tooLarge(MAX, huge, miner["addAsk(uint256,uint256,uint64)"](huge, GIB, 10n));
        await tooLarge(1n << 63n, huge, market.quoteBid(1n, huge, bid.time));
        await tooLarge(1n << 63n, huge, miner["addAsk(uint256,uint256,uint64)"](1n, huge, 10n));
        await expect(miner.withdrawCollateral(huge)).to.be.revertedWithCustomError(
          market,
          "RepairMarket_CollateralShort",
        );
      }
      await tooLarge((1n << 64n) - 1n, HUGE, market.quoteBid(1n, bid.size, HUGE));
    });

    it("are refused as value, though somebody had them", async () => {
      const { world, market, miner } = await openFixture();
      await setBalance(world.owner.address, HUGE * 4n);
      const key = world.worker.signingKey.publicKey;
      await expect(market.connect(world.owner).createRepairMiner(key, GIB, "0x", { value: HUGE }))
        .to.be.revertedWithCustomError(market, "RepairMarket_AmountTooLarge")
        .withArgs(MAX, HUGE);
      await expect(miner.addCollateral({ value: HUGE }))
        .to.be.revertedWithCustomError(market, "RepairMarket_AmountTooLarge")
        .withArgs(MAX, HUGE);
      // What fits alone and not with what is there is refused as well: no sum wraps round.
      const { collateral } = await market.minerOf(1n);
      await expect(miner.addCollateral({ value: MAX - collateral + 1n })).to.be.revertedWithPanic(0x11);
      await miner.addCollateral({ value: MAX - collateral });
      expect((await market.minerOf(1n)).collateral).to.equal(MAX);
    });

    it("of money that fit just so pass through a whole deal, and every sum is exact", async () => {
      const { world, market, miner } = await openFixture();
      const data = await exampleData(2, 4, 40_000);
      await setBalance(world.owner.address, HUGE);
      await setBalance(world.client.address, HUGE);
      const { collateral } = await market.minerOf(1n);
      await miner.addCollateral({ value: MAX - collateral });
      const size = exampleBid(data).size;
      const price = (MAX * GIB) / (size * 20_000n);
      const dealId = await world.addDeal(data, miner, { price });
      const { pay, stake } = await market.orderOf(dealId);
      expect(pay.total > MAX - (1n << 40n) && pay.total <= MAX).to.equal(true);
      expect(stake).to.equal(ceilDiv(pay.total * world.rules.stakeBps, BPS));
      const sealed = await world.placeAll(dealId, data, miner);
      await world.prove(dealId, sealed);
      const { start } = (await market.orderOf(dealId)).progress;
      await provenTo(world, dealId, sealed, start, 7_001n);
      await market.withdrawEarnings(dealId);
      const earned = (pay.total * 7_001n) / 20_000n;
      expect(await market.creditOf(world.owner.address)).to.equal(earned);
      await world.nextAt(start + 7_001n + world.rules.provingPeriod + 2n * world.rules.strikePeriod + 1n);
      await market.slashRepairMiner(miner, dealId, []);
      const toClient = (stake * world.rules.clientBps) / BPS;
      const toReporter = (stake * world.rules.reporterBps) / BPS;
      expect([
        await market.creditOf(world.owner.address),
        await market.creditOf(world.client.address),
        await market.creditOf(world.stranger.address),
        await market.unburnt(),
        (await market.minerOf(1n)).collateral,
      ]).to.deep.equal([earned, pay.total - earned + toClient, toReporter, stake - toClient - toReporter, MAX - stake]);
    });
  });
});
