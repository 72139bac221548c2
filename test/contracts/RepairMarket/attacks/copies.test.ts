import { expect } from "chai";
import { ethers } from "hardhat";

import { encode } from "../../../../src/data/encode";
import { paddedBytesOf } from "../../../../src/data/piece";
import { proveNode } from "../../../../src/data/treeProof";
import type { Manifest } from "../../../../src/data/manifest";
import type { IRepairMiner } from "../../../../typechain-types";
import {
  exampleData,
  Fault,
  hex,
  Kind,
  type MarketWorld,
  marketFixture,
  placedFixture,
  placingFixture,
  sizeOf,
} from "../../../support/repairMarket";

/** A sector with one shard in it, told to the market for each of these miners. */
async function sealFor(world: MarketWorld, data: Manifest, shard: number, miners: IRepairMiner[]) {
  const provider = await world.filecoin.createMiner();
  const { root, height } = data.shards[shard]!;
  const notify = [];
  for (const miner of miners) {
    const payload = ethers.getBytes(await world.payloadFor(await miner.getAddress()));
    notify.push({ receiver: world.contents, payload });
  }
  const sector = await world.filecoin.commitSector({
    provider,
    expiration: (await world.now()) + 600_000n,
    pieces: [{ root, paddedBytes: paddedBytesOf(height), notify }],
    requireNotificationSuccess: true,
  });
  return { provider, sector };
}

/** A sector whose one piece, a shard, is an f05 deal's and was told to the market as well: the same bytes, named twice. */
async function sealTwiceNamed(world: MarketWorld, data: Manifest, shard: number, miner: IRepairMiner) {
  const { root, height } = data.shards[shard]!;
  const provider = await world.filecoin.createMiner();
  const startEpoch = (await world.now()) + 100n;
  const endEpoch = startEpoch + 600_000n;
  const dealId = await world.filecoin.publishDeal({
    ...{ provider, client: await world.filecoin.actorIdOf(world.client.address), startEpoch, endEpoch },
    ...{ pieceRoot: root, paddedBytes: paddedBytesOf(height) },
  });
  await world.market.connect(world.client).registerClient(miner);
  const payload = ethers.getBytes(await world.payloadFor(await miner.getAddress()));
  const f05 = { receiver: new Uint8Array([0, 5]), payload: new Uint8Array([Number(dealId)]) };
  const sector = await world.filecoin.commitSector({
    provider,
    expiration: endEpoch + 1_000n,
    pieces: [{ root, paddedBytes: paddedBytesOf(height), notify: [f05, { receiver: world.contents, payload }] }],
    requireNotificationSuccess: true,
  });
  const at = { provider, sector };
  return {
    byDeal: await world.placement(data, shard, at, { kind: Kind.Deal, dealId }),
    byNotice: await world.placement(data, shard, at),
  };
}

describe("RepairMarket under attack", () => {
  describe("one sealed copy for two promises", () => {
    it("a second miner cannot place the first one's sectors on a second bid for the same droot", async () => {
      const placed = await placedFixture();
      const { world, market, data, sealed } = placed;
      const second = await world.createMiner({ owner: world.stranger });
      const dealId = await world.addDeal(data, second);
      for (const shard of [0, 1, 2, 3]) {
        await expect(second.placeShards(dealId, [await world.placement(data, shard, sealed[shard]!)]))
          .to.be.revertedWithCustomError(market, "RepairMarket_PlacementInvalid")
          .withArgs(shard, Fault.NoNotice);
      }
    });

    it("nor when the provider told the market of both miners", async () => {
      const { world, market, data, miner, dealId } = await placingFixture();
      const second = await world.createMiner({ owner: world.stranger });
      const secondDeal = await world.addDeal(data, second);
      const both = await sealFor(world, data, 0, [miner, second]);
      const placement = await world.placement(data, 0, both);
      await miner.placeShards(dealId, [placement]);
      await expect(second.placeShards(secondDeal, [placement]))
        .to.be.revertedWithCustomError(market, "RepairMarket_CopyInUse")
        .withArgs(0, dealId, 0);
    });

    it("nor when the client of the f05 deal changes sides", async () => {
      const { world, market, data, miner, dealId } = await placingFixture();
      const second = await world.createMiner({ owner: world.stranger });
      const secondDeal = await world.addDeal(data, second);
      const client = market.connect(world.client);
      await client.registerClient(miner);
      const deal = await world.sealDeal(data, 0);
      await miner.placeShards(dealId, [deal.placement]);
      await client.registerClient(second);
      await expect(second.placeShards(secondDeal, [deal.placement]))
        .to.be.revertedWithCustomError(market, "RepairMarket_CopyInUse")
        .withArgs(0, dealId, 0);
    });

    for (const first of ["byDeal", "byNotice"] as const) {
      it(`one copy is not counted through a deal and through a notice (${first} first)`, async () => {
        const { world, market, data, miner, dealId } = await placingFixture();
        const copy = await sealTwiceNamed(world, data, 0, miner);
        const second = await world.addDeal(data, miner);
        await miner.placeShards(dealId, [copy[first]]);
        const other = first === "byDeal" ? copy.byNotice : copy.byDeal;
        await expect(miner.placeShards(second, [other]))
          .to.be.revertedWithCustomError(market, "RepairMarket_CopyInUse")
          .withArgs(0, dealId, 0);
        // For its own shard it may change from one to the other: it is still one copy.
        await miner.placeShards(dealId, [other]);
      });
    }

    it("a copy that moved away and back, or was lent to another deal, backs one of them at a time", async () => {
      const { world, market, data, miner, dealId, sealed } = await placedFixture();
      const second = await world.addDeal(data, miner);
      const copy = await world.placement(data, 0, sealed[0]!);
      const other = await world.placement(data, 0, await world.seal(data, 0, miner));
      const inUse = (sent: Promise<unknown>, by: bigint) =>
        expect(sent).to.be.revertedWithCustomError(market, "RepairMarket_CopyInUse").withArgs(0, by, 0);
      await miner.placeShards(second, [other]);
      await inUse(miner.placeShards(dealId, [other]), second);
      await inUse(miner.placeShards(second, [copy]), dealId);
      // Both in one batch: the last of a shard's placements counts, and frees what came before it.
      const third = await world.placement(data, 0, await world.seal(data, 0, miner));
      await miner.placeShards(dealId, [third, copy, third]);
      await miner.placeShards(second, [copy]);
      await inUse(miner.placeShards(dealId, [copy]), second);
      await miner.placeShards(dealId, [other]);
      await inUse(miner.placeShards(second, [other]), dealId);
    });

    it("of one deal, two shards with the same bytes need two sectors", async () => {
      const world = await marketFixture();
      // Nothing but zeros: all shards are alike, and every root too.
      const bytes = new Uint8Array(1_000);
      const data = await encode(
        { bytes: BigInt(bytes.length), read: (into, at) => into.set(bytes.subarray(at, at + into.length)) },
        undefined,
        { dataShards: 2, totalShards: 4 },
      );
      expect(hex(data.shards[0]!.root)).to.equal(hex(data.shards[3]!.root));
      const miner = await world.createMiner();
      const dealId = await world.addDeal(data, miner, { maxShardsPerProvider: 4n });
      const where = await world.seal(data, 0, miner);
      const twice = [await world.placement(data, 0, where), await world.placement(data, 1, where)];
      await expect(miner.placeShards(dealId, twice))
        .to.be.revertedWithCustomError(world.market, "RepairMarket_PlacementInvalid")
        .withArgs(1, Fault.SectorTaken);
      const second = await world.addDeal(data, miner, { maxShardsPerProvider: 4n });
      await miner.placeShards(dealId, [twice[0]!]);
      await expect(miner.placeShards(second, [twice[1]!])).to.be.revertedWithCustomError(
        world.market,
        "RepairMarket_CopyInUse",
      );
    });

    // Known and documented: a claim names a shard's root. Bids for the same bytes with shards of another size have other
    // roots, so one sealed copy can back a shard of each; of each deal still one a sector.
    it("a shard and a half of it, of two bids for the same bytes, can lie in one sector; two halves cannot", async () => {
      const world = await marketFixture();
      const [whole, halves] = [await exampleData(2, 4, 1_000), await exampleData(4, 8, 1_000)];
      const shard = whole.shards[0]!;
      expect(sizeOf(whole) / 4n).to.equal((sizeOf(halves) / 8n) * 2n);
      const miner = await world.createMiner();
      const [one, two] = [await world.addDeal(whole, miner), await world.addDeal(halves, miner)];
      const where = await world.seal(whole, 0, miner);
      await miner.placeShards(one, [await world.placement(whole, 0, where)]);
      const half = async (index: 0 | 1) => {
        const roots = halves.shards.slice(0, 2).map(({ root }) => root);
        const { path } = proveNode(roots, index, halves.shards[index]!, shard);
        const inPiece = { index: BigInt(index), path: path.map(hex) };
        const piece = { pieceRoot: hex(shard.root), pieceHeight: BigInt(shard.height), inPiece };
        return world.placement(halves, index, where, piece);
      };
      await miner.placeShards(two, [await half(0)]);
      await expect(miner.placeShards(two, [await half(1)]))
        .to.be.revertedWithCustomError(world.market, "RepairMarket_PlacementInvalid")
        .withArgs(1, Fault.SectorTaken);
    });
  });

  describe("an inner node passed off as a piece", () => {
    // The nodes of a shard's tree, two levels above its leaves, are themselves leaves of a valid piece with the same root
    // and a quarter of the size. A miner seals those hashes instead of the shard.
    const LEVELS = 2;

    it("in a sector with a notice: the small piece has the shard's root, and not its height", async () => {
      const { world, market, data, miner, dealId } = await placingFixture();
      const { root, height } = data.shards[0]!;
      const provider = await world.filecoin.createMiner();
      const payload = ethers.getBytes(await world.payloadFor(await miner.getAddress()));
      const small = {
        root,
        paddedBytes: paddedBytesOf(height - LEVELS),
        notify: [{ receiver: world.contents, payload }],
      };
      const expiration = (await world.now()) + 600_000n;
      const sector = await world.filecoin.commitSector({ provider, expiration, pieces: [small] });
      const placement = await world.placement(data, 0, { provider, sector });
      for (const [pieceHeight, fault] of [
        [BigInt(height), Fault.NoNotice],
        [BigInt(height - LEVELS), Fault.NotInPiece],
      ] as const) {
        await expect(miner.placeShards(dealId, [{ ...placement, pieceHeight }]))
          .to.be.revertedWithCustomError(market, "RepairMarket_PlacementInvalid")
          .withArgs(0, fault);
      }
    });

    it("in an f05 deal: f05 tells the size", async () => {
      const { world, market, data, miner, dealId } = await placingFixture();
      await market.connect(world.client).registerClient(miner);
      const { root, height } = data.shards[0]!;
      const provider = await world.filecoin.createMiner();
      const startEpoch = (await world.now()) + 100n;
      const endEpoch = startEpoch + 600_000n;
      const f05Deal = await world.filecoin.publishDeal({
        ...{ provider, client: await world.filecoin.actorIdOf(world.client.address), startEpoch, endEpoch },
        ...{ pieceRoot: root, paddedBytes: paddedBytesOf(height - LEVELS) },
      });
      const sector = await world.filecoin.commitSector({ provider, expiration: endEpoch, dealIds: [f05Deal] });
      const deal = { kind: Kind.Deal, dealId: f05Deal };
      const placement = await world.placement(data, 0, { provider, sector }, deal);
      for (const [pieceHeight, fault] of [
        [BigInt(height), Fault.DealDiffers],
        [BigInt(height - LEVELS), Fault.NotInPiece],
      ] as const) {
        await expect(miner.placeShards(dealId, [{ ...placement, pieceHeight }]))
          .to.be.revertedWithCustomError(market, "RepairMarket_PlacementInvalid")
          .withArgs(0, fault);
      }
    });

    it("in droot: a node above the shards is none of them", async () => {
      const { world, market, data, miner, dealId } = await placingFixture();
      const placement = await world.placement(data, 0, await world.seal(data, 0, miner));
      const above = placement.inData.path[1]!;
      await expect(
        miner.placeShards(dealId, [{ ...placement, shardRoot: above, inData: { index: 0n, path: [] } }]),
      ).to.be.revertedWithCustomError(market, "RepairMarket_PlacementInvalid");
      // Droot itself, with the empty path that leads from it to it.
      const self = { shardRoot: hex(data.root.root), pieceRoot: hex(data.root.root), inData: { index: 0n, path: [] } };
      await expect(miner.placeShards(dealId, [{ ...placement, ...self }]))
        .to.be.revertedWithCustomError(market, "RepairMarket_PlacementInvalid")
        .withArgs(0, Fault.NotInData);
    });

    it("at an index beyond the tree, which leads to the same root: the index must be the shard's", async () => {
      const { world, market, data, miner, dealId } = await placingFixture();
      const placement = await world.placement(data, 1, await world.seal(data, 1, miner));
      const beyond = { ...placement.inData, index: placement.inData.index + 4n };
      await expect(miner.placeShards(dealId, [{ ...placement, inData: beyond }]))
        .to.be.revertedWithCustomError(market, "RepairMarket_PlacementInvalid")
        .withArgs(1, Fault.IndexDiffers);
      const inPiece = { index: 1n, path: [] };
      await expect(miner.placeShards(dealId, [{ ...placement, inPiece }]))
        .to.be.revertedWithCustomError(market, "RepairMarket_PlacementInvalid")
        .withArgs(1, Fault.NotInPiece);
    });
  });

  describe("a provider's id", () => {
    it("too long for a record is refused, not cut off to another provider's", async () => {
      const { world, market, data, miner } = await placingFixture();
      const dealId = await world.addDeal(data, miner);
      const provider = await world.filecoin.createMiner({ id: (1n << 40n) + 5n });
      const sealed = await world.seal(data, 0, miner, { provider });
      await expect(miner.placeShards(dealId, [await world.placement(data, 0, sealed)]))
        .to.be.revertedWithCustomError(market, "RepairMarket_PlacementInvalid")
        .withArgs(0, Fault.OutOfRange);
    });

    it("of the longest kind that a record holds comes back as it is", async () => {
      const { world, market, data, miner, dealId } = await placingFixture();
      const provider = await world.filecoin.createMiner({ id: (1n << 40n) - 1n });
      const sealed = await world.seal(data, 0, miner, { provider });
      await miner.placeShards(dealId, [await world.placement(data, 0, sealed)]);
      expect((await market.placementsOf(dealId))[0]!.provider).to.equal(provider);
    });
  });
});
