import { expect } from "chai";
import { deployments, ethers, network } from "hardhat";
import Mocha from "mocha";

import { SimulatedFilecoin } from "../../src/devnet/actors/filecoin";
import {
  Checkpoint,
  deployed,
  eachFileOnItsOwnChain,
  emptyChain,
  fixture,
  requireBare,
  simulatedFilecoin,
} from "./chain";

const ROOT = Uint8Array.from({ length: 32 }, (_, index) => index);

async function publish(filecoin: SimulatedFilecoin, provider: bigint): Promise<void> {
  const client = await filecoin.actorIdOf((await ethers.getSigners())[1]!.address);
  const startEpoch = (await filecoin.epoch()) + 100n;
  const term = { startEpoch, endEpoch: startEpoch + 576_000n };
  await filecoin.publishDeal({ provider, client, pieceRoot: ROOT, paddedBytes: 1n << 20n, ...term });
}

describe("The chain that a test begins on", () => {
  describe("is refused when somebody left", () => {
    it("a miner", async () => {
      const filecoin = await simulatedFilecoin();
      const miner = await filecoin.createMiner();
      await expect(requireBare(filecoin)).to.be.rejectedWith(`miner f0${miner} with 0 sectors`);
    });

    it("a sector", async () => {
      const filecoin = await simulatedFilecoin();
      const provider = await filecoin.createMiner();
      await filecoin.commitSector({ provider, expiration: (await filecoin.epoch()) + 600_000n });
      await expect(requireBare(filecoin)).to.be.rejectedWith(`miner f0${provider} with 1 sectors`);
    });

    it("a deal", async () => {
      const filecoin = await simulatedFilecoin();
      await publish(filecoin, await filecoin.createMiner());
      await expect(requireBare(filecoin)).to.be.rejectedWith("1 deals");
    });

    it("a contract", async () => {
      const filecoin = await simulatedFilecoin();
      await ethers.deployContract("Wallet__Harness");
      const [account] = await ethers.getSigners();
      await expect(requireBare(filecoin)).to.be.rejectedWith(
        `1 blocks, 1 transactions of ${account!.address.toLowerCase()}`,
      );
    });

    it("a transaction that waits for its block", async () => {
      const filecoin = await simulatedFilecoin();
      const [account] = await ethers.getSigners();
      await network.provider.send("evm_setAutomine", [false]);
      await account!.sendTransaction({ to: account!.address });
      await expect(requireBare(filecoin)).to.be.rejectedWith(`are 1 transactions of ${account!.address.toLowerCase()}`);
    });

    it("and the contracts of the project", async () => {
      await deployed("DealStatus");
      await expect(requireBare(await SimulatedFilecoin.attach(network.provider))).to.be.rejectedWith("transactions of");
    });
  });

  describe("is bare again", () => {
    const scene = fixture(async () => {
      const filecoin = await simulatedFilecoin();
      return { filecoin, miner: await filecoin.createMiner() };
    });
    const other = fixture(async () => {
      await simulatedFilecoin();
      return ethers.deployContract("Wallet__Harness");
    });
    const further = fixture(async () => {
      const { filecoin, miner } = await scene();
      await publish(filecoin, miner);
      return { filecoin, miner };
    });
    const counts = async ({ filecoin }: { filecoin: SimulatedFilecoin }) => ({
      deals: Number(await filecoin.dealCount()),
      miners: (await filecoin.miners()).length,
    });

    it("after a scene, with actors alone", async () => {
      await scene();
      await requireBare(await simulatedFilecoin());
    });

    it("for a fixture whose snapshot is gone, since another began in between", async () => {
      const first = await scene();
      await other();
      await ethers.deployContract("Wallet__Harness");
      const again = await scene();
      expect(again).to.not.equal(first);
      expect(await counts(again)).to.deep.equal({ deals: 0, miners: 1 });
      expect(await ethers.provider.getTransactionCount((await ethers.getSigners())[0]!.address)).to.equal(0);
    });

    it("for a fixture on another, whichever is asked for first", async () => {
      expect(await counts(await further())).to.deep.equal({ deals: 1, miners: 1 });
      const { filecoin, miner } = await scene();
      expect(await counts({ filecoin })).to.deep.equal({ deals: 0, miners: 1 });
      await publish(filecoin, miner);
      await publish(filecoin, miner);
      expect(await counts(await further())).to.deep.equal({ deals: 1, miners: 1 });
    });

    it("for deployments, which are known again after others were", async () => {
      const market = await deployed("RepairMarketLens");
      await deployed("DealStatus");
      expect(await deployments.getOrNull("RepairMarketLens")).to.equal(undefined);
      const again = await deployed("RepairMarketLens");
      expect(again["RepairMarket"]!.address).to.equal(market["RepairMarket"]!.address);
      await ethers.deployContract("Wallet__Harness");
      await deployed("RepairMarketLens");
      expect((await deployments.get("RepairMarket")).address).to.equal(market["RepairMarket"]!.address);
      expect(await ethers.provider.getCode(market["RepairMarket"]!.address)).to.not.equal("0x");
    });

    it("with blocks that come with transactions, after a test that stopped them", async () => {
      await simulatedFilecoin();
      await network.provider.send("evm_setAutomine", [false]);
      await simulatedFilecoin();
      expect(await network.provider.send("hardhat_getAutomine", [])).to.equal(true);
    });

    it("after an empty one", async () => {
      await scene();
      await emptyChain();
      expect(await counts(await scene())).to.deep.equal({ deals: 0, miners: 1 });
    });
  });

  it("refuses a fixture that begins with what others left", async () => {
    const careless = fixture(async () => ethers.deployContract("Wallet__Harness"));
    await expect(careless()).to.be.rejectedWith("has to begin with another one");
  });

  it("says so when a checkpoint is gone", async () => {
    await simulatedFilecoin();
    const first = await Checkpoint.take();
    await ethers.deployContract("Wallet__Harness");
    const second = await Checkpoint.take();
    await first.restore();
    await first.restore();
    await expect(second.restore()).to.be.rejectedWith("is gone, since an earlier one was restored");
  });

  it("is there for no test outside of every describe, which is refused by name", () => {
    const root = new Mocha.Suite("");
    root.addTest(Object.assign(new Mocha.Test("stands alone"), { file: "loose.test.ts" }));
    expect(() => eachFileOnItsOwnChain(root)).to.throw(
      'The test "stands alone" of loose.test.ts stands outside of every',
    );
  });

  it("is not made for a skipped file", () => {
    const root = new Mocha.Suite("");
    const [skipped, other] = ["skipped", "other"].map((title) => Mocha.Suite.create(root, title));
    skipped!.pending = true;
    eachFileOnItsOwnChain(root);
    const hooks = (suite: Mocha.Suite) => (suite as unknown as { _beforeAll: Mocha.Hook[] })._beforeAll.length;
    expect([hooks(skipped!), hooks(other!)]).to.deep.equal([0, 1]);
  });
});
