import { expect } from "chai";

import { State } from "../../support/repairMarket";
import { RepairScene } from "../../support/repairScene";

describe("Repair miner › the life of a deal", function () {
  this.timeout(120_000);
  let scene: RepairScene;

  afterEach(() => scene.stop());

  it("goes from a proposal to shards that are placed and proven", async () => {
    scene = await RepairScene.set();
    const { id, bidId } = await scene.negotiate();
    expect((await scene.negotiation.accept(id)).acceptance).to.equal(undefined);
    await scene.step();
    const { acceptance, state } = await scene.negotiation.accept(id);
    expect(state).to.equal("placing");
    expect(acceptance).to.include({ bidId, askId: scene.askId });
    await scene.until(id, "keeping");
    const health = await scene.world.lens.healthOf(bidId);
    expect([health.held, health.providers]).to.deep.equal([4n, 4n]);
    expect((await scene.world.lens.dealOf(bidId)).state).to.equal(State.Active);
  });
});
