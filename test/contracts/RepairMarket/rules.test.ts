import { expect } from "chai";
import { artifacts, ethers } from "hardhat";

import { GROUP_SLOTS } from "../../../src/gas/storageTree";
import { type RepairParameters, repairMarketParameters } from "../../../src/protocol/parameters/repairMarket";
import {
  IRepairMarket__factory,
  MarketRecords__factory,
  RepairMarket__factory,
  ShardPlacing__factory,
  ShardProving__factory,
} from "../../../typechain-types";
import { marketFixture } from "../../support/repairMarket";

const LOCAL = repairMarketParameters("hardhat");

describe("RepairMarket", () => {
  describe("rules", () => {
    const deploy = async (overrides: Partial<RepairParameters>) => {
      const [deployer] = await ethers.getSigners();
      return new MarketRecords__factory(deployer).deploy({ ...LOCAL, ...overrides });
    };
    const wrong: [string, Partial<RepairParameters>, string][] = [
      ["shares of 100 %", { reporterBps: 5_000n }, "reporter and client get less than all"],
      ["no share for reporters", { reporterBps: 0n }, "reporting pays"],
      ["no strikes", { maxStrikes: 0n }, "strikes cost"],
      ["strikes that cost nothing", { strikeBps: 0n }, "strikes cost"],
      ["strikes above the stake", { strikeBps: 3_334n }, "strikes take no more than the stake"],
      ["a stake above the total", { stakeBps: 10_001n }, "stake is a share of the total"],
      ["no stake", { stakeBps: 0n }, "stake is a share of the total"],
      ["no collateral", { collateralPerGiB: 0n }, "collateral is above zero"],
      ["no bond", { acceptanceBond: 0n }, "collateral is above zero"],
      [
        "a repair window in which no fault heals",
        { repairWindow: 5_879n },
        "a missed WindowPoSt heals within the repair window",
      ],
      [
        "a proving period in which no fault heals",
        { provingPeriod: 5_879n },
        "a missed WindowPoSt heals between proofs",
      ],
      ["a final window below a day", { finalWindow: 2_879n }, "the final window holds a WindowPoSt"],
      ["a strike period below a day", { strikePeriod: 2_879n }, "a strike can be answered"],
      [
        "strikes further apart than proofs",
        { strikePeriod: LOCAL.provingPeriod + 1n },
        "a proof brings no strike nearer",
      ],
      ["a claim window below a day", { claimWindow: 2_879n }, "a claim can be made"],
      ["a placement window below a day", { placementWindow: 2_879n }, "shards can be placed"],
      [
        "a term that one proof pays",
        { minDuration: LOCAL.finalWindow + LOCAL.provingPeriod },
        "a term needs more than one proof",
      ],
      ["no duration", { maxDuration: 9_999n }, "some duration is allowed"],
      ["offers that do not live", { maxBidLifetime: 0n }, "offers live"],
      ["times without end", { maxDuration: 1n << 30n }, "times are no longer than a thousand years"],
    ];
    for (const [what, overrides, rule] of wrong) {
      it(`refuse ${what}`, async () => {
        await expect(deploy(overrides))
          .to.be.revertedWithCustomError(
            MarketRecords__factory.connect(ethers.ZeroAddress, ethers.provider),
            "RepairMarket_BadParameters",
          )
          .withArgs(rule);
      });
    }

    it("hold on every network, and differ between local ones and Calibration", async () => {
      for (const network of ["mainnet", "calibration", "localhost", "hardhat"])
        await deploy(repairMarketParameters(network));
      expect(repairMarketParameters("calibration")).to.not.deep.equal(LOCAL);
      expect(() => repairMarketParameters("elsewhere")).to.throw("src/protocol/parameters/repairMarket.ts");
    });

    it("are the same in every part", async () => {
      const world = await marketFixture();
      const [deployer] = await ethers.getSigners();
      const { contents } = world;
      const placing = await new ShardPlacing__factory(deployer).deploy(LOCAL, contents);
      const proving = await new ShardProving__factory(deployer).deploy({ ...LOCAL, claimWindow: 4_000n });
      const records = await new MarketRecords__factory(deployer).deploy(LOCAL);
      await expect(new RepairMarket__factory(deployer).deploy(LOCAL, placing, proving, records))
        .to.be.revertedWithCustomError(world.market, "RepairMarket_PartDiffers")
        .withArgs(await proving.getAddress());
      const shown = await world.market.parameters();
      expect(Object.keys(LOCAL).map((key) => shown[key as keyof typeof shown])).to.deep.equal(Object.values(LOCAL));
    });

    it("leave parts that are called directly without any deal", async () => {
      const { market, stranger } = await marketFixture();
      const { placing, proving, records } = await market.parts();
      for (const part of [placing, proving, records]) {
        const direct = IRepairMarket__factory.connect(part, stranger);
        await expect(direct.settle(1n)).to.be.reverted;
        await expect(direct.placeShards(1n, [])).to.be.reverted;
        await expect(direct.orderOf(1n)).to.be.reverted;
      }
    });
  });

  describe("storage", () => {
    it("begins at slot 0, with records that straddle no group of 64 slots", async () => {
      const info = await artifacts.getBuildInfo("contracts/RepairMarket.sol:RepairMarket");
      const layoutOf = (source: string, name: string) =>
        (
          info!.output.contracts[source]![name] as unknown as {
            storageLayout: {
              storage: { label: string; slot: string; type: string }[];
              types: Record<
                string,
                { members?: { label: string; slot: string; type: string }[]; numberOfBytes: string }
              >;
            };
          }
        ).storageLayout;
      const { storage, types } = layoutOf("contracts/RepairMarket.sol", "RepairMarket");
      const state = storage.find(({ label }) => label === "_state")!;
      expect(state.slot).to.equal("0");
      const members = types[state.type]!.members!;
      const slotOf = (label: string) => BigInt(members.find((member) => member.label === label)!.slot);
      const slotsOf = (suffix: string) =>
        BigInt(Object.entries(types).find(([id]) => id.startsWith(`t_struct(${suffix})`))![1].numberOfBytes) / 32n;
      for (const [label, name] of [
        ["miners", "Miner"],
        ["asks", "Ask"],
        ["orders", "Order"],
        ["placements", "ShardSlot"],
      ] as const) {
        expect(slotOf(label) % GROUP_SLOTS, label).to.equal(0n);
        expect(GROUP_SLOTS % slotsOf(name), name).to.equal(0n);
      }
    });
  });
});
