import { expect } from "chai";

import type { Copy } from "../../src/scenarios/copies";
import { Story } from "../../src/scenarios/story";
import { startTestNetwork, type TestNetwork } from "../support/localNetwork";

/** One file through everything that may happen to it. `Story` throws when there is a copy too many at any step, when a
 *  copy is requested that was not needed, or when retrieval gives other bytes. */
describe("e2e › keepsAlive", function () {
  this.timeout(180_000);

  let running: TestNetwork;
  let story: Story;
  let held: Copy[];

  before(async () => {
    running = await startTestNetwork();
    story = await Story.begin(running.network, "README.md", () => undefined);
  });

  after(() => running?.stop());

  afterEach(async function () {
    if (this.currentTest?.state !== "passed") return;
    const healthy = await story.healthy();
    expect(new Set(healthy.map(({ providerId }) => providerId)).size).to.equal(3);
    held = healthy;
  });

  it("stores a file in three copies on distinct providers", async () => {
    await story.replicate();
    expect(await running.network.requestCount()).to.equal(3n);
  });

  it("does nothing about a fault before the repair threshold, and replaces the copy after it", async () => {
    const [faulty] = held;
    await story.repairAfterFault();
    expect((await story.healthy()).map(({ dealId }) => dealId)).not.to.include(faulty!.dealId);
    expect(await running.network.requestCount()).to.equal(4n);
  });

  it("replaces a terminated copy, with a provider that has not failed the piece", async () => {
    const [terminated] = held;
    await story.repairAfterTermination();
    expect((await story.healthy()).map(({ providerId }) => providerId)).not.to.include(terminated!.providerId);
    expect(await running.network.requestCount()).to.equal(5n);
  });

  it("renews each deal within its renew threshold, before it ends", async () => {
    const old = held.map(({ dealId }) => dealId);
    await story.renew();
    expect((await story.healthy()).filter(({ dealId }) => old.includes(dealId))).to.deep.equal([]);
    expect(await running.network.requestCount()).to.equal(8n);
  });
});
