import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";
import hre, { ethers } from "hardhat";

import { repairMinerKey } from "../../../../src/hardhat/config";
import { openRepairMiner } from "../../../../src/repair-miner/node";
import { StoreLockedError } from "../../../../src/store/errors";
import { type MarketWorld, marketFixture } from "../../../support/repairMarket";
import { RepairScene } from "../../../support/repairScene";
import { until } from "../../../support/until";

describe("market serve", function () {
  this.timeout(60_000);
  let world: MarketWorld;
  let folder: string;
  const worker = new ethers.Wallet(repairMinerKey("hardhat"));

  beforeEach(async () => {
    world = await marketFixture();
    folder = mkdtempSync(path.join(tmpdir(), "market-serve-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function createMiner(peerId: string): Promise<string> {
    const market = world.market.connect(world.owner);
    const value = await market.collateralDue(1n);
    const args = [worker.signingKey.publicKey, 1n, Buffer.from(peerId), { value }] as const;
    const actor = await market.createRepairMiner.staticCall(...args);
    await market.createRepairMiner(...args);
    return actor;
  }

  /** Runs the task until it serves, then as long as `work` takes; returns what it printed. */
  async function serving(args: Record<string, unknown>, work: (url: string) => Promise<void>): Promise<string> {
    const printed: string[] = [];
    const { log, warn } = console;
    console.log = console.warn = (line: string) => void printed.push(line);
    try {
      const running = hre.run({ scope: "market", task: "serve" }, { data: folder, readTag: "latest", ...args });
      const url = () => /at (http:\S+),/.exec(printed.join("\n"))?.[1];
      // It listens for the signal once it has said all that it has to say.
      await Promise.race([running, until(() => url() !== undefined && process.listenerCount("SIGTERM") > listening)]);
      await work(url()!);
      process.emit("SIGTERM");
      await running;
    } finally {
      console.log = log;
      console.warn = warn;
    }
    return printed.join("\n");
  }
  const listening = process.listenerCount("SIGTERM");

  it("answers clients until it is told to stop, and warns when they would look elsewhere", async () => {
    const miner = await createMiner("http://elsewhere.example");
    const providers = path.join(folder, "providers.json");
    writeFileSync(providers, JSON.stringify([{ id: "1001", url: "http://127.0.0.1:1" }]));
    const printed = await serving({ miner, providers }, async (url) => {
      const terms = (await (await fetch(`${url}/terms`)).json()) as Record<string, unknown>;
      expect(terms).to.include({ repairMiner: miner, worker: worker.address, providers: 1 });
    });
    expect(printed).to.match(/on chain names "http:\/\/elsewhere.example", but it is served at http/);
    expect(printed).to.match(/Finishing what has begun/);
  });

  it("is silent about the URL when it is the one on chain", async () => {
    const miner = await createMiner("http://miner.example/");
    const printed = await serving({ miner, publicUrl: "http://miner.example" }, async () => undefined);
    expect(printed).to.not.match(/on chain names/);
  });

  it("refuses a key that is not the worker's, and says which is", async () => {
    const miner = await (await world.createMiner()).getAddress();
    const run = hre.run({ scope: "market", task: "serve" }, { miner, data: folder, readTag: "latest" });
    await run.then(
      () => expect.fail("it served"),
      (error: Error) => expect(error.message).to.include(`The worker of ${miner} is ${world.worker.address}`),
    );
  });

  it("refuses a folder that another process works in, or that belongs to another miner", async () => {
    const scene = await RepairScene.set({ providers: 1 });
    try {
      const other = await scene.world.createMiner({ owner: scene.world.stranger });
      const options = await scene.options();
      const refusal = async (overrides: object) =>
        openRepairMiner({ ...options, ...overrides }).then(
          () => expect.fail("it opened"),
          (error: Error) => error,
        );
      expect(await refusal({})).to.be.instanceOf(StoreLockedError);
      await scene.running.stop();
      expect((await refusal({ repairMiner: await other.getAddress() })).message).to.match(/was made for another/);
      await scene.start();
    } finally {
      await scene.stop();
    }
  });
});
