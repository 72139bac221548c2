import { expect } from "chai";
import { network } from "hardhat";

import { ContractRevertError } from "../../../src/filecoin/revert";
import { type JsonRpc, ProviderRpc, RpcError } from "../../../src/filecoin/rpc";
import { lensAbi } from "../../../src/protocol/marketAbi";
import { MarketMissingError, MarketReader } from "../../../src/protocol/repairMarket";
import { NO_ADDRESS } from "../../../src/protocol/repairRecords";
import { repairMarketParameters } from "../../../src/protocol/parameters/repairMarket";
import {
  activeFixture,
  marketFixture,
  type MarketWorld,
  openFixture,
  placingFixture,
  repairingFixture,
} from "../../support/repairMarket";

const HEALTH = lensAbi.getFunction("healthOf")!.selector;

/** A node for which all shards at once are too much. */
class WeakRpc implements JsonRpc {
  readonly blocks = new Set<string>();
  private readonly rpc = new ProviderRpc(network.provider);

  async request<T>(method: string, params: unknown[] = []): Promise<T> {
    if (method === "eth_call") {
      const [{ data }, block] = params as [{ data: string }, string];
      if (data.startsWith(HEALTH)) throw new RpcError(method, -32603, "out of gas");
      this.blocks.add(block);
    }
    return this.rpc.request<T>(method, params);
  }
}

async function readerOf({ market, lens }: MarketWorld, rpc: JsonRpc = new ProviderRpc(network.provider)) {
  return new MarketReader(rpc, { market: await market.getAddress(), lens: await lens.getAddress() });
}

describe("market › MarketReader", () => {
  describe("shardsOf", () => {
    it("gives the same shard by shard as all at once, of one block", async () => {
      const { world, dealId, sealed } = await repairingFixture();
      await world.filecoin.terminate(sealed[3]!.provider, sealed[3]!.sector);
      const whole = await (await readerOf(world)).shardsOf(dealId);
      expect(whole.map(({ status }) => status)).to.deep.equal(["faulty", "active", "active", "dead"]);
      expect(whole.map(({ held }) => held)).to.deep.equal([false, true, true, false]);
      expect(whole[0]!.placement.markedAt > 0n).to.equal(true);
      const weak = new WeakRpc();
      expect(await (await readerOf(world, weak)).shardsOf(dealId)).to.deep.equal(whole);
      expect(weak.blocks.size).to.equal(1);
      expect(weak.blocks).to.not.include("latest");
      expect(await (await readerOf(world, new WeakRpc())).shardsOf(dealId, await world.now())).to.deep.equal(whole);
    });

    it("says of shards that lie nowhere that nothing is proven", async () => {
      const { world, dealId } = await placingFixture();
      const whole = await (await readerOf(world)).shardsOf(dealId);
      expect(whole.every(({ placement, held }) => placement.kind === "none" && !held)).to.equal(true);
      expect(whole[0]).to.include({ status: "unproven", location: "0x" });
      expect(await (await readerOf(world, new WeakRpc())).shardsOf(dealId)).to.deep.equal(whole);
    });

    it("holds a shard to the last epoch of its validity, and not one longer", async () => {
      const { world, dealId } = await activeFixture();
      const reader = await readerOf(world, new WeakRpc());
      const whole = await readerOf(world);
      const { validUntil } = (await reader.shardsOf(dealId))[0]!.placement;
      await world.filecoin.skip(validUntil - (await world.now()));
      for (const held of [true, false]) {
        for (const one of [reader, whole]) {
          const [shard] = await one.shardsOf(dealId);
          expect([shard!.status, shard!.held]).to.deep.equal(["active", held]);
        }
        await world.filecoin.skip(1n);
      }
    });
  });

  it("reads a bid, the deal that fills it, and nothing where there is none", async () => {
    const { world, bidId, bid } = await openFixture();
    const reader = await readerOf(world);
    const open = (await reader.bid(bidId))!;
    expect([open.state, open.repairMiner, open.size, open.deadline]).to.deep.equal([
      "open",
      NO_ADDRESS,
      bid.size,
      undefined,
    ]);
    expect(open.order.droot).to.equal(bid.droot);
    expect([await reader.bid(0n), await reader.bid(bidId + 1n), await reader.ask(99n)]).to.deep.equal([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("knows the market's miners by their contract, their workers and their open asks", async () => {
    const { world, miner, askId } = await openFixture();
    const reader = await readerOf(world);
    const actor = await miner.getAddress();
    const record = (await reader.minerByActor(actor))!;
    expect([record.minerId, record.actor, record.owner]).to.deep.equal([1n, actor, world.owner.address]);
    expect(record.pledgedBytes > record.usedBytes).to.equal(true);
    expect(await reader.workerOf(actor)).to.equal(world.worker.address);
    expect(await reader.minerByActor(world.client.address)).to.equal(undefined);
    const asks = async (address: string, newest?: number) =>
      (await reader.openAsksOf(address, "latest", newest)).map((ask) => ask.askId);
    expect(await asks(actor.toLowerCase())).to.deep.equal([askId]);
    const closed = await world.addAsk(miner, 1n);
    await miner.cancelAsk(closed);
    expect(await asks(actor)).to.deep.equal([askId]);
    expect(await asks(actor, 1)).to.deep.equal([]);
    expect(await asks(world.client.address)).to.deep.equal([]);
  });

  it("reads the rules, and where sectors tell what they hold", async () => {
    const world = await marketFixture();
    const reader = await readerOf(world);
    expect(await reader.rules()).to.deep.equal(repairMarketParameters("hardhat"));
    expect(await reader.sectorContents()).to.equal(await world.market.sectorContents());
  });

  it("gives refusals of the market and of its lens as typed errors", async () => {
    const { world, bidId } = await openFixture();
    const reader = await readerOf(world);
    const refusal = async (work: Promise<unknown>) =>
      work.then(
        () => expect.fail("it answered"),
        (error: Error) => (error instanceof ContractRevertError ? error.reason : String(error)),
      );
    expect(await refusal(reader.dealOf(bidId + 1n))).to.equal("RepairMarket_UnknownId");
    expect(await refusal(reader.shardsOf(bidId))).to.equal("RepairMarketLens_NotDeal");
  });

  it("says that there is no market where nothing answers", async () => {
    const { client } = await marketFixture();
    const addresses = { market: client.address, lens: client.address };
    const reader = new MarketReader(new ProviderRpc(network.provider), addresses);
    await reader.counts().then(
      () => expect.fail("it answered"),
      (error: Error) => expect(error).to.be.instanceOf(MarketMissingError),
    );
  });
});
