import { expect } from "chai";

import { RepairDeals } from "../../../src/store/repairDeals";
import { temporaryFolder } from "../../support/keeper";

const LARGE = 2n ** 60n + 1n;

describe("store › RepairDeals", () => {
  let store: RepairDeals;
  let folder: ReturnType<typeof temporaryFolder>;

  beforeEach(async () => {
    folder = temporaryFolder();
    store = await RepairDeals.open(folder.folder);
  });
  afterEach(async () => {
    await store.close();
    folder.remove();
  });

  const exampleDeal = (id = "A") => ({
    ...{ id, proposal: "{}", client: "0x1", askId: LARGE, droot: "0x2", size: LARGE, priceAtto: "123" },
    ...{ createdEpoch: 5n, offeredUntil: 10n },
  });
  const exampleCopy = (identifier: string, overrides: object = {}) => ({
    ...{ identifier, deal: "A", shard: 1n, providerId: LARGE, cid: "bafk", purpose: "place" as const, reason: "" },
    ...{ durationEpochs: 1n, createdEpoch: 1n },
    ...overrides,
  });

  it("keeps 64-bit numbers whole, and a proposal as it was first made", async () => {
    const deal = await store.propose(exampleDeal());
    expect([deal.askId, deal.size, deal.state]).to.deep.equal([LARGE, LARGE, "tentative"]);
    expect((await store.propose({ ...exampleDeal(), priceAtto: "9" })).priceAtto).to.equal("123");
  });

  it("is there again after the process has gone", async () => {
    await store.propose(exampleDeal());
    await store.change("A", "tentative", { state: "awaiting-data", bidId: 7n });
    await store.close();
    store = await RepairDeals.open(folder.folder);
    expect(await store.ofBid(7n)).to.include({ id: "A", state: "awaiting-data" });
  });

  it("moves a deal only from the state that was seen", async () => {
    await store.propose(exampleDeal());
    expect(await store.change("A", "placing", { state: "keeping" })).to.equal(false);
    expect(await store.change("A", "tentative", { state: "expired" })).to.equal(true);
    expect(await store.open()).to.deep.equal([]);
  });

  it("gives one bid to one deal", async () => {
    await store.propose(exampleDeal("A"));
    await store.propose(exampleDeal("B"));
    await store.change("A", "tentative", { bidId: 7n });
    const second = await store.change("B", "tentative", { bidId: 7n }).catch((error: Error) => error);
    expect(second).to.be.instanceOf(Error);
  });

  it("verifies a deal once, and finds its shards by their roots while it is open", async () => {
    await store.propose(exampleDeal());
    await store.change("A", "tentative", { state: "verifying" });
    await store.verified("A", "beef", ["0xa", "0xb"]);
    expect(await store.get("A")).to.include({ state: "accepted", manifest: "beef" });
    expect(await store.shardsWithRoot("0xb")).to.deep.equal([{ deal: "A", shard: 1 }]);
    await store.change("A", "accepted", { state: "placing" });
    await store.verified("A", "cafe", ["0xa", "0xb"]);
    expect(await store.get("A")).to.include({ state: "placing" });
    await store.change("A", "placing", { state: "failed" });
    expect(await store.shardsWithRoot("0xb")).to.deep.equal([]);
  });

  it("keeps the first sighting of a loss, until the shard lies elsewhere", async () => {
    const loss = { deal: "A", shard: 0n, provider: 1n, sector: 2n, sinceEpoch: 10n };
    await store.lost(loss);
    expect((await store.lost({ ...loss, sinceEpoch: 20n })).sinceEpoch).to.equal(10n);
    expect((await store.lost({ ...loss, sector: 3n, sinceEpoch: 30n })).sinceEpoch).to.equal(30n);
    await store.lossOver("A", 0n);
    expect(await store.losses("A")).to.deep.equal([]);
  });

  it("counts copies as under way until they are placed, spent or failed", async () => {
    for (const name of ["1", "2", "3", "4"]) await store.plan(exampleCopy(name));
    await store.moveCopy("2", "sealed", { sector: LARGE, commitment: 9n });
    await store.moveCopy("3", "placed");
    await store.moveCopy("4", "failed", { error: "no" });
    expect((await store.copiesUnderWay("A")).map(({ identifier }) => identifier)).to.deep.equal(["1", "2"]);
    expect(await store.hasCopyIn(LARGE, LARGE)).to.equal(true);
    expect(await store.hasCopyIn(LARGE, 1n)).to.equal(false);
  });

  it("forgets offers that nobody answered, and nothing else", async () => {
    for (const id of ["A", "B", "C"]) await store.propose(exampleDeal(id));
    await store.change("A", "tentative", { state: "expired" });
    await store.change("B", "tentative", { state: "expired", bidId: 1n });
    await store.forgetOffers(10n);
    expect((await store.list(9)).map(({ id }) => id)).to.deep.equal(["A", "B", "C"]);
    await store.forgetOffers(11n);
    expect((await store.list(9)).map(({ id }) => id)).to.deep.equal(["B", "C"]);
  });
});
