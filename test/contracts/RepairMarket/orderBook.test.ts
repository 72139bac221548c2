import { expect } from "chai";
import { ethers } from "hardhat";

import {
  ceilDiv,
  exampleBid,
  exampleData,
  GIB,
  type MarketWorld,
  marketFixture,
  openFixture,
  placingFixture,
  State,
} from "../../support/repairMarket";

const MAX_96 = (1n << 96n) - 1n;
const LONG_ADD_BID = "addBid(bytes32,uint256,uint256,uint64,uint64,(uint8,uint8,uint8,uint64),bytes32)";
const ADD_BID = "addBid(bytes32,uint256,uint256,uint64,uint64,(uint8,uint8,uint8,uint64))";

type Overrides = Parameters<typeof exampleBid>[1];

describe("RepairMarket", () => {
  describe("addRepairAsk", () => {
    const ask = async (price: bigint, size: bigint, expiry: bigint) => {
      const world = await marketFixture();
      const miner = await world.createMiner();
      return { world, miner, market: world.market, sent: miner["addAsk(uint256,uint256,uint64)"](price, size, expiry) };
    };

    it("reverts for callers that are no miner of this market", async () => {
      const { market, stranger } = await marketFixture();
      await expect(market.addRepairAsk(1n, 1n, 1n))
        .to.be.revertedWithCustomError(market, "RepairMarket_UnknownMiner")
        .withArgs(stranger.address);
    });

    for (const [why, price, size, expiry, error] of [
      ["a price of zero", 0n, GIB, 1n, "RepairMarket_AmountZero"],
      ["a size of zero", 1n, 0n, 1n, "RepairMarket_AmountZero"],
      ["a price above all FIL", MAX_96 + 1n, GIB, 1n, "RepairMarket_AmountTooLarge"],
      ["a price of 2^128", 1n << 128n, GIB, 1n, "RepairMarket_AmountTooLarge"],
      ["a size above 2^63", 1n, (1n << 63n) + 1n, 1n, "RepairMarket_AmountTooLarge"],
      ["no lifetime", 1n, GIB, 0n, "RepairMarket_LifetimeOutOfRange"],
      ["a lifetime of 2^64 - 1", 1n, GIB, (1n << 64n) - 1n, "RepairMarket_LifetimeOutOfRange"],
    ] as const) {
      it(`reverts for ${why}`, async () => {
        const { market, sent } = await ask(price, size, expiry);
        await expect(sent).to.be.revertedWithCustomError(market, error);
      });
    }

    it("takes the longest lifetime, and no epoch more", async () => {
      const { world, miner, market, sent } = await ask(1n, GIB, (await marketFixture()).rules.maxAskLifetime);
      await sent;
      await expect(
        miner["addAsk(uint256,uint256,uint64)"](1n, GIB, world.rules.maxAskLifetime + 1n),
      ).to.be.revertedWithCustomError(market, "RepairMarket_LifetimeOutOfRange");
    });

    it("reverts when the acceptance bond is not there", async () => {
      const world = await marketFixture();
      const { rules, market } = world;
      const miner = await world.createMiner();
      const { collateral } = await market.minerOf(1);
      await miner.withdrawCollateral(collateral - rules.acceptanceBond + 1n);
      await expect(miner["addAsk(uint256,uint256)"](1n, GIB))
        .to.be.revertedWithCustomError(market, "RepairMarket_CollateralShort")
        .withArgs(rules.acceptanceBond, rules.acceptanceBond - 1n);
      await miner.addCollateral({ value: 1n });
      await miner["addAsk(uint256,uint256)"](1n, GIB);
    });

    it("counts its lifetime from inclusion, and binds the bond past the last claim", async () => {
      const { world, market, sent } = await ask(7n, GIB, 100n);
      await sent;
      const expiry = (await world.now()) + 100n;
      await expect(sent).to.emit(market, "AskAdded").withArgs(1n, 1n, 7n, GIB, expiry);
      expect([...(await market.askOf(1n))]).to.deep.equal([1n, 7n, GIB, expiry, 1n]);
      expect((await market.minerOf(1n)).lockedUntil).to.equal(expiry + world.rules.claimWindow);
    });

    it("never shortens the time that the bond is bound", async () => {
      const { miner, market, sent } = await ask(7n, GIB, 100n);
      await sent;
      const { lockedUntil } = await market.minerOf(1n);
      await miner["addAsk(uint256,uint256,uint64)"](7n, GIB, 1n);
      expect((await market.minerOf(1n)).lockedUntil).to.equal(lockedUntil);
    });
  });

  describe("cancelAsk", () => {
    it("reverts for an id that is none", async () => {
      const { market } = await openFixture();
      for (const id of [0n, 2n]) {
        await expect(market.cancelAsk(id))
          .to.be.revertedWithCustomError(market, "RepairMarket_UnknownId")
          .withArgs(1n, id);
      }
    });

    it("reverts for another miner", async () => {
      const { world, market, miner, askId } = await openFixture();
      const other = await world.createMiner();
      await expect(other.cancelAsk(askId))
        .to.be.revertedWithCustomError(market, "RepairMarket_NotMiner")
        .withArgs(await miner.getAddress(), await other.getAddress());
    });

    it("withdraws it, once", async () => {
      const { market, miner, askId } = await openFixture();
      await expect(miner.cancelAsk(askId)).to.emit(market, "AskCancelled").withArgs(askId);
      await expect(miner.cancelAsk(askId))
        .to.be.revertedWithCustomError(market, "RepairMarket_AskNotOpen")
        .withArgs(askId);
    });
  });

  describe("addBid", () => {
    const bidWith = async (world: MarketWorld, overrides: Overrides, extraValue = 0n) => {
      const bid = exampleBid(await exampleData(), overrides);
      const market = world.market.connect(world.client);
      const value = await market.quoteBid(bid.price, bid.size, bid.time).catch(() => 0n);
      return market[LONG_ADD_BID](bid.droot, bid.price, bid.size, bid.time, bid.expiry, bid.params, bid.providersRoot, {
        value: value > 10n ** 21n ? 0n : value + extraValue,
      });
    };

    const cases: [string, Overrides, string, bigint?][] = [
      ["one attoFIL too little", {}, "RepairMarket_WrongValue", -1n],
      ["one attoFIL too much", {}, "RepairMarket_WrongValue", 1n],
      ["a total of 2^128 and more", { price: MAX_96, size: 4n << 40n }, "RepairMarket_WrongValue"],
      ["a price of 2^128", { price: 1n << 128n }, "RepairMarket_AmountTooLarge"],
      ["a price of zero", { price: 0n }, "RepairMarket_AmountZero"],
      ["no droot", { droot: ethers.ZeroHash }, "RepairMarket_DrootZero"],
      ["a term below the shortest", { time: 9_999n }, "RepairMarket_DurationOutOfRange"],
      ["a term above the longest", { time: 1_278n * 2_880n + 1n }, "RepairMarket_DurationOutOfRange"],
      ["no lifetime", { expiry: 0n }, "RepairMarket_LifetimeOutOfRange"],
      ["a lifetime above the longest", { expiry: 30n * 2_880n + 1n }, "RepairMarket_LifetimeOutOfRange"],
      ["k = 0", { dataShards: 0n }, "RepairMarket_BadCoding"],
      ["k = n", { dataShards: 4n }, "RepairMarket_BadCoding"],
      ["n = 0", { totalShards: 0n, dataShards: 0n }, "RepairMarket_BadCoding"],
      ["no shard on a provider", { maxShardsPerProvider: 0n }, "RepairMarket_BadCoding"],
      ["more shards on a provider than there are", { maxShardsPerProvider: 5n }, "RepairMarket_BadCoding"],
      ["a size that n does not divide", { size: 4n * 512n + 1n }, "RepairMarket_SizeNotShards"],
      ["shards that are no power of two", { size: 4n * 384n }, "RepairMarket_SizeNotShards"],
      ["shards of 64 bytes", { size: 4n * 64n }, "RepairMarket_SizeNotShards"],
      ["an empty payload", { payloadSize: 0n }, "RepairMarket_PayloadTooLarge"],
      ["a payload one byte above what k shards hold", { payloadSize: 2n * 508n + 1n }, "RepairMarket_PayloadTooLarge"],
    ];
    for (const [why, overrides, error, extraValue] of cases) {
      it(`reverts for ${why}`, async () => {
        const world = await marketFixture();
        await expect(bidWith(world, overrides, extraValue)).to.be.revertedWithCustomError(world.market, error);
      });
    }

    for (const [what, overrides] of [
      ["the shortest term", { time: 10_000n }],
      ["the longest term", { time: 1_278n * 2_880n, price: 10n ** 15n }],
      ["the longest lifetime", { expiry: 30n * 2_880n }],
      ["a full payload", { payloadSize: 2n * 508n }],
      ["k = 1, n = 2 with the smallest shards", { dataShards: 1n, totalShards: 2n, size: 256n, payloadSize: 1n }],
      ["k = 254, n = 255", { dataShards: 254n, totalShards: 255n, size: 255n * 512n, payloadSize: 1n }],
    ] as [string, Overrides][]) {
      it(`takes ${what}`, async () => {
        const world = await marketFixture();
        await expect(bidWith(world, overrides)).to.emit(world.market, "BidAdded");
      });
    }

    it("keeps what was asked, from inclusion on", async () => {
      const { world, market, data, bid, bidId } = await openFixture();
      const order = await market.orderOf(bidId);
      const deposit = ceilDiv(bid.price * bid.size * bid.time, GIB);
      expect(await ethers.provider.getBalance(market)).to.equal((await market.minerOf(1)).collateral + deposit);
      expect(order.client).to.equal(world.client.address);
      expect(order.state).to.equal(State.Open);
      expect([order.droot, order.price, order.deposit, order.duration]).to.deep.equal([
        bid.droot,
        bid.price,
        deposit,
        bid.time,
      ]);
      expect(order.expiry).to.equal((await world.now()) + bid.expiry);
      expect(order.shardHeight).to.equal(data.shards[0]!.height);
      await market
        .connect(world.client)
        [ADD_BID](bid.droot, bid.price, bid.size, bid.time, bid.expiry, bid.params, { value: deposit });
      expect((await market.orderOf(2n)).providersRoot).to.equal(ethers.ZeroHash);
    });

    it("quotes rounded up", async () => {
      const { market } = await marketFixture();
      expect(await market.quoteBid(1n, 1n, 1n)).to.equal(1n);
      expect(await market.quoteBid(1n, GIB, 3n)).to.equal(3n);
      expect(await market.quoteBid(MAX_96, 1n << 63n, (1n << 64n) - 1n)).to.equal(
        ceilDiv(MAX_96 * (1n << 63n) * ((1n << 64n) - 1n), GIB),
      );
      for (const args of [
        [MAX_96 + 1n, 1n, 1n],
        [1n, (1n << 63n) + 1n, 1n],
        [1n, 1n, 1n << 64n],
      ] as const) {
        await expect(market.quoteBid(...args)).to.be.revertedWithCustomError(market, "RepairMarket_AmountTooLarge");
      }
    });
  });

  describe("cancelBid", () => {
    it("reverts for an id that is none", async () => {
      const { market } = await marketFixture();
      await expect(market.cancelBid(1n))
        .to.be.revertedWithCustomError(market, "RepairMarket_UnknownId")
        .withArgs(0n, 1n);
    });

    it("reverts for all but its client", async () => {
      const { world, market, bidId } = await openFixture();
      await expect(market.cancelBid(bidId))
        .to.be.revertedWithCustomError(market, "RepairMarket_NotClient")
        .withArgs(world.client.address, world.stranger.address);
    });

    for (const [when, offset] of [
      ["one epoch before its expiry", -1n],
      ["at its expiry", 0n],
      ["one epoch after", 1n],
    ] as const) {
      it(`gives the deposit back ${when}, once`, async () => {
        const { world, market, bidId } = await openFixture();
        const { expiry, deposit } = await market.orderOf(bidId);
        await world.nextAt(expiry + offset);
        const client = market.connect(world.client);
        await expect(client.cancelBid(bidId)).to.emit(market, "BidCancelled").withArgs(bidId);
        expect(await market.creditOf(world.client.address)).to.equal(deposit);
        await expect(client.cancelBid(bidId))
          .to.be.revertedWithCustomError(market, "RepairMarket_WrongState")
          .withArgs(bidId, State.Cancelled);
        expect((await market.orderOf(bidId)).closedAt).to.equal(expiry + offset);
      });
    }
  });

  describe("expireBid", () => {
    for (const [when, offset, over] of [
      ["one epoch before its expiry", -1n, false],
      ["at its expiry", 0n, false],
      ["one epoch after", 1n, true],
    ] as const) {
      it(`${over ? "gives the deposit back" : "reverts"} ${when}`, async () => {
        const { world, market, bidId } = await openFixture();
        const { expiry, deposit } = await market.orderOf(bidId);
        await world.nextAt(expiry + offset);
        const sent = market.expireBid(bidId);
        if (!over) {
          await expect(sent).to.be.revertedWithCustomError(market, "RepairMarket_BidNotExpired").withArgs(expiry);
          return;
        }
        await expect(sent).to.emit(market, "BidExpired").withArgs(bidId);
        expect(await market.creditOf(world.client.address)).to.equal(deposit);
        await expect(market.expireBid(bidId)).to.be.revertedWithCustomError(market, "RepairMarket_WrongState");
      });
    }

    it("reverts for a deal", async () => {
      const { world, market, dealId } = await placingFixture();
      await world.nextAt((await market.orderOf(dealId)).expiry + 1n);
      await expect(market.expireBid(dealId))
        .to.be.revertedWithCustomError(market, "RepairMarket_WrongState")
        .withArgs(dealId, State.Placing);
    });
  });
});
