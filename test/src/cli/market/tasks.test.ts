import { expect } from "chai";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import hre, { ethers } from "hardhat";

import { encodeManifest } from "../../../../src/data/manifest";
import {
  AskState,
  exampleData,
  Kind,
  marketFixture,
  type MarketWorld,
  openFixture,
  placingFixture,
  type Sealed,
  State,
} from "../../../support/repairMarket";
import { RepairMiner__factory } from "../../../../typechain-types";

const [CLIENT, OWNER, REPORTER] = [1, 2, 3];

describe("tasks of the market", () => {
  let folder: string;
  before(() => void (folder = mkdtempSync(join(tmpdir(), "market-"))));
  after(() => rmSync(folder, { recursive: true }));

  /** Runs a task as a person would, for its JSON. */
  async function run(name: string, args: Record<string, unknown>): Promise<Record<string, unknown>> {
    const printed: string[] = [];
    const log = console.log;
    console.log = (line: string) => void printed.push(line);
    try {
      await hre.run({ scope: "market", task: name }, { account: 0, json: true, ...args });
    } finally {
      console.log = log;
    }
    return JSON.parse(printed.join("\n")) as Record<string, unknown>;
  }

  const atto = (value: unknown) => BigInt(value as string | number);

  it("live a whole life: create-miner, ask, bid, sign, deal, place, prove, fault, report, cure, withdraw, settle", async () => {
    const world: MarketWorld = await marketFixture();
    const data = await exampleData(2, 4);
    const manifest = join(folder, "manifest.cbor");
    writeFileSync(manifest, encodeManifest(data));
    const price = "25000000000000000";

    const made = await run("create-miner", { account: OWNER, pledgeGib: "1" });
    const miner = made.repairMiner as string;
    expect(await RepairMiner__factory.connect(miner, ethers.provider).worker()).to.equal(world.owner.address);
    await run("collateral", { account: OWNER, miner, amount: "5", take: false });
    const { askId } = await run("ask", { account: OWNER, miner, price });
    const { bidId, depositAtto } = await run("bid", { account: CLIENT, manifest, price, epochs: "20000" });
    const { signature } = await run("sign", { account: CLIENT, ask: String(askId), bid: String(bidId) });
    const { dealId } = await run("deal", { account: OWNER, ask: String(askId), bid: String(bidId), signature });
    const deal = String(dealId);

    const sealed: Sealed[] = [];
    const actor = RepairMiner__factory.connect(miner, world.owner);
    for (let shard = 0; shard < 4; shard++) {
      const where = await world.seal(data, shard, actor);
      sealed.push(where);
      const { provider, sector } = where;
      await run("place", { account: OWNER, deal, manifest, shard, provider: String(provider), sector: String(sector) });
    }
    await run("prove", { account: OWNER, deal });
    expect((await run("show", { deal })).state).to.equal("active");

    await world.filecoin.declareFault(sealed[1]!.provider, sealed[1]!.sector);
    await run("report", { account: REPORTER, deal, shard: 1 });
    const broken = await run("show", { deal });
    expect([broken.state, broken.held, broken.needed]).to.deep.equal(["repairing", 3, 2]);
    await world.filecoin.recover(sealed[1]!.provider, sealed[1]!.sector);
    await run("cure", { account: OWNER, deal, shard: 1 });
    expect((await run("show", { deal })).state).to.equal("active");

    await world.filecoin.skip(5_400n);
    await run("prove", { account: REPORTER, deal });
    const half = await run("show", { deal });
    const first = await run("withdraw", { account: OWNER, deal });
    expect(atto(first.paidAtto)).to.equal(atto(half.withdrawableAtto));
    expect(atto(first.paidAtto) > 0n).to.equal(true);

    // Nobody proves for a deadline: a stranger slashes, and the miner goes on.
    await world.filecoin.skip(world.rules.provingPeriod + 1n);
    await run("slash", { account: REPORTER, deal });
    await run("prove", { account: OWNER, deal });
    const end = BigInt((await run("show", { deal })).end as number);
    await world.nextAt(end - world.rules.finalWindow);
    await run("prove", { account: OWNER, deal });
    await world.nextAt(end + world.rules.finalWindow + 1n);
    await run("settle", { deal });

    const last = await run("show", { deal });
    expect([last.state, last.strikes, last.stakeAtto]).to.deep.equal(["finished", 1, 0]);
    const second = await run("withdraw", { account: OWNER });
    expect(atto(first.paidAtto) + atto(second.paidAtto)).to.equal(atto(last.earnedAtto));
    const refund = await run("withdraw", { account: CLIENT });
    const slashed = (atto(depositAtto) * world.rules.stakeBps * world.rules.strikeBps) / 100_000_000n;
    const toClient = (slashed * world.rules.clientBps) / 10_000n;
    expect(atto(refund.paidAtto)).to.equal(atto(depositAtto) - atto(last.earnedAtto) + toClient);
    await run("withdraw", { account: REPORTER });
    const { collateral } = await world.market.minerOf(1);
    expect(await ethers.provider.getBalance(world.market)).to.equal(collateral + (await world.market.unburnt()));
  });

  describe("one by one", () => {
    it("cancel takes a bid or an ask back, one at a time", async () => {
      const { market, bidId, askId } = await openFixture();
      await expect(run("cancel", { account: CLIENT })).to.be.rejectedWith("either --bid ID or --ask ID");
      await expect(run("cancel", { bid: String(bidId), ask: String(askId) })).to.be.rejectedWith(
        "either --bid ID or --ask ID",
      );
      await run("cancel", { account: CLIENT, bid: String(bidId) });
      expect((await market.orderOf(bidId)).state).to.equal(State.Cancelled);
      await run("cancel", { account: OWNER, ask: String(askId) });
      expect((await market.askOf(askId)).state).to.equal(AskState.Cancelled);
    });

    it("expire gives the deposit back after the expiry", async () => {
      const { world, market, bidId } = await openFixture();
      const { expiry, deposit } = await market.orderOf(bidId);
      await expect(run("expire", { bid: String(bidId) })).to.be.rejectedWith("expire was refused");
      await world.nextAt(expiry + 1n);
      await run("expire", { account: REPORTER, bid: String(bidId) });
      expect(await market.creditOf(world.client.address)).to.equal(deposit);
    });

    it("approve stands in for a signature", async () => {
      const { market, bidId, askId } = await openFixture();
      const pair = { ask: String(askId), bid: String(bidId) };
      await expect(run("deal", { account: OWNER, ...pair, signature: "0x" })).to.be.rejectedWith("NotAuthorised");
      await run("approve", { account: CLIENT, ...pair });
      await run("deal", { account: OWNER, ...pair, signature: "0x" });
      expect((await market.orderOf(bidId)).state).to.equal(State.Placing);
    });

    it("collateral adds, and takes back", async () => {
      const { market, miner } = await openFixture();
      const before = (await market.minerOf(1)).collateral;
      const args = { account: OWNER, miner: await miner.getAddress() };
      await run("collateral", { ...args, amount: "2", take: false });
      await run("collateral", { ...args, amount: "0.5", take: true });
      expect((await market.minerOf(1)).collateral - before).to.equal(ethers.parseEther("1.5"));
    });

    it("accept binds the worker, broken takes the bond", async () => {
      const { world, market, miner, bidId, askId, signature } = await openFixture();
      await miner.changeWorker(world.owner);
      const deadline = (await world.now()) + 100n;
      const args = { ask: String(askId), bid: String(bidId), deadline: String(deadline), authorisation: signature };
      const promise = await run("accept", { account: OWNER, ...args });
      const breach = () => run("broken", { account: REPORTER, ...args, signature: promise.signature });
      await expect(breach()).to.be.rejectedWith("broken was refused");
      await world.nextAt(deadline + 1n);
      const before = (await market.minerOf(1)).collateral;
      await breach();
      expect(before - (await market.minerOf(1)).collateral).to.equal(world.rules.acceptanceBond);
    });

    it("place takes an f05 deal for a shard", async () => {
      const { world, market, data, miner, dealId } = await placingFixture();
      const manifest = join(folder, "f05.cbor");
      writeFileSync(manifest, encodeManifest(data));
      await market.connect(world.client).registerClient(miner);
      const sealed = await world.sealDeal(data, 1);
      await run("place", {
        ...{ account: OWNER, deal: String(dealId), manifest, shard: 1, f05Deal: String(sealed.dealId) },
        ...{ provider: String(sealed.provider), sector: String(sealed.sector) },
      });
      const placement = (await market.placementsOf(dealId))[1]!;
      expect([placement.kind, placement.dealId]).to.deep.equal([Kind.Deal, sealed.dealId]);
    });
  });

  it("tell a refusal as the contract's typed error, and what is missing with the next step", async () => {
    await marketFixture();
    await expect(run("settle", { deal: "1" })).to.be.rejectedWith(
      "settle was refused: RepairMarket_UnknownId(count: 0, given: 1)",
    );
    await expect(run("show", { account: 99 })).to.be.rejectedWith("no account 99");
    const { asks, bids } = await run("show", {});
    expect([asks, bids]).to.deep.equal([[], []]);
  });
});
