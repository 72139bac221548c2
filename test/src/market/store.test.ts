import { readFileSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";

import { runStore } from "../../../src/market/store/run";
import { State } from "../../support/repairMarket";
import { StoreScene } from "../../support/storeScene";

describe("market store", () => {
  let scene: StoreScene;
  afterEach(() => scene.stop());

  it("brings a file to a deal, and the deal to its first proof", async () => {
    scene = await StoreScene.set();
    const { record, order } = await scene.store();
    expect(record.state).to.equal("done");
    expect([order.client, order.askId]).to.deep.equal([scene.world.client.address, scene.scene.askId]);
    const kept = JSON.parse(readFileSync(path.join(scene.records.folderOf(record.id), "acceptance.json"), "utf8"));
    expect(BigInt(kept.bidId)).to.equal(record.bidId);
    await scene.scene.until(record.proposal!.id, "keeping");
    expect((await scene.world.market.orderOf(record.bidId!)).state).to.equal(BigInt(State.Active));
    expect(await scene.bids()).to.equal(1n);
    const again = await runStore(await scene.parts(), await scene.begin());
    expect(again.record.bidId).to.equal(record.bidId);
  });
});
