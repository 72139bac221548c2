import { impersonateAccount, setBalance } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import {
  activeFixture,
  openFixture,
  placedFixture,
  provenTo,
  repairingFixture,
  Reason,
  State,
} from "../../support/repairMarket";

describe("RepairMarket", () => {
  describe("repair windows", () => {
    /** Shard 0 was reported first, shard 1 a thousand epochs later; both are back. */
    async function twoLosses() {
      const repairing = await repairingFixture();
      const { world, market, dealId, sealed } = repairing;
      await world.filecoin.declareFault(sealed[1]!.provider, sealed[1]!.sector);
      await world.nextAt(repairing.markedAt + 1_000n);
      await market.connect(world.stranger).reportLoss(dealId, 1, await world.locationOf(sealed[1]!));
      for (const where of sealed.slice(0, 2)) await world.filecoin.recover(where.provider, where.sector);
      const repairBy = async () => (await market.orderOf(dealId)).progress.repairDeadline;
      const cure = async (shard: number) => market.cure(dealId, shard, await world.locationOf(sealed[shard]!));
      return { ...repairing, repairBy, cure, window: world.rules.repairWindow };
    }

    it("are each loss's own: a later report does not move an earlier one's", async () => {
      const { market, world, dealId, repairBy, markedAt, window } = await twoLosses();
      expect(await repairBy()).to.equal(markedAt + window);
      expect((await market.orderOf(dealId)).reporter).to.equal(world.reporter.address);
    });

    it("fall back to the later loss when the earlier one is cured, and end with the last", async () => {
      const { repairBy, cure, markedAt, window } = await twoLosses();
      await cure(0);
      expect(await repairBy()).to.equal(markedAt + 1_000n + window);
      await cure(1);
      expect(await repairBy()).to.equal(0n);
    });

    it("stay as they are when the later loss is cured first", async () => {
      const { market, dealId, repairBy, cure, markedAt, window } = await twoLosses();
      await cure(1);
      expect([await repairBy(), (await market.orderOf(dealId)).progress.marks]).to.deep.equal([markedAt + window, 1n]);
    });

    it("that outlast the deal are no deadline", async () => {
      const { world, market, dealId, sealed, start, end } = await activeFixture();
      await provenTo(world, dealId, sealed, start, 15_000n);
      await world.filecoin.declareFault(sealed[0]!.provider, sealed[0]!.sector);
      await market.reportLoss(dealId, 0, await world.locationOf(sealed[0]!));
      const { repairDeadline } = (await market.orderOf(dealId)).progress;
      expect(repairDeadline > end).to.equal(true);
      expect(await world.lens.strikesDue(dealId)).to.deep.equal([0n, end + world.rules.finalWindow]);
    });
  });

  describe("when the last strike is due", () => {
    /** The lost shard is back, but three strikes have fallen due that nobody took. */
    async function lost() {
      const repairing = await repairingFixture();
      const { world, start, sealed } = repairing;
      await world.filecoin.recover(sealed[0]!.provider, sealed[0]!.sector);
      const { provingPeriod, strikePeriod } = world.rules;
      await world.filecoin.skip(start + provingPeriod + 2n * strikePeriod + 1n - (await world.now()));
      return repairing;
    }

    it("a cure comes too late: the deal fails, and the shard stays marked", async () => {
      const { world, market, dealId, sealed } = await lost();
      await expect(market.cure(dealId, 0, await world.locationOf(sealed[0]!)))
        .to.emit(market, "DealFailed")
        .withArgs(dealId, Reason.StrikesExhausted);
      expect((await market.placementsOf(dealId))[0]!.markedAt).to.not.equal(0n);
    });

    it("a new placement comes too late: the deal fails, and the shard stays where it was", async () => {
      const { world, market, miner, data, dealId, sealed } = await lost();
      const elsewhere = await world.seal(data, 0, miner);
      const placement = await world.placement(data, 0, elsewhere);
      await expect(miner.placeShards(dealId, [placement]))
        .to.emit(market, "DealFailed")
        .withArgs(dealId, Reason.StrikesExhausted);
      expect((await market.placementsOf(dealId))[0]!.provider).to.equal(sealed[0]!.provider);
      expect((await market.orderOf(dealId)).state).to.equal(State.Failed);
    });
  });

  it("takes a shard's placement once more where it lies, and counts it once", async () => {
    const { world, market, miner, data, dealId, sealed } = await placedFixture();
    await expect(miner.placeShards(dealId, [await world.placement(data, 0, sealed[0]!)])).to.emit(
      market,
      "ShardPlaced",
    );
    expect((await market.orderOf(dealId)).progress.placed).to.equal(4n);
  });
});

describe("RepairMiner", () => {
  describe("initialise", () => {
    it("is the market's alone, and once", async () => {
      const { market, miner, world } = await openFixture();
      const pubkey = world.worker.signingKey.publicKey;
      await expect(miner.initialise(pubkey))
        .to.be.revertedWithCustomError(miner, "RepairMiner_NotMarket")
        .withArgs(await market.getAddress(), world.owner.address);
      const address = await market.getAddress();
      await impersonateAccount(address);
      await setBalance(address, (await ethers.provider.getBalance(address)) + 10n ** 18n);
      await expect(miner.connect(await ethers.getSigner(address)).initialise(pubkey)).to.be.revertedWithCustomError(
        miner,
        "RepairMiner_AlreadyInitialised",
      );
    });
  });
});
