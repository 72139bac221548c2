import { expect } from "chai";
import { ethers } from "hardhat";

import { ACCEPTANCE_TYPES, marketDomain } from "../../../../src/protocol/authorisation";
import { exampleBid, exampleData, GIB, marketFixture, type Sealed, Reason, State } from "../../../support/repairMarket";

const BPS = 10_000n;

/**
 * One party as client, as owner of the miner, and as whoever reports and slashes, with a deal whose term has begun or not.
 * `owned` is all that the market holds of that party's: nothing of it can be had without a credit.
 */
async function alone({ active }: { active: boolean }) {
  const world = await marketFixture();
  const [self, data] = [world.owner, await exampleData()];
  const market = world.market.connect(self);
  const miner = await world.createMiner({ owner: self });
  const bid = exampleBid(data);
  const askId = await world.addAsk(miner, bid.price, GIB, 20_000n);
  const dealId = await world.addBid(bid, self);
  await miner.addDeal(askId, dealId, await world.sign(askId, dealId, self));
  const sealed: Sealed[] = active ? await world.placeAll(dealId, data, miner) : [];
  if (active) await world.prove(dealId, sealed);
  const { progress, stake, pay } = await market.orderOf(dealId);
  const owned = async () => {
    const order = await market.orderOf(dealId);
    const open = order.state === State.Placing || order.state === State.Active;
    const { collateral } = await market.minerOf(1n);
    return collateral + (await market.creditOf(self.address)) + (open ? order.pay.total - order.pay.withdrawn : 0n);
  };
  return { world, market, miner, data, dealId, askId, bid, sealed, self, progress, stake, total: pay.total, owned };
}

/** What is left of an amount for the burn when client and reporter both are the miner itself. */
function burntOf({ rules }: { rules: { clientBps: bigint; reporterBps: bigint } }, amount: bigint): bigint {
  return amount - (amount * rules.clientBps) / BPS - (amount * rules.reporterBps) / BPS;
}

describe("RepairMarket under attack", () => {
  describe("one party that is client, miner and reporter", () => {
    it("loses 30 % of the stake when it lets its own deal's placement fail", async () => {
      const { world, market, miner, dealId, progress, stake, owned } = await alone({ active: false });
      const before = await owned();
      await world.nextAt(progress.deadline + 1n);
      await market.slashRepairMiner(miner, dealId, []);
      const lost = before - (await owned());
      expect(lost).to.equal(burntOf(world, stake));
      expect([lost, await market.unburnt()]).to.deep.equal([(stake * 3n) / 10n, lost]);
      expect(await market.creditOf(world.stranger.address)).to.equal(0n);
    });

    it("loses 30 % of the stake in three strikes, as much as at once", async () => {
      const { world, market, miner, dealId, progress, stake, owned } = await alone({ active: true });
      const before = await owned();
      const strike = (stake * world.rules.strikeBps) / BPS;
      for (const period of [0n, 1n, 2n]) {
        await world.nextAt(progress.deadline + period * world.rules.strikePeriod + 1n);
        await market.slashRepairMiner(miner, dealId, []);
      }
      const lost = before - (await owned());
      expect((await market.orderOf(dealId)).state).to.equal(State.Failed);
      expect(lost).to.equal(2n * burntOf(world, strike) + burntOf(world, stake - 2n * strike));
      expect(lost).to.equal((stake * 3n) / 10n);
    });

    it("loses 30 % of the stake when it reports and proves its own loss of the data", async () => {
      const { world, market, miner, dealId, sealed, stake, owned } = await alone({ active: true });
      const before = await owned();
      const lostShards = [0, 1, 2];
      for (const shard of lostShards) {
        await world.filecoin.terminate(sealed[shard]!.provider, sealed[shard]!.sector);
        await market.reportLoss(dealId, shard, await world.locationOf(sealed[shard]!));
      }
      const evidence = [];
      for (const shard of lostShards) evidence.push({ shard, location: await world.locationOf(sealed[shard]!) });
      await world.nextAt((await world.now()) + world.rules.repairWindow + 1n);
      await expect(market.slashRepairMiner(miner, dealId, evidence))
        .to.emit(market, "DealFailed")
        .withArgs(dealId, Reason.DataLost);
      expect(before - (await owned())).to.equal((stake * 3n) / 10n);
    });

    it("loses half of each strike when it only proves late: a share nobody earned is burnt", async () => {
      const { world, market, dealId, sealed, progress, stake, owned } = await alone({ active: true });
      const before = await owned();
      await world.nextAt(progress.deadline + 1n);
      await world.prove(dealId, sealed);
      const strike = (stake * world.rules.strikeBps) / BPS;
      expect(before - (await owned())).to.equal(strike / 2n);
      expect(await market.unburnt()).to.equal(strike / 2n);
    });

    it("loses 30 % of the bond when it breaks its own acceptance", async () => {
      const { world, market, miner, self, bid, askId, owned } = await alone({ active: false });
      const bidId = await world.addBid(bid, self);
      const before = await owned();
      const { chainId } = await ethers.provider.getNetwork();
      const domain = marketDomain(chainId, await market.getAddress());
      const acceptance = {
        bidId,
        askId,
        miner: await miner.getAddress(),
        deadline: (await world.now()) + 500n,
        authorisation: await world.sign(askId, bidId, self),
      };
      const signature = await world.worker.signTypedData(domain, ACCEPTANCE_TYPES, acceptance);
      await world.nextAt(acceptance.deadline + 1n);
      await market.slashBrokenAcceptance(acceptance, signature);
      expect(before - (await owned())).to.equal((world.rules.acceptanceBond * 3n) / 10n);
    });

    it("gains nothing by paying itself: an honest term costs nothing and gives nothing", async () => {
      const { world, market, dealId, sealed, progress, bid, owned } = await alone({ active: true });
      const before = await owned();
      for (const due of [6_000n, 12_000n, 18_000n]) {
        await world.nextAt(progress.start + due);
        await world.prove(dealId, sealed);
      }
      await world.nextAt(progress.start + bid.time + 1n);
      await market.settle(dealId);
      expect([await owned(), await market.unburnt()]).to.deep.equal([before, 0n]);
    });
  });
});
