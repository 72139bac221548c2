import { expect } from "chai";

import { ACCEPTANCE_TYPES, marketDomain } from "../../../src/protocol/authorisation";
import { RebuiltMarket } from "../../support/rebuiltMarket";
import { Kind, type MarketWorld, repairingFixture } from "../../support/repairMarket";

/** Every record in storage equals the one rebuilt from logs. */
async function expectRebuilt({ market, client, owner, reporter, stranger }: MarketWorld): Promise<void> {
  const rebuilt = await RebuiltMarket.from(market);
  const counts = await market.counts();
  expect([rebuilt.miners.size, rebuilt.asks.size, rebuilt.orders.size].map(BigInt)).to.deep.equal([...counts]);
  const compare = (what: string, stored: object, from: Record<string, unknown>) => {
    for (const [field, value] of Object.entries(from)) {
      if (field === "size" && !("size" in stored)) continue;
      const there = (stored as Record<string, unknown>)[field];
      if (Array.isArray(value)) expect([...(there as Iterable<unknown>)], `${what} ${field}`).to.deep.equal(value);
      else if (typeof value === "object")
        compare(`${what} ${field}`, there as object, value as Record<string, unknown>);
      else expect(there, `${what} ${field}`).to.equal(value);
    }
  };
  for (const [id, miner] of rebuilt.miners) compare(`miner ${id}`, await market.minerOf(id), miner);
  for (const [id, ask] of rebuilt.asks) compare(`ask ${id}`, await market.askOf(id), ask);
  for (const [id, order] of rebuilt.orders) {
    compare(`order ${id}`, await market.orderOf(id), order);
    const stored = await market.placementsOf(id);
    for (const [shard, placement] of stored.entries()) {
      const from = rebuilt.placements.get(id)?.get(BigInt(shard));
      expect(placement.kind !== Kind.None, `order ${id} shard ${shard}`).to.equal(from !== undefined);
      if (from !== undefined) compare(`order ${id} shard ${shard}`, placement, from);
    }
  }
  for (const { address } of [client, owner, reporter, stranger]) {
    expect(await market.creditOf(address), address).to.equal(rebuilt.credits.get(address) ?? 0n);
  }
  expect(await market.unburnt()).to.equal(rebuilt.unburnt);
}

describe("RepairMarket", () => {
  describe("events", () => {
    it("hold all state: storage is rebuilt from logs alone, at every step of busy lives", async () => {
      const { world, market, data, miner, bid, dealId, sealed, start, end } = await repairingFixture();
      const { rules, filecoin } = world;
      await expectRebuilt(world);

      await world.filecoin.recover(sealed[0]!.provider, sealed[0]!.sector);
      await world.prove(dealId, sealed);
      await world.prove(dealId, sealed, [1, 2]);
      await filecoin.declareFault(sealed[1]!.provider, sealed[1]!.sector);
      await market.connect(world.reporter).reportLoss(dealId, 1, await world.locationOf(sealed[1]!));
      sealed[1] = await world.seal(data, 1, miner);
      await miner.placeShards(dealId, [await world.placement(data, 1, sealed[1])]);
      await world.nextAt(start + 3_000n);
      await world.prove(dealId, sealed);
      await market.withdrawEarnings(dealId);
      await expectRebuilt(world);

      const [cheap, dear] = [
        await world.addAsk(miner, bid.price / 3n, 3n * bid.size),
        await world.addAsk(miner, bid.price),
      ];
      const [cancelled, expired, filled] = [await world.addBid(bid), await world.addBid(bid), await world.addBid(bid)];
      await market.connect(world.client).cancelBid(cancelled);
      await miner.addDeal(cheap, filled, await world.sign(cheap, filled));
      await miner.cancelAsk(dear);
      await market.registerClient(miner);
      await miner.addCollateral({ value: 5n });
      await miner.withdrawCollateral(7n);
      await expectRebuilt(world);

      const domain = marketDomain(
        (await world.market.runner!.provider!.getNetwork()).chainId,
        await market.getAddress(),
      );
      const promise = {
        bidId: expired,
        askId: cheap,
        miner: await miner.getAddress(),
        deadline: (await world.now()) + 100n,
        authorisation: await world.sign(cheap, expired),
      };
      const workerSig = await world.worker.signTypedData(domain, ACCEPTANCE_TYPES, promise);
      await world.nextAt(promise.deadline + 1n);
      await market.connect(world.reporter).slashBrokenAcceptance(promise, workerSig);
      await world.nextAt(start + 3_000n + rules.provingPeriod + 5n);
      await market.expireBid(expired);
      await market.slashRepairMiner(miner, dealId, []);
      await market.slashRepairMiner(miner, filled, []);
      await world.prove(dealId, sealed);
      await market.connect(world.client).withdraw(world.client.address);
      await market.flushBurn();
      await expectRebuilt(world);

      await world.nextAt(end + rules.finalWindow + 1n);
      await market.settle(dealId);
      await expectRebuilt(world);
    });
  });
});
