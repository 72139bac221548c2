import { expect } from "chai";
import { ethers } from "hardhat";

import { nameOf, valuesOf } from "../../../src/protocol/enums";
import {
  activeFixture,
  exampleBid,
  exampleData,
  GIB,
  marketFixture,
  openFixture,
  placedFixture,
  placingFixture,
  provenTo,
  repairingFixture,
  shortLived,
  sizeOf,
  State,
} from "../../support/repairMarket";

const NEVER = (1n << 64n) - 1n;
const Status = valuesOf("SectorStatus");

describe("RepairMarketLens", () => {
  it("knows its market, its rules and its prices", async () => {
    const { lens, market, stranger } = await marketFixture();
    expect(await lens.connect(stranger).market()).to.equal(await market.getAddress());
    expect(await lens.parameters()).to.deep.equal(await market.parameters());
    expect(await lens.quoteBid(3n, GIB / 2n, 3n)).to.equal(5n); // 4.5, rounded up
  });

  describe("pages", () => {
    /** Three miners, three asks of the first, three bids; the second bid is a deal of the first miner. */
    async function threeOfEach() {
      const world = await marketFixture();
      const data = await exampleData();
      const bid = exampleBid(data);
      const miners = [await world.createMiner(), await world.createMiner(), await world.createMiner()];
      for (let i = 0n; i < 3n; i++) await world.addAsk(miners[0]!, bid.price - i);
      for (let i = 0; i < 3; i++) await world.addBid(bid);
      await miners[0]!.addDeal(1n, 2n, await world.sign(1n, 2n));
      const addresses = await Promise.all(miners.map((miner) => miner.getAddress()));
      return { world, lens: world.lens, data, bid, miners, addresses };
    }

    for (const [list, edges] of [
      ["of all", { start: 1n, count: 3n, length: 3, next: 0n }],
      ["larger than the list", { start: 1n, count: 9n, length: 3, next: 0n }],
      ["that ends before the last", { start: 1n, count: 2n, length: 2, next: 3n }],
      ["that begins at the last", { start: 3n, count: 1n, length: 1, next: 0n }],
      ["past the end", { start: 4n, count: 1n, length: 0, next: 0n }],
      ["from 0, which is no id", { start: 0n, count: 3n, length: 0, next: 0n }],
      ["of none", { start: 2n, count: 0n, length: 0, next: 2n }],
    ] as const) {
      it(`show a page ${list}`, async () => {
        const { lens, addresses } = await threeOfEach();
        const { start, count, length, next } = edges;
        const ids = Array.from({ length }, (_, i) => start + BigInt(i));
        const miners = await lens.miners(start, count);
        expect(miners.page.map((miner) => miner.actor)).to.deep.equal(ids.map((id) => addresses[Number(id) - 1]));
        const asks = await lens.asks(start, count);
        expect(asks.page.map((ask) => ask.askId)).to.deep.equal(ids);
        const bids = await lens.bids(start, count);
        expect(bids.page.map((bid) => bid.bidId)).to.deep.equal(ids);
        const deals = await lens.deals(start, count);
        expect(deals.page.map((deal) => deal.dealId)).to.deep.equal(ids.filter((id) => id === 2n));
        expect([miners.next, asks.next, bids.next, deals.next]).to.deep.equal([next, next, next, next]);
      });
    }

    it("tell whose an ask is, and whether it can still be filled", async () => {
      const { world, lens, miners, addresses, bid } = await threeOfEach();
      await miners[0]!.cancelAsk(2n);
      const short = await world.addAsk(miners[1]!, bid.price, GIB, 10n);
      const { expiry } = await world.market.askOf(short);
      await world.filecoin.skip(expiry - (await world.now()));
      const { page } = await lens.asks(1n, 9n);
      expect(page.map((ask) => ask.open)).to.deep.equal([true, false, true, true]);
      expect(page.map((ask) => ask.repairMiner)).to.deep.equal([...Array<string>(3).fill(addresses[0]!), addresses[1]]);
      await world.filecoin.skip(1n);
      expect((await lens.asks(short, 1n)).page[0]!.open).to.equal(false);
    });

    it("tell a bid's size and state, as time goes by", async () => {
      const { world, lens, data } = await threeOfEach();
      const { expiry } = await world.market.orderOf(3n);
      await world.filecoin.skip(expiry - (await world.now()));
      const states = async () => (await lens.bids(1n, 9n)).page.map((bid) => nameOf("RepairState", bid.state));
      expect(await states()).to.deep.equal(["Expired", "Placing", "Open"]);
      await world.filecoin.skip(1n);
      expect(await states()).to.deep.equal(["Expired", "Placing", "Expired"]);
      expect((await lens.bids(1n, 1n)).page[0]!.size).to.equal(sizeOf(data));
    });

    it("list a miner's deals, newest first", async () => {
      const { world, lens, miners, addresses } = await threeOfEach();
      await miners[0]!.addDeal(1n, 3n, await world.sign(1n, 3n));
      const ids = async (start: bigint, count: bigint) => {
        const { page, next } = await lens.dealsOf(addresses[0]!, start, count);
        return [page.map((deal) => deal.dealId), next];
      };
      expect(await ids(0n, 9n)).to.deep.equal([[3n, 2n], 0n]);
      expect(await ids(0n, 1n)).to.deep.equal([[3n], 2n]);
      expect(await ids(2n, 1n)).to.deep.equal([[2n], 0n]);
      expect(await ids(0n, 0n)).to.deep.equal([[], 3n]);
      expect(await lens.dealsOf(addresses[1]!, 0n, 9n)).to.deep.equal([[], 0n]);
    });
  });

  describe("dealOf", () => {
    it("reverts for an id that is none, and shows a bid without a deal", async () => {
      const { world, market, bidId, data } = await openFixture();
      await expect(world.lens.dealOf(9n)).to.be.revertedWithCustomError(market, "RepairMarket_UnknownId");
      const view = await world.lens.dealOf(bidId);
      expect([view.state, view.repairMiner, view.size]).to.deep.equal([State.Open, ethers.ZeroAddress, sizeOf(data)]);
    });

    it("shows a deal that is being placed, and one that missed its deadline", async () => {
      const { world, market, dealId, miner } = await placingFixture();
      const { deadline } = (await market.orderOf(dealId)).progress;
      const view = await world.lens.dealOf(dealId);
      expect([view.repairMiner, view.deadline, view.start, view.refundable]).to.deep.equal([
        await miner.getAddress(),
        deadline,
        0n,
        view.total,
      ]);
      await world.filecoin.skip(deadline - (await world.now()) + 1n);
      const missed = await world.lens.dealOf(dealId);
      expect([missed.deadline, missed.strikesDue]).to.deep.equal([deadline, world.rules.maxStrikes]);
    });

    it("shows money and times of a running deal, and nothing refundable of a closed one", async () => {
      const { world, market, dealId, sealed, start, end, total, stake } = await activeFixture();
      await provenTo(world, dealId, sealed, start, 3_000n);
      const view = await world.lens.dealOf(dealId);
      const earned = (total * 3_000n) / 20_000n;
      expect([view.start, view.end, view.provenThrough, view.strikesDue, view.stake]).to.deep.equal([
        ...[start, end, start + 3_000n, 0n, stake],
      ]);
      expect([view.earned, view.withdrawable, view.refundable]).to.deep.equal([earned, earned, total - earned]);
      expect(await world.lens.earnedOf(dealId)).to.deep.equal([earned, earned]);
      await market.withdrawEarnings(dealId);
      expect(await world.lens.earnedOf(dealId)).to.deep.equal([earned, 0n]);
      await world.filecoin.skip(100_000n);
      expect((await world.lens.dealOf(dealId)).deadline).to.equal(start + 3_000n + world.rules.provingPeriod);
      await market.settle(dealId);
      const closed = await world.lens.dealOf(dealId);
      expect([nameOf("RepairState", closed.state), closed.refundable, closed.deadline]).to.deep.equal([
        "Failed",
        0n,
        NEVER,
      ]);
    });
  });

  describe("strikesDue", () => {
    it("reverts for what is no deal", async () => {
      const { world, bidId } = await openFixture();
      for (const call of [
        () => world.lens.strikesDue(bidId),
        () => world.lens.healthOf(bidId),
        () => world.lens.earnedOf(bidId),
      ]) {
        await expect(call())
          .to.be.revertedWithCustomError(world.lens, "RepairMarketLens_NotDeal")
          .withArgs(bidId, State.Open);
      }
    });

    it("counts them as the market takes them, at most as many as are left", async () => {
      const { world, market, miner, dealId, start } = await activeFixture();
      const { provingPeriod, strikePeriod, maxStrikes } = world.rules;
      const at = async (epoch: bigint) => {
        await world.filecoin.skip(epoch - (await world.now()));
        return [...(await world.lens.strikesDue(dealId))];
      };
      const due = start + provingPeriod;
      expect(await at(due)).to.deep.equal([0n, due]);
      expect(await at(due + 1n)).to.deep.equal([1n, due + strikePeriod]);
      await market.slashRepairMiner(miner, dealId, []);
      expect((await market.orderOf(dealId)).progress.strikes).to.equal(1n);
      expect((await at(start + 60_000n))[0]).to.equal(maxStrikes - 1n);
      await market.slashRepairMiner(miner, dealId, []);
      expect(await at(start + 60_001n)).to.deep.equal([0n, NEVER]);
    });

    it("knows no deadline of a deal that is proven to its end", async () => {
      const { world, dealId, sealed, start, end } = await activeFixture();
      await provenTo(world, dealId, sealed, start, end - start);
      expect(await world.lens.strikesDue(dealId)).to.deep.equal([0n, NEVER]);
    });
  });

  describe("healthOf", () => {
    it("shows shards without a place as not held", async () => {
      const { world, dealId } = await placingFixture();
      const health = await world.lens.healthOf(dealId);
      expect([health.held, health.needed, health.total, health.providers]).to.deep.equal([0n, 2n, 4n, 0n]);
      expect(health.shards.map((shard) => shard.shard)).to.deep.equal([0n, 1n, 2n, 3n]);
      expect(health.shards.some((shard) => shard.held)).to.equal(false);
    });

    it("asks each sector now, and gives its location for a proof", async () => {
      const { world, dealId, sealed } = await placedFixture();
      await world.filecoin.declareFault(sealed[1]!.provider, sealed[1]!.sector);
      await world.filecoin.terminate(sealed[2]!.provider, sealed[2]!.sector);
      const health = await world.lens.healthOf(dealId);
      expect([health.held, health.providers]).to.deep.equal([2n, 2n]);
      expect(health.shards.map((shard) => [shard.status, shard.held])).to.deep.equal([
        ...[[Status.Active, true]],
        ...[[Status.Faulty, false]],
        ...[[Status.Dead, false]],
        ...[[Status.Active, true]],
      ]);
      await expect(world.market.proveRepair(dealId, [0, 3], [health.shards[0]!.location, health.shards[3]!.location]))
        .to.emit(world.market, "ShardsProven")
        .withArgs(dealId, [0n, 3n]);
    });

    it("counts a provider of several shards once", async () => {
      const world = await marketFixture();
      const data = await exampleData();
      const miner = await world.createMiner();
      const dealId = await world.addDeal(data, miner, { maxShardsPerProvider: 2n });
      const provider = await world.filecoin.createMiner();
      const sealed = [await world.seal(data, 0, miner, { provider }), await world.seal(data, 1, miner, { provider })];
      const placements = await Promise.all(sealed.map((where, shard) => world.placement(data, shard, where)));
      await miner.placeShards(dealId, placements);
      const health = await world.lens.healthOf(dealId);
      expect([health.held, health.providers]).to.deep.equal([2n, 1n]);
    });

    it("holds a shard until its sector is no longer bound to, and no epoch longer", async () => {
      const world = await marketFixture();
      const { dealId } = await shortLived(world);
      const { shards } = await world.lens.healthOf(dealId);
      const { validUntil } = shards[0]!.placement;
      await world.filecoin.skip(validUntil - (await world.now()));
      expect((await world.lens.healthOf(dealId)).shards[0]!.held).to.equal(true);
      await world.filecoin.skip(1n);
      const late = (await world.lens.healthOf(dealId)).shards[0]!;
      expect([late.status, late.held]).to.deep.equal([Status.Active, false]);
    });
  });

  describe("locate", () => {
    it("says nothing of actors that are no miners", async () => {
      const { lens, filecoin } = await marketFixture();
      for (const id of [5n, await filecoin.createAccount(), 999_999n]) {
        expect(await lens.locate(id, 1n)).to.deep.equal([Status.Unproven, "0x"]);
      }
    });
  });

  describe("powerOf", () => {
    it("counts deals that are proven in time, page by page", async () => {
      const { world, data, miner, dealId, sealed, start, end } = await activeFixture();
      const { lens, rules } = world;
      const second = await world.addDeal(data, miner);
      const power = async (count = 9n) => [...(await lens.powerOf(miner, 0n, count))];
      expect(await power()).to.deep.equal([sizeOf(data), 0n]);
      expect(await power(1n)).to.deep.equal([0n, dealId]);
      expect(await lens.powerOf(miner, dealId, 1n)).to.deep.equal([sizeOf(data), 0n]);
      expect(second).to.not.equal(dealId);

      await world.filecoin.skip(start + rules.provingPeriod - (await world.now()));
      expect((await power())[0]).to.equal(sizeOf(data));
      await world.filecoin.skip(1n);
      expect((await power())[0]).to.equal(0n);
      // A strike fell and no proof has come since: still nothing. With the proof it is power again.
      await world.market.slashRepairMiner(miner, dealId, []);
      expect((await power())[0]).to.equal(0n);
      await world.prove(dealId, sealed);
      expect((await power())[0]).to.equal(sizeOf(data));

      for (const epoch of [start + 11_900n, start + 17_500n, end]) {
        await world.nextAt(epoch);
        await world.prove(dealId, sealed);
      }
      expect((await power())[0]).to.equal(sizeOf(data));
      await world.filecoin.skip(1n);
      expect((await power())[0]).to.equal(0n);
    });

    it("is nothing for a miner without deals, and reverts for an address that is no miner", async () => {
      const { world, miner, market } = await openFixture();
      expect(await world.lens.powerOf(miner, 0n, 9n)).to.deep.equal([0n, 0n]);
      await expect(world.lens.powerOf(world.stranger, 0n, 9n)).to.be.revertedWithCustomError(
        market,
        "RepairMarket_UnknownId",
      );
    });
  });

  it("reads a deal under repair as such, due by the earlier of proof and repair", async () => {
    const { world, dealId, start } = await repairingFixture();
    const view = await world.lens.dealOf(dealId);
    expect([nameOf("RepairState", view.state), view.deadline]).to.deep.equal([
      "Repairing",
      start + world.rules.provingPeriod,
    ]);
  });
});
