import { expect } from "chai";
import { ethers } from "hardhat";

import { RepairMiner__factory } from "../../../typechain-types";
import { GIB, marketFixture } from "../../support/repairMarket";

const KEY = `0x04${"11".repeat(64)}`;
const POINT = `0x${"11".repeat(64)}`;
const WORKER = ethers.getAddress(`0x${ethers.keccak256(POINT).slice(26)}`);

describe("RepairMarket", () => {
  describe("createRepairMiner", () => {
    const create = async (pubkey: string, pledge: bigint, short = 0n) => {
      const world = await marketFixture();
      const market = world.market.connect(world.owner);
      const value = (await market.collateralDue(pledge)) - short;
      const actor =
        short > 0n || pledge === 0n
          ? ""
          : await market.createRepairMiner.staticCall(pubkey, pledge, "0x", { value }).catch(() => "");
      return { world, market, value, actor, sent: market.createRepairMiner(pubkey, pledge, "0x0102", { value }) };
    };

    describe("when the pledge is zero", () => {
      it("reverts", async () => {
        const { market, sent } = await create(KEY, 0n);
        await expect(sent).to.be.revertedWithCustomError(market, "RepairMarket_PledgeZero");
      });
    });

    describe("when the value is one attoFIL short of the collateral due", () => {
      it("reverts with both", async () => {
        const { market, value, sent } = await create(KEY, GIB, 1n);
        await expect(sent)
          .to.be.revertedWithCustomError(market, "RepairMarket_CollateralShort")
          .withArgs(value + 1n, value);
      });
    });

    describe("when the key is not one", () => {
      for (const [why, key] of [
        ["compressed", `0x02${"11".repeat(32)}`],
        ["65 bytes without the prefix", `0x05${"11".repeat(64)}`],
        ["empty", "0x"],
      ] as const) {
        it(`reverts: ${why}`, async () => {
          const { actor, sent } = await create(key, GIB);
          expect(actor).to.equal("");
          const miner = RepairMiner__factory.createInterface();
          await expect(sent)
            .to.be.revertedWithCustomError({ interface: miner } as never, "RepairMiner_BadPubkey")
            .withArgs(key);
        });
      }
    });

    for (const [why, key] of [
      ["64 bytes", POINT],
      ["65 bytes", KEY],
    ] as const) {
      describe(`when all is right (key of ${why})`, () => {
        it("makes the caller the owner and the key's address the worker", async () => {
          const { world, market, value, actor, sent } = await create(key, GIB);
          await expect(sent)
            .to.emit(market, "MinerCreated")
            .withArgs(1n, actor, world.owner.address, GIB, value, key, "0x0102");
          const miner = RepairMiner__factory.connect(actor, world.stranger);
          expect(await miner.owner()).to.equal(world.owner.address);
          expect(await miner.worker()).to.equal(WORKER);
          expect(await miner.market()).to.equal(await market.getAddress());
          const record = await market.minerOf(await market.minerIdOf(actor));
          expect([record.actor, record.owner, record.collateral, record.pledge]).to.deep.equal([
            actor,
            world.owner.address,
            value,
            GIB,
          ]);
        });
      });
    }

    it("makes actors that nobody can initialise again, nor the code behind them", async () => {
      const { world, market, actor, sent } = await create(KEY, GIB);
      await sent;
      for (const address of [actor, await market.repairMinerImplementation()]) {
        const miner = RepairMiner__factory.connect(address, world.stranger);
        await expect(miner.initialise(KEY)).to.be.revertedWithCustomError(miner, "RepairMiner_NotMarket");
        await expect(miner["addAsk(uint256,uint256)"](1, 1)).to.be.reverted;
      }
    });
  });

  describe("collateralDue", () => {
    it("rounds up, against the miner, and adds the acceptance bond", async () => {
      const { market, rules } = await marketFixture();
      expect(await market.collateralDue(GIB)).to.equal(rules.collateralPerGiB + rules.acceptanceBond);
      expect(await market.collateralDue(1n)).to.equal((rules.collateralPerGiB + GIB - 1n) / GIB + rules.acceptanceBond);
    });
  });
});
