import { expect } from "chai";
import { ethers, network } from "hardhat";

import { activeFixture, GIB, marketFixture, openFixture } from "../../support/repairMarket";

const RESOLVE_ADDRESS = "0xfe00000000000000000000000000000000000001";
const FIL = ethers.parseEther("1");

describe("RepairMarket", () => {
  describe("addCollateral", () => {
    it("reverts for an address that is no miner of this market", async () => {
      const { market, stranger } = await marketFixture();
      await expect(market.addCollateral(stranger.address, { value: 1n }))
        .to.be.revertedWithCustomError(market, "RepairMarket_UnknownMiner")
        .withArgs(stranger.address);
    });

    it("reverts without value", async () => {
      const world = await marketFixture();
      const miner = await world.createMiner();
      await expect(miner.addCollateral()).to.be.revertedWithCustomError(world.market, "RepairMarket_AmountZero");
    });

    it("adds, through the miner and straight", async () => {
      const world = await marketFixture();
      const miner = await world.createMiner();
      const before = (await world.market.minerOf(1)).collateral;
      await expect(miner.addCollateral({ value: FIL }))
        .to.emit(world.market, "CollateralAdded")
        .withArgs(1n, FIL);
      await world.market.addCollateral(miner, { value: FIL });
      expect((await world.market.minerOf(1)).collateral).to.equal(before + 2n * FIL);
    });
  });

  describe("withdrawCollateral", () => {
    it("reverts for all but the owner", async () => {
      const world = await marketFixture();
      const miner = await world.createMiner();
      const worker = miner.connect(world.worker);
      await expect(worker.withdrawCollateral(1n)).to.be.revertedWithCustomError(miner, "RepairMiner_NotOwner");
      await expect(world.market.withdrawCollateral(1n)).to.be.revertedWithCustomError(
        world.market,
        "RepairMarket_UnknownMiner",
      );
    });

    it("reverts for nothing", async () => {
      const world = await marketFixture();
      const miner = await world.createMiner();
      await expect(miner.withdrawCollateral(0n)).to.be.revertedWithCustomError(world.market, "RepairMarket_AmountZero");
    });

    describe("when no ask was ever made", () => {
      it("gives all of it, and not one attoFIL more", async () => {
        const world = await marketFixture();
        const miner = await world.createMiner();
        const { collateral } = await world.market.minerOf(1);
        await expect(miner.withdrawCollateral(collateral + 1n))
          .to.be.revertedWithCustomError(world.market, "RepairMarket_CollateralShort")
          .withArgs(collateral + 1n, collateral);
        await miner.withdrawCollateral(collateral);
        expect(await world.market.creditOf(world.owner.address)).to.equal(collateral);
      });
    });

    describe("when an ask was made", () => {
      for (const [when, offset, leaves] of [
        ["one epoch before lockedUntil", -1n, true],
        ["at lockedUntil", 0n, true],
        ["one epoch after", 1n, false],
      ] as const) {
        it(`${leaves ? "keeps" : "releases"} the acceptance bond ${when}`, async () => {
          const { world, market, miner } = await openFixture();
          const { collateral, lockedUntil } = await market.minerOf(1);
          await world.nextAt(lockedUntil + offset);
          const sent = miner.withdrawCollateral(collateral);
          if (leaves) {
            await expect(sent)
              .to.be.revertedWithCustomError(market, "RepairMarket_CollateralShort")
              .withArgs(collateral, collateral - world.rules.acceptanceBond);
          } else {
            await sent;
            expect((await market.minerOf(1)).collateral).to.equal(0n);
          }
        });
      }

      it("keeps the bond when the ask is cancelled: it may have been accepted before", async () => {
        const { world, market, miner, askId } = await openFixture();
        await miner.cancelAsk(askId);
        const { collateral } = await market.minerOf(1);
        await expect(miner.withdrawCollateral(collateral)).to.be.revertedWithCustomError(
          market,
          "RepairMarket_CollateralShort",
        );
        await miner.withdrawCollateral(collateral - world.rules.acceptanceBond);
      });
    });

    describe("when a deal is open", () => {
      it("keeps its stake", async () => {
        const { world, market, miner, stake } = await activeFixture();
        const { collateral } = await market.minerOf(1);
        const free = collateral - stake - world.rules.acceptanceBond;
        await expect(miner.withdrawCollateral(free + 1n))
          .to.be.revertedWithCustomError(market, "RepairMarket_CollateralShort")
          .withArgs(free + 1n, free);
        await miner.withdrawCollateral(free);
      });
    });
  });

  describe("registerClient", () => {
    it("reverts for an address that is no miner of this market", async () => {
      const { market, stranger } = await marketFixture();
      await expect(market.registerClient(stranger.address)).to.be.revertedWithCustomError(
        market,
        "RepairMarket_UnknownMiner",
      );
    });

    it("reverts when the caller's actor id cannot be told", async () => {
      const world = await marketFixture();
      const miner = await world.createMiner();
      // A precompile without code answers with success and nothing, as it does for an address without an actor.
      await network.provider.send("hardhat_setCode", [RESOLVE_ADDRESS, "0x"]);
      await expect(world.market.registerClient(miner))
        .to.be.revertedWithCustomError(world.market, "RepairMarket_UnknownActor")
        .withArgs(world.stranger.address);
    });

    it("lets an actor name its miner, and another one later", async () => {
      const world = await marketFixture();
      const [one, two] = [await world.createMiner(), await world.createMiner()];
      const id = await world.filecoin.actorIdOf(world.stranger.address);
      await expect(world.market.registerClient(one)).to.emit(world.market, "ClientRegistered").withArgs(id, 1n);
      await world.market.registerClient(two);
      expect(await world.market.clientMiner(id)).to.equal(2n);
    });
  });

  describe("RepairMiner", () => {
    it("lets nobody but owner and worker act", async () => {
      const { miner, world } = await openFixture();
      const stranger = miner.connect(world.stranger);
      const refused = (sent: Promise<unknown>) =>
        expect(sent).to.be.revertedWithCustomError(miner, "RepairMiner_NotOwnerOrWorker");
      await refused(stranger["addAsk(uint256,uint256)"](1n, GIB));
      await refused(stranger["addAsk(uint256,uint256,uint64)"](1n, GIB, 1n));
      await refused(stranger.cancelAsk(1n));
      await refused(stranger.addDeal(1n, 1n, "0x"));
      await refused(stranger.placeShards(1n, []));
      await refused(stranger.withdrawEarnings(1n));
      const notOwner = (sent: Promise<unknown>) =>
        expect(sent).to.be.revertedWithCustomError(miner, "RepairMiner_NotOwner");
      await notOwner(stranger.addCollateral({ value: 1n }));
      await notOwner(stranger.changeWorker(world.stranger));
      await notOwner(stranger.changePubkey("0x"));
    });

    it("lets the owner change the worker, who stays bound to what it could have promised", async () => {
      const { miner, world, market } = await openFixture();
      const { lockedUntil } = await market.minerOf(1);
      const former = world.worker.address;
      await expect(miner.changeWorker(ethers.ZeroAddress)).to.be.revertedWithCustomError(
        miner,
        "RepairMiner_WorkerZero",
      );
      await expect(miner.changeWorker(world.stranger))
        .to.emit(miner, "WorkerChanged")
        .withArgs(former, world.stranger.address, lockedUntil);
      expect(await miner.isBound(former, lockedUntil)).to.equal(true);
      expect(await miner.isBound(former, lockedUntil + 1n)).to.equal(false);
      expect(await miner.isBound(world.stranger, lockedUntil + 1n)).to.equal(true);
      expect(await miner.isBound(ethers.ZeroAddress, 0n)).to.equal(false);
      await expect(miner.connect(world.worker).cancelAsk(1n)).to.be.revertedWithCustomError(
        miner,
        "RepairMiner_NotOwnerOrWorker",
      );
      await miner.changePubkey(world.worker.signingKey.publicKey);
      expect(await miner.worker()).to.equal(former);
    });

    it("gives an ask the longest life by default", async () => {
      const { miner, world, market } = await openFixture();
      await miner.connect(world.worker)["addAsk(uint256,uint256)"](5n, GIB);
      expect((await market.askOf(2n)).expiry).to.equal((await world.now()) + world.rules.maxAskLifetime);
    });
  });
});
