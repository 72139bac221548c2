import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";
import hre from "hardhat";

import { RepairScene } from "../../../support/repairScene";

const [CLIENT] = [1];

describe("market store, show, fetch and watch, as a person types them", () => {
  let scene: RepairScene;
  let file: string;
  before(async () => {
    scene = await RepairScene.set({ providers: 6, k: 2, n: 4, payloadBytes: 3_000 });
    file = path.join(scene.folder, "my.bin");
    writeFileSync(file, scene.payload);
  });
  after(async () => {
    process.exitCode = 0;
    await scene.stop();
  });

  /** What a task printed, and its exit code. */
  async function run(task: string, args: Record<string, unknown>): Promise<{ text: string; code: number }> {
    const printed: string[] = [];
    const [log, error] = [console.log, console.error];
    console.log = console.error = (line: string) => void printed.push(line);
    process.exitCode = 0;
    try {
      await hre.run({ scope: "market", task }, args);
    } finally {
      [console.log, console.error] = [log, error];
    }
    const code = Number(process.exitCode ?? 0);
    process.exitCode = 0;
    return { text: printed.join("\n"), code };
  }

  const stores = () => path.join(scene.folder, "stores");
  const storing = (overrides: object = {}) => ({
    ...{ account: CLIENT, file, data: 2, total: 4, epochs: "20000", expiry: "2000", minerUrl: scene.running.url },
    ...{ stores: stores(), json: true, again: false, cancel: false, maxPerProvider: 1, ...overrides },
  });

  /** Lets time pass for the others while a task waits for them. */
  async function meanwhile<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const ended = work.finally(() => (done = true));
    while (!done) await scene.step();
    return ended;
  }

  let deal: string;
  it("store: refuses in one sentence what it cannot do, with exit code 1", async () => {
    const missing = await run("store", storing({ epochs: undefined, json: false }));
    expect([missing.code, missing.text]).to.deep.equal([
      1,
      "Give the erasure code and the duration: --data K --total N --epochs E (2880 epochs a day).",
    ]);
    const dear = await run("store", storing({ price: "1" }));
    const { error } = JSON.parse(dear.text) as { error: { name: string; message: string } };
    expect([dear.code, error.name]).to.deep.equal([1, "NoMinerError"]);
    expect(error.message).to.include("Nothing has been paid.");
  });

  it("store: leaves with the deal, its price, and how to fetch and watch it", async () => {
    const { text, code } = await meanwhile(run("store", storing()));
    const stored = JSON.parse(text) as { dealId: number; totalAtto: string; acceptance: object };
    expect(code).to.equal(0);
    expect(stored.acceptance).to.have.property("signature");
    deal = String(stored.dealId);
    const again = await run("store", storing({ json: false }));
    expect(again.text).to.match(new RegExp(`^deal +${deal}$`, "m"));
    expect(again.text).to.match(/^fetch it +npx hardhat --network hardhat market fetch/m);
    expect(again.text).to.match(/^the promise +.*acceptance\.json$/m);
    const { id } = (await scene.negotiation.answers())[0]!;
    await scene.until(id, "keeping");
  });

  const directory = () => path.join(scene.folder, "providers.json");
  const fetching = (overrides: object = {}) => ({
    ...{ target: deal, out: path.join(scene.folder, "back.bin"), providers: directory(), parallel: 4, json: true },
    ...overrides,
  });

  it("fetch: the same bytes, with two providers gone; exit code 1 and reasons with three", async () => {
    writeFileSync(directory(), JSON.stringify(scene.providers.map(({ id, url }) => ({ id: String(id), url }))));
    const held = (await scene.world.market.placementsOf(deal)).map(({ provider }) => scene.provider(provider));
    await held[0]!.vanish();
    await held[1]!.vanish();
    const { text, code } = await run("fetch", fetching());
    expect(code, text).to.equal(0);
    expect(JSON.parse(text)).to.deep.include({ used: [2, 3], rebuilt: [0, 1] });
    expect(Buffer.compare(readFileSync(path.join(scene.folder, "back.bin")), scene.payload)).to.equal(0);
    await held[2]!.vanish();
    const lost = await run("fetch", fetching({ json: false }));
    expect(lost.code).to.equal(1);
    expect(lost.text).to.match(/2 shards are needed and 1 could be fetched/);
    for (const provider of held.slice(0, 3)) await provider.comeBack();
  });

  it("show: the deals by how they are; one with what is due", async () => {
    const market = await run("show", { account: 0, json: false });
    expect(market.text).to.match(new RegExp(`deal +urgency +good`));
    expect(market.text).to.match(new RegExp(`^ *${deal} +fine +4 +2 +4 +4 +100 %`, "m"));
    const one = await run("show", { account: 0, json: false, deal });
    expect(one.text).to.match(/4 of 4 shards good, 2 needed, on 4 providers; margin 100 %/);
    expect(one.text).to.match(/^prove +– +\d+ +proven through epoch/m);
  });

  it("watch: finds nothing on a healthy market; a dead sector it reports, and says what for", async () => {
    const args = { once: true, dryRun: false, margin: "2", odds: 50, folder: path.join(scene.folder, "watcher") };
    const watching = { ...args, intervalSeconds: 30, logs: false, json: true };
    const calm = JSON.parse((await run("watch", watching)).text) as { decisions: unknown[]; deals: number };
    expect([calm.deals, calm.decisions]).to.deep.equal([1, []]);
    const [{ provider, sector }] = (await scene.world.market.placementsOf(deal)) as unknown as [
      { provider: bigint; sector: bigint },
    ];
    await scene.world.filecoin.terminate(provider, sector);
    const dry = await run("watch", { ...watching, dryRun: true, json: false });
    expect(dry.text).to.match(new RegExp(`report/${deal}/0 +act`));
    const acted = await run("watch", { ...watching, json: false });
    expect(acted.text).to.match(new RegExp(`report/${deal}/0: mined`));
    expect((await scene.world.market.orderOf(deal)).progress.marks).to.equal(1n);
    await expect(run("watch", { ...watching, margin: "x" })).to.be.rejectedWith("--margin takes a number");
  });
});
