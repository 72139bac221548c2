import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";
import { ethers, network } from "hardhat";

import { ProviderRpc } from "../../../src/filecoin/rpc";
import { ACCEPTANCE_TYPES, marketDomain } from "../../../src/protocol/authorisation";
import type { OpenWatcher, WatcherOptions } from "../../../src/watcher/watcher";
import { openLibsqlStore } from "../../../src/store/libsql";
import { Crash, Plug } from "../../support/crash";
import {
  activeFixture,
  type MarketWorld,
  openFixture,
  placingFixture,
  repairingFixture,
  State,
} from "../../support/repairMarket";
import { openTestWatcher, said, WATCHER, WATCHER_KEY } from "../../support/watcher";

const ONE = 10_000n;

describe("watcher", () => {
  let folder: string;
  const opened: OpenWatcher[] = [];
  beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), "watcher-"))));
  afterEach(async () => {
    for (const watcher of opened.splice(0)) await watcher.close();
    rmSync(folder, { recursive: true });
  });

  async function watch(world: MarketWorld, options: Partial<WatcherOptions> = {}): Promise<OpenWatcher> {
    const watcher = await openTestWatcher(world, options.folder ?? folder, options);
    opened.push(watcher);
    return watcher;
  }

  const shareOf = (world: MarketWorld, taken: bigint) => (taken * world.rules.reporterBps) / ONE;

  it("leaves a healthy market alone", async () => {
    const { world } = await activeFixture();
    const watcher = await watch(world);
    const report = await watcher.tick();
    expect(said(report)).to.deep.equal([]);
    expect([report.deals, report.looked, report.waiting]).to.deep.equal([1, 1, 0]);
  });

  it("takes the whole stake of a deal that was not placed in time, and its share out", async () => {
    const { world, market, dealId } = await placingFixture();
    const { stake, progress } = await market.orderOf(dealId);
    const watcher = await watch(world);
    await world.nextAt(progress.deadline + 1n);
    expect(said(await watcher.tick())).to.deep.equal([]);
    await world.filecoin.skip(1n);
    const report = await watcher.tick();
    expect(said(report)).to.deep.equal([`strikes/${dealId}: sent`]);
    expect((await market.orderOf(dealId)).state).to.equal(State.Failed);
    expect(report.settled).to.have.length(1);
    expect(report.settled[0]).to.deep.include({ state: "mined", rewardAtto: shareOf(world, stake) });
    expect(report.decisions[0]!.rewardAtto).to.equal(shareOf(world, stake));
    expect(report.earnedAtto).to.equal(shareOf(world, stake));
    expect(report.spentAtto > 0n).to.equal(true);

    const next = await watcher.tick();
    expect(said(next)).to.deep.equal(["withdraw: sent"]);
    expect(await market.creditOf(WATCHER)).to.equal(0n);
    expect(said(await watcher.tick())).to.deep.equal([]);
  });

  it("expects of strikes exactly what they pay: one, several at once, and the last", async () => {
    for (const late of [1n, 2_882n, 2n * 2_880n + 2n]) {
      const { world, market, dealId } = await activeFixture();
      const { progress } = await market.orderOf(dealId);
      const own = mkdtempSync(path.join(folder, "run-"));
      const watcher = await watch(world, { folder: own });
      await world.filecoin.skip(progress.deadline + late - (await world.now()));
      const report = await watcher.tick();
      expect(said(report)).to.deep.equal([`strikes/${dealId}: sent`]);
      expect(report.earnedAtto).to.equal(report.decisions[0]!.rewardAtto);
      expect(report.earnedAtto > 0n).to.equal(true);
    }
  });

  it("reports a loss first, and shares in the strike that follows", async () => {
    const { world, market, sealed, dealId, stake } = await activeFixture();
    const watcher = await watch(world);
    await world.filecoin.declareFault(sealed[1]!.provider, sealed[1]!.sector);
    await world.filecoin.declareFault(sealed[2]!.provider, sealed[2]!.sector);
    const report = await watcher.tick();
    expect(said(report)).to.deep.equal([`report/${dealId}/1: sent`]);
    expect((await market.orderOf(dealId)).reporter).to.equal(WATCHER);
    const strike = (stake * world.rules.strikeBps) / ONE;
    expect(report.decisions[0]!.rewardAtto).to.equal(shareOf(world, strike) / 2n / 2n);
    expect(said(await watcher.tick())).to.deep.equal([]);

    const { progress } = await market.orderOf(dealId);
    const due = progress.deadline < progress.repairDeadline ? progress.deadline : progress.repairDeadline;
    await world.filecoin.skip(due + 1n - (await world.now()));
    const slashed = await watcher.tick();
    expect(said(slashed)).to.deep.equal([`strikes/${dealId}: sent`]);
    expect(slashed.earnedAtto).to.equal(shareOf(world, strike));
  });

  it("gets half when somebody else reported", async () => {
    const { world, market, dealId, stake } = await repairingFixture();
    const watcher = await watch(world);
    const { progress } = await market.orderOf(dealId);
    const due = progress.deadline < progress.repairDeadline ? progress.deadline : progress.repairDeadline;
    await world.filecoin.skip(due + 1n - (await world.now()));
    const report = await watcher.tick();
    const share = shareOf(world, (stake * world.rules.strikeBps) / ONE);
    expect(said(report)).to.deep.equal([`strikes/${dealId}: sent`]);
    expect(report.earnedAtto).to.equal(share - share / 2n);
    expect(report.decisions[0]!.rewardAtto).to.equal(share - share / 2n);
  });

  it("proves that data is lost: reports every dead shard, and takes the whole stake after their windows", async () => {
    const { world, market, sealed, dealId, stake } = await activeFixture();
    const watcher = await watch(world);
    for (const { provider, sector } of sealed.slice(0, 3)) await world.filecoin.terminate(provider, sector);
    const report = await watcher.tick();
    expect(said(report).sort()).to.deep.equal([0, 1, 2].map((shard) => `report/${dealId}/${shard}: sent`));
    // A strike falls before: at the end of the first window, which the proof of the loss needs to have passed too.
    await world.filecoin.skip(world.rules.repairWindow + 1n);
    const slashed = await watcher.tick();
    expect(said(slashed)).to.deep.equal([`loss/${dealId}: sent`]);
    expect(slashed.earnedAtto).to.equal(shareOf(world, stake));
    expect((await market.orderOf(dealId)).state).to.equal(State.Failed);
  });

  describe("broken acceptances", () => {
    async function promised() {
      const open = await openFixture();
      const { world, miner, askId, bidId, signature } = open;
      const deadline = (await world.now()) + 100n;
      const market = await world.market.getAddress();
      const promise = { bidId, askId, miner: await miner.getAddress(), deadline, authorisation: signature };
      const domain = marketDomain((await ethers.provider.getNetwork()).chainId, market);
      const signed = { ...promise, signature: await world.worker.signTypedData(domain, ACCEPTANCE_TYPES, promise) };
      const acceptances = path.join(folder, "acceptances");
      rmSync(acceptances, { recursive: true, force: true });
      (await import("node:fs")).mkdirSync(acceptances);
      const json = JSON.stringify(signed, (_, field: unknown) => (typeof field === "bigint" ? String(field) : field));
      writeFileSync(path.join(acceptances, "one.json"), json);
      return { ...open, deadline, acceptances };
    }

    it("are slashed once the deadline has passed, once", async () => {
      const { world, bidId, askId, deadline, acceptances } = await promised();
      const watcher = await watch(world, { acceptances: [acceptances] });
      await world.nextAt(deadline);
      expect(said(await watcher.tick())).to.deep.equal([]);
      await world.filecoin.skip(2n);
      const report = await watcher.tick();
      const key = `acceptance/${bidId}/${askId}/${deadline}`;
      expect(said(report)).to.deep.equal([`${key}: sent`]);
      expect(report.earnedAtto).to.equal(shareOf(world, world.rules.acceptanceBond));
      expect(said(await watcher.tick())).to.include(`${key}: overtaken`);
      await world.nextAt(deadline + world.rules.claimWindow + 2n);
      expect(said(await watcher.tick())).to.deep.equal([]);
    });

    it("that were kept are not", async () => {
      const { world, miner, askId, bidId, signature, deadline, acceptances } = await promised();
      await miner.addDeal(askId, bidId, signature);
      const watcher = await watch(world, { acceptances: [acceptances] });
      await world.nextAt(deadline + 2n);
      expect(said(await watcher.tick())).to.deep.equal([]);
    });

    it("that are none are told, and the others still work", async () => {
      const { world, deadline, acceptances } = await promised();
      writeFileSync(path.join(acceptances, "two.json"), "{}");
      writeFileSync(path.join(acceptances, "store.json"), "{}");
      const one = path.join(acceptances, "one.json");
      const watcher = await watch(world, { acceptances: [acceptances, one, `${acceptances}-not`] });
      await world.nextAt(deadline + 2n);
      const report = await watcher.tick();
      expect(report.decisions.map(({ decision }) => decision)).to.deep.equal(["sent"]);
      expect(report.problems).to.have.length(2);
      expect(report.problems.join()).to.match(
        /two\.json is not an acceptance.*No acceptances can be read from .*-not/s,
      );
    });
  });

  describe("money", () => {
    async function due() {
      const active = await activeFixture();
      const { progress } = await active.market.orderOf(active.dealId);
      await active.world.filecoin.skip(progress.deadline + 1n - (await active.world.now()));
      return active;
    }

    it("does nothing that costs more than it brings, by its margin", async () => {
      const { world, dealId, market } = await due();
      const { decisions } = await (await watch(world, { dryRun: true })).tick();
      const { rewardAtto, costAtto } = decisions[0]!;
      const marginPercent = (rewardAtto * 100n) / costAtto! + 1n;
      const greedy = await watch(world, { settings: { marginPercent } });
      expect(said(await greedy.tick())).to.deep.equal([`strikes/${dealId}: unprofitable`]);
      expect((await market.orderOf(dealId)).progress.strikes).to.equal(0n);
    });

    it("acts on nothing in a dry run, and gives its reasons", async () => {
      const { world, dealId, market } = await due();
      const report = await (await watch(world, { dryRun: true })).tick();
      expect(said(report)).to.deep.equal([`strikes/${dealId}: act`]);
      expect(report.decisions[0]!.reason).to.match(
        /the reward is \d+ attoFIL, gas may cost \d+ attoFIL, the margin is × 2/,
      );
      expect((await market.orderOf(dealId)).progress.strikes).to.equal(0n);
    });

    it("without funds says which address to fund, and goes on living", async () => {
      const { world, dealId } = await due();
      const privateKey = `0x${"33".repeat(32)}`;
      const watcher = await watch(world, { privateKey });
      await network.provider.send("hardhat_setBalance", [watcher.address, "0x0"]);
      const report = await watcher.tick();
      expect(said(report)).to.deep.equal([`strikes/${dealId}: blocked`]);
      expect(report.decisions[0]!.reason).to.include(watcher.address);
    });
  });

  describe("races", () => {
    it("somebody else was first, before it looked: nothing to do", async () => {
      const { world, market, miner, dealId } = await activeFixture();
      const watcher = await watch(world);
      const { progress } = await market.orderOf(dealId);
      await world.filecoin.skip(progress.deadline + 1n - (await world.now()));
      await market.connect(world.reporter).slashRepairMiner(miner, dealId, []);
      expect(said(await watcher.tick())).to.deep.equal([]);
    });

    it("somebody else was first, between its look and its act: overtaken, no gas spent", async () => {
      const { world, market, miner, dealId } = await activeFixture();
      const { progress } = await market.orderOf(dealId);
      const inner = new ProviderRpc(network.provider);
      let done = false;
      const watcher = await watch(world, {
        rpc: {
          async request(method, params) {
            if (method === "eth_estimateGas" && !done) {
              done = true;
              await market.connect(world.reporter).slashRepairMiner(miner, dealId, []);
            }
            return inner.request(method, params);
          },
        },
      });
      await world.filecoin.skip(progress.deadline + 1n - (await world.now()));
      const report = await watcher.tick();
      expect(said(report)).to.deep.equal([`strikes/${dealId}: overtaken`]);
      expect(report.decisions[0]!.reason).to.include("RepairMarket_NothingToSlash");
      expect(report.spentAtto).to.equal(0n);
    });

    it("somebody else's transaction was mined before its own: overtaken, and the store is clean", async () => {
      const { world, market, miner, dealId } = await activeFixture();
      const { progress } = await market.orderOf(dealId);
      const watcher = await watch(world);
      await world.filecoin.skip(progress.deadline + 1n - (await world.now()));
      await network.provider.send("evm_setAutomine", [false]);
      try {
        const report = await watcher.tick();
        expect(said(report)).to.deep.equal([`strikes/${dealId}: sent`]);
        expect(report.waiting).to.equal(1);
        await market
          .connect(world.reporter)
          .slashRepairMiner(miner, dealId, [], { maxPriorityFeePerGas: 10n ** 12n, maxFeePerGas: 10n ** 13n });
        await network.provider.send("hardhat_mine", ["0x1"]);
        const next = await watcher.tick();
        expect(next.settled.map(({ state }) => state)).to.deep.equal(["overtaken"]);
        expect(next.spentAtto > 0n).to.equal(true);
        expect([next.waiting, said(next)]).to.deep.equal([0, []]);
      } finally {
        await network.provider.send("evm_setAutomine", [true]);
      }
    });

    it("does not send the same thing twice while the first is on its way", async () => {
      const { world, market, dealId } = await activeFixture();
      const { progress } = await market.orderOf(dealId);
      const watcher = await watch(world);
      await world.filecoin.skip(progress.deadline + 1n - (await world.now()));
      await network.provider.send("evm_setAutomine", [false]);
      try {
        expect(said(await watcher.tick())).to.deep.equal([`strikes/${dealId}: sent`]);
        expect(said(await watcher.tick())).to.deep.equal([`strikes/${dealId}: under-way`]);
      } finally {
        await network.provider.send("evm_setAutomine", [true]);
      }
    });
  });

  it("killed at any call to the chain or its store, goes on and acts once", async () => {
    let ran = 0;
    for (let at = 1; ; at++) {
      let survived = true;
      for (const when of ["before", "after"] as const) {
        const { world, market, dealId } = await activeFixture();
        const { progress } = await market.orderOf(dealId);
        const own = mkdtempSync(path.join(folder, "run-"));
        const plug = new Plug(at, when);
        await watch(world, { folder: mkdtempSync(path.join(folder, "fund-")) });
        await world.filecoin.skip(progress.deadline + 1n - (await world.now()));
        const rpc = plug.rpc(new ProviderRpc(network.provider));
        try {
          const openStore = async (where: string) => plug.store(await openLibsqlStore(where));
          const first = await openTestWatcher(world, own, { rpc, openStore });
          await first.tick();
          await first.close();
        } catch (error) {
          if (!(error instanceof Crash)) throw error;
          survived = false;
        }
        const second = await openTestWatcher(world, own);
        for (let i = 0; i < 3; i++) await second.tick();
        await second.close();
        expect((await market.orderOf(dealId)).progress.strikes, `killed ${when} call ${at}`).to.equal(1n);
        const sent = await ethers.provider.getTransactionCount(WATCHER);
        expect(sent, `killed ${when} call ${at}`).to.equal(2);
        ran++;
      }
      if (survived) break;
    }
    expect(ran).to.be.greaterThan(40);
  }).timeout(120_000);

  it("reads pages of which everything is over no more", async () => {
    const { world, market, miner, bid, bidId } = await openFixture();
    for (let i = 0; i < 50; i++) await world.addBid(bid);
    for (let id = bidId; id < bidId + 50n; id++) await market.connect(world.client).cancelBid(id);
    const asked: string[] = [];
    const inner = new ProviderRpc(network.provider);
    const rpc = {
      request<T>(method: string, params?: readonly unknown[]): Promise<T> {
        if (method === "eth_call") asked.push((params as [{ data: string }])[0].data.slice(0, 10));
        return inner.request<T>(method, params);
      },
    };
    const watcher = await watch(world, { rpc });
    const deals = world.lens.interface.getFunction("deals").selector;
    const count = async () => {
      asked.length = 0;
      await watcher.tick();
      return asked.filter((selector) => selector === deals).length;
    };
    expect(await count()).to.equal(2);
    await world.filecoin.skip(900n);
    expect(await count()).to.equal(2);
    await world.filecoin.skip(2n);
    expect(await count()).to.equal(1);
    expect(await miner.owner()).to.equal(world.owner.address);
    expect(WATCHER_KEY).to.have.length(66);
  });
});
