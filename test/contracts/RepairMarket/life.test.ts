import { expect } from "chai";
import { ethers } from "hardhat";

import { marketFixture, State } from "../../support/repairMarket";

describe("RepairMarket", () => {
  describe("life of a deal", () => {
    it("begins with the first proof of all shards, pays what is proven, ends with nothing left over", async () => {
      const world = await marketFixture();
      const { market, lens, rules } = world;
      const { dealId, sealed, start, end, total } = await world.activeDeal();
      expect((await lens.dealOf(dealId)).state).to.equal(State.Active);
      expect(await lens.earnedOf(dealId)).to.deep.equal([0n, 0n]);

      for (const due of [start + rules.provingPeriod, start + 2n * rules.provingPeriod]) {
        await world.nextAt(due);
        await world.prove(dealId, sealed);
        expect((await lens.earnedOf(dealId))[0]).to.equal((total * (due - start)) / (end - start));
      }
      // Within the final window, which covers to the end.
      await world.nextAt(start + 3n * rules.provingPeriod);
      await world.prove(dealId, sealed);
      expect((await lens.earnedOf(dealId))[0]).to.equal(total);
      await world.nextAt(end + 1n);
      await market.settle(dealId);

      expect((await lens.dealOf(dealId)).state).to.equal(State.Finished);
      expect(await market.creditOf(world.owner.address)).to.equal(total);
      await market.connect(world.owner).withdraw(world.owner.address);
      const miner = await market.minerOf(1);
      expect([await market.creditOf(world.client.address), await market.unburnt()]).to.deep.equal([0n, 0n]);
      expect(await ethers.provider.getBalance(market)).to.equal(miner.collateral);
      expect([miner.locked, miner.used, miner.power]).to.deep.equal([0n, 0n, 0n]);
    });
  });
});
