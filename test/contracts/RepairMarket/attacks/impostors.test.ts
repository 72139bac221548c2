import { expect } from "chai";
import { ethers } from "hardhat";

import {
  IRepairMarket__factory,
  IRepairMiner__factory,
  SectorContents__factory,
  Wallet__Harness__factory,
} from "../../../../typechain-types";
import {
  activeFixture,
  Fault,
  GIB,
  openFixture,
  placedFixture,
  placingFixture,
  type MarketWorld,
} from "../../../support/repairMarket";

const SECTOR_CONTENT_CHANGED = 2034386435n;
const CBOR = 0x51n;

/** A proxy for the market's own `RepairMiner` code, made by somebody else, with any owner behind it. */
async function forgedMiner({ market, stranger }: MarketWorld, owner: string) {
  const implementation = await market.repairMinerImplementation();
  const args = ethers.AbiCoder.defaultAbiCoder().encode(["address"], [owner]);
  const size = ethers.toBeHex(0x2d + 32, 2).slice(2);
  const head = `0x61${size}3d81600a3d39f3363d3d373d3d3d363d73`;
  const data = ethers.concat([head, implementation, "0x5af43d82803e903d91602b57fd5bf3", args]);
  const receipt = await (await stranger.sendTransaction({ data })).wait();
  return IRepairMiner__factory.connect(receipt!.contractAddress!, stranger);
}

describe("RepairMarket under attack", () => {
  describe("somebody who is no miner", () => {
    it("as an account, a contract, or a proxy for the market's own code, is none", async () => {
      const { world, market, bid, dealId, askId } = await placingFixture();
      const wallet = await new Wallet__Harness__factory(world.stranger).deploy();
      const forged = await forgedMiner(world, world.stranger.address);
      // It speaks to the market, which made no such miner; and only the market could have given it an owner or a worker.
      expect(await forged.market()).to.equal(await market.getAddress());
      await expect(forged.initialise(world.worker.signingKey.publicKey)).to.be.revertedWithCustomError(
        forged,
        "RepairMiner_NotMarket",
      );
      const bidId = await world.addBid(bid);
      const encode = market.interface.encodeFunctionData.bind(market.interface) as unknown as (
        n: string,
        a: unknown[],
      ) => string;
      for (const data of [
        encode("addRepairAsk", [1n, GIB, 10n]),
        encode("withdrawCollateral", [1n]),
        encode("cancelAsk", [askId]),
        encode("addDeal", [askId, bidId, "0x"]),
        encode("placeShards", [dealId, []]),
      ]) {
        const to = await market.getAddress();
        await expect(world.stranger.call({ to, data })).to.be.rejectedWith(/UnknownMiner|NotMiner/);
        await expect(wallet.run(market, data)).to.be.rejectedWith(/UnknownMiner|NotMiner/);
      }
      for (const send of [
        () => forged["addAsk(uint256,uint256)"](1n, GIB),
        () => forged.withdrawCollateral(1n),
        () => forged.addCollateral({ value: 1n }),
        () => forged.cancelAsk(askId),
        () => forged.addDeal(askId, bidId, "0x"),
        () => forged.placeShards(dealId, []),
      ]) {
        await expect(send()).to.be.rejectedWith(/NotOwner|UnknownMiner|NotMiner/);
      }
    });

    it("cannot make the code behind all miners its own", async () => {
      const { world, market } = await openFixture();
      const bare = IRepairMiner__factory.connect(await market.repairMinerImplementation(), world.stranger);
      const key = world.worker.signingKey.publicKey;
      await expect(bare.initialise(key)).to.be.revertedWithCustomError(bare, "RepairMiner_NotMarket");
      for (const send of [
        () => bare.changeWorker(world.stranger),
        () => bare.changePubkey(key),
        () => bare.addCollateral({ value: 1n }),
      ]) {
        await expect(send()).to.be.reverted;
      }
    });

    it("cannot withdraw, cancel or approve what is another's", async () => {
      const { world, market, bidId, askId, miner } = await openFixture();
      const { collateral } = await market.minerOf(1n);
      await expect(market.cancelBid(bidId)).to.be.revertedWithCustomError(market, "RepairMarket_NotClient");
      await expect(market.approveBid(bidId, askId)).to.be.revertedWithCustomError(market, "RepairMarket_NotClient");
      await expect(market.withdraw(world.stranger)).to.be.revertedWithCustomError(
        market,
        "RepairMarket_NothingToWithdraw",
      );
      await expect(miner.connect(world.worker).withdrawCollateral(collateral)).to.be.revertedWithCustomError(
        miner,
        "RepairMiner_NotOwner",
      );
      await expect(miner.connect(world.worker).changeWorker(world.stranger)).to.be.revertedWithCustomError(
        miner,
        "RepairMiner_NotOwner",
      );
    });
  });

  describe("the parts of the market, called by themselves", () => {
    it("know no deal, take no value, and keep nothing", async () => {
      const { world, market, miner, dealId, sealed } = await placedFixture();
      const parts = await market.parts();
      const location = await world.locationOf(sealed[0]!);
      const calls: [string, unknown[]][] = [
        ["placeShards", [dealId, []]],
        ["proveRepair", [dealId, [0], [location]]],
        ["reportLoss", [dealId, 0, location]],
        ["cure", [dealId, 0, location]],
        ["slashRepairMiner", [await miner.getAddress(), dealId, []]],
        ["settle", [dealId]],
        ["orderOf", [dealId]],
        ["minerOf", [1n]],
        ["withdraw", [world.stranger.address]],
        ["addCollateral", [await miner.getAddress()]],
      ];
      for (const part of parts) {
        const direct = IRepairMarket__factory.connect(part, world.stranger);
        for (const [name, args] of calls) {
          const data = direct.interface.encodeFunctionData(name as "settle", args as [bigint]);
          await expect(world.stranger.sendTransaction({ to: part, data, gasLimit: 1_000_000n }), name).to.be.reverted;
        }
        await expect(world.stranger.sendTransaction({ to: part, value: 1n, gasLimit: 1_000_000n })).to.be.reverted;
        expect(await ethers.provider.getStorage(part, 0)).to.equal(ethers.ZeroHash);
      }
      // The market's own records are where they were.
      expect((await market.orderOf(dealId)).progress.placed).to.equal(4n);
    });

    it("cannot be made to run for another than the deal's miner, whoever calls the market", async () => {
      const { world, market, miner, dealId, data, sealed } = await activeFixture();
      const placement = await world.placement(data, 0, sealed[0]!);
      await expect(market.placeShards(dealId, [placement]))
        .to.be.revertedWithCustomError(market, "RepairMarket_NotMiner")
        .withArgs(await miner.getAddress(), world.stranger.address);
    });
  });

  describe("notices of sectors", () => {
    /** `[[sector, commitment, [[cid, size, payload]]]]` of one shard, as a miner actor sends it. */
    const noticeOf = (sector: bigint, root: Uint8Array, size: bigint, payload: string) => {
      const u = (major: number, n: bigint) =>
        n < 24n
          ? ethers.toBeHex((BigInt(major) << 5n) | n, 1)
          : ethers.concat([ethers.toBeHex((BigInt(major) << 5n) | 26n, 1), ethers.toBeHex(n, 4)]);
      const bytes = (content: string) => ethers.concat([u(2, BigInt(ethers.dataLength(content))), content]);
      const cid = ethers.concat(["0xd82a", bytes(ethers.concat(["0x000181e203922020", root]))]);
      const piece = ethers.concat(["0x83", cid, u(0, size), bytes(payload)]);
      return ethers.concat(["0x81", "0x83", u(0, sector), u(0, 900_000n), "0x81", piece]);
    };

    it("told by an account or a contract are refused, however well they are formed", async () => {
      const { world, data, miner } = await placingFixture();
      const contents = SectorContents__factory.connect(world.contents, world.stranger);
      const notice = noticeOf(1n, data.shards[0]!.root, 512n, await world.payloadFor(await miner.getAddress()));
      await expect(contents.handle_filecoin_method(SECTOR_CONTENT_CHANGED, CBOR, notice))
        .to.be.revertedWithCustomError(contents, "SectorContents_NotMiner")
        .withArgs(world.stranger.address);
      const wallet = await new Wallet__Harness__factory(world.stranger).deploy();
      const call = contents.interface.encodeFunctionData("handle_filecoin_method", [
        SECTOR_CONTENT_CHANGED,
        CBOR,
        notice,
      ]);
      await expect(wallet.run(contents, call)).to.be.revertedWithCustomError(contents, "SectorContents_NotMiner");
    });

    it("told by a miner actor count for its own sectors only", async () => {
      const { world, market, miner, data, dealId } = await placingFixture();
      // The provider whose sector it is never told; another one seals the same piece under the same sector number.
      const honest = await world.filecoin.createMiner();
      const { root, height } = data.shards[0]!;
      const expiration = (await world.now()) + 600_000n;
      const sector = await world.filecoin.commitSector({ provider: honest, expiration, number: 7n });
      const payload = ethers.getBytes(await world.payloadFor(await miner.getAddress()));
      const spoofer = await world.filecoin.createMiner();
      const pieces = [{ root, paddedBytes: 32n << BigInt(height), notify: [{ receiver: world.contents, payload }] }];
      await world.filecoin.commitSector({ provider: spoofer, expiration, number: 7n, pieces });
      const placement = await world.placement(data, 0, { provider: honest, sector });
      await expect(miner.placeShards(dealId, [placement]))
        .to.be.revertedWithCustomError(market, "RepairMarket_PlacementInvalid")
        .withArgs(0, Fault.NoNotice);
      await miner.placeShards(dealId, [await world.placement(data, 0, { provider: spoofer, sector: 7n })]);
    });
  });
});
