import { expect } from "chai";

import { State } from "../../support/repairMarket";
import { RepairScene } from "../../support/repairScene";

describe("Repair miner › repair", function () {
  this.timeout(300_000);
  let scene: RepairScene;

  afterEach(() => scene.stop());

  const dealOf = (bidId: bigint) => scene.world.lens.dealOf(bidId);
  const healthOf = (bidId: bigint) => scene.world.lens.healthOf(bidId);
  const doingOf = async (id: string) => (await scene.negotiation.answer(id)).doing;

  async function holders(bidId: bigint): Promise<bigint[]> {
    return (await scene.world.lens.placementsOf(bidId)).map(({ provider }) => provider);
  }

  it("rebuilds from what is left when as many as the code spares vanish at once", async () => {
    scene = await RepairScene.set({ k: 6, n: 10, providers: 14, payloadBytes: 5_000, settings: { dropBytes: true } });
    const { id, bidId } = await scene.kept();
    const before = await holders(bidId);
    expect(scene.running.miner.parts.shards.missing(id, 10), "the bytes are dropped").to.have.length(10);
    for (const gone of before.slice(2, 6)) await scene.provider(gone).vanish();
    await scene.step(2_900n);
    expect((await healthOf(bidId)).held).to.equal(6n);
    expect((await scene.negotiation.answer(id)).state).to.equal("repairing");
    await scene.until(id, "keeping");
    const after = await holders(bidId);
    expect(after.filter((provider, shard) => provider !== before[shard])).to.have.length(4);
    expect(new Set(after).size).to.equal(10);
    expect((await healthOf(bidId)).held).to.equal(10n);
    expect((await dealOf(bidId)).order.progress.strikes).to.equal(0n);
  });

  it("leaves a fault time to heal, and says so", async () => {
    scene = await RepairScene.set();
    const { id, bidId } = await scene.kept({ durationEpochs: 40_000n });
    const [holder] = await holders(bidId);
    const provider = scene.provider(holder!);
    await scene.world.filecoin.declareFault(provider.id, 0n);
    await scene.step();
    expect((await doingOf(id))[0]).to.include({ shard: 0, what: "waiting" });
    expect((await doingOf(id))[0]!.why).to.match(/it may recover until epoch/);
    await scene.step(1_000n);
    await scene.world.filecoin.recover(provider.id, 0n);
    await scene.until(id, "keeping", 2);
    expect((await holders(bidId))[0]).to.equal(holder);
    expect(provider.deals.size, "asked once").to.equal(1);
  });

  it("moves a shard whose sector does not heal", async () => {
    scene = await RepairScene.set();
    const { id, bidId } = await scene.kept({ durationEpochs: 40_000n });
    const [holder] = await holders(bidId);
    await scene.world.filecoin.declareFault(holder!, 0n);
    await scene.step();
    await scene.step(3_000n);
    await scene.until(id, "keeping", 10);
    expect((await holders(bidId))[0]).to.not.equal(holder);
  });

  it("cures what was reported lost and is active again", async () => {
    scene = await RepairScene.set();
    const { id, bidId } = await scene.kept();
    const [holder] = await holders(bidId);
    await scene.world.filecoin.declareFault(holder!, 0n);
    const { location } = await scene.world.lens.locate(holder!, 0n);
    await scene.world.market.reportLoss(bidId, 0, location);
    expect((await dealOf(bidId)).state).to.equal(State.Repairing);
    await scene.step();
    expect((await scene.negotiation.answer(id)).state).to.equal("repairing");
    await scene.world.filecoin.recover(holder!, 0n);
    await scene.step();
    expect((await scene.negotiation.answer(id)).state).to.equal("keeping");
    expect((await dealOf(bidId)).state).to.equal(State.Active);
    expect((await dealOf(bidId)).order.progress.marks).to.equal(0n);
  });

  it("proves before every deadline, settles after the end, and takes what it earned", async () => {
    scene = await RepairScene.set({ settings: { policy: { minWithdrawAtto: 1n } } });
    const { id, bidId } = await scene.kept();
    for (let i = 0; i < 25; i++) await scene.step(1_000n);
    await scene.until(id, "finished", 3);
    const { state, earned, total, withdrawable, order } = await dealOf(bidId);
    expect(state).to.equal(State.Finished);
    expect([earned, withdrawable, order.progress.strikes]).to.deep.equal([total, 0n, 0n]);
    expect(await scene.world.market.creditOf(scene.world.owner.address)).to.equal(total);
  });

  it("renews shards whose sectors end before the deal", async () => {
    const settings = { maxSectorEpochs: 518_400n, policy: { renewLeadEpochs: 420_000n } };
    scene = await RepairScene.set({ k: 1, n: 2, providers: 4, settings });
    const { id, bidId } = await scene.kept({ durationEpochs: 450_000n });
    const before = await scene.world.lens.placementsOf(bidId);
    const { end } = await dealOf(bidId);
    expect(before.every(({ validUntil }) => validUntil < end)).to.equal(true);
    for (let i = 0; i < 18; i++) await scene.step(1_000n);
    await scene.step(4n);
    await scene.step(4n);
    await scene.step(4n);
    const after = await scene.world.lens.placementsOf(bidId);
    expect(after.every(({ validUntil }) => validUntil >= end)).to.equal(true);
    expect(after.map(({ provider }) => provider)).to.not.deep.equal(before.map(({ provider }) => provider));
    expect((await dealOf(bidId)).order.progress.strikes).to.equal(0n);
    expect((await scene.negotiation.answer(id)).state).to.equal("keeping");
  });

  it("tries the next provider when one refuses, stalls, or vanishes while it seals", async () => {
    scene = await RepairScene.set({ k: 2, n: 3, providers: 7 });
    const [refuses, stalls, vanishes, overloaded] = scene.providers;
    refuses!.manners.refuse = true;
    stalls!.manners.stall = true;
    overloaded!.manners.overloaded = true;
    const { id, bidId } = await scene.negotiate();
    await scene.step();
    await vanishes!.vanish();
    await scene.until(id, "keeping", 30, 200n);
    const holding = await holders(bidId);
    for (const bad of [refuses, stalls, vanishes, overloaded]) expect(holding).to.not.include(bad!.id);
    const failures = await scene.running.miner.parts.failures.all();
    expect(failures.find(({ provider }) => provider === refuses!.id)!.reason).to.match(/ErrDealRejectedByMarket/);
    expect(failures.find(({ provider }) => provider === stalls!.id)!.reason).to.match(/not sealed after/);
  });

  it("says what it waits for when too few shards can be read, and goes on when they can", async () => {
    scene = await RepairScene.set({ k: 2, n: 3, providers: 5, settings: { dropBytes: true } });
    const { id, bidId } = await scene.kept({ durationEpochs: 40_000n });
    const holding = await holders(bidId);
    const gone = scene.provider(holding[0]!);
    const silent = scene.provider(holding[1]!);
    await gone.terminate(0n);
    await silent.vanish();
    await scene.step();
    await scene.step();
    expect((await doingOf(id)).map(({ why }) => why).join()).to.match(/2 shards are needed and 1 could be read/);
    await silent.comeBack();
    await scene.step();
    await scene.until(id, "keeping", 10);
    expect((await holders(bidId))[0]).to.not.equal(gone.id);
  });
});
