import { expect } from "chai";

import { StoreIdentityError } from "../../src/store/errors";
import type { SqlStore } from "../../src/store/store";
import { exampleJob, examplePiece } from "./keeper";

const ATTEMPT = { raw: "0x02", maxFeeAtto: "1", priorityFeeAtto: "1", sentEpoch: 10n };
const SENDER = "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A";

/** What every store must do, whatever it is made of. */
export function itBehavesAsStore(
  open: () => Promise<{ store: SqlStore; reopen(): Promise<SqlStore>; close(): Promise<void> }>,
): void {
  let store: SqlStore;
  let reopen: () => Promise<SqlStore>;
  let close: () => Promise<void>;
  const piece = examplePiece(7);

  beforeEach(async () => {
    ({ store, reopen, close } = await open());
  });
  afterEach(() => close());

  const plan = (id: string, overrides = {}) =>
    store.intents.plan({
      id,
      kind: "submit",
      reason: "why",
      toAddress: "0x1",
      data: "0x",
      sender: SENDER,
      createdEpoch: 10n,
      piece,
      ...overrides,
    });
  const open1 = (requestId: bigint, openedBlock = 10n) =>
    store.requests.opened({ requestId, piece, client: SENDER, fetchLink: "", openedBlock, raas: 0n });

  it("keeps 64-bit integers and amounts beyond them exactly", async () => {
    for (const value of [0n, 1n, 2n ** 53n + 1n, 2n ** 60n, 2n ** 63n - 1n]) {
      const requestId = value;
      await store.requests.opened({ requestId, piece, client: SENDER, fetchLink: "", openedBlock: value, raas: 0n });
      expect(await store.requests.get(value)).to.include({ requestId, openedBlock: value });
    }
    const dear = (10n ** 27n + 1n).toString();
    await plan("a");
    await store.intents.sign("a", 2n ** 60n, { ...ATTEMPT, hash: "0xa", maxCostAtto: dear });
    expect((await store.intents.attempts("a"))[0]!.maxCostAtto).to.equal(dear);
    expect((await store.intents.get("a"))!.nonce).to.equal(2n ** 60n);
    expect(await store.intents.spentSince(0n, SENDER)).to.equal(BigInt(dear));
  });

  it("remembers what providers failed, until a later success, and what they failed after it", async () => {
    const { providerFailures } = store;
    const far = 2n ** 60n;
    await providerFailures.failed(1n, "p", far, "away");
    await providerFailures.failed(2n, "p", 5n, "refused");
    await providerFailures.failed(1n, "q", 20n, "late");
    const first = { provider: 1n, piece: "p", epoch: far, reason: "away" };
    const second = { provider: 2n, piece: "p", epoch: 5n, reason: "refused" };
    expect(await providerFailures.relevantTo("p", 2n ** 61n)).to.deep.equal([first, second]);
    await providerFailures.succeeded(1n, far);
    await providerFailures.succeeded(2n, 6n);
    const late = { provider: 1n, piece: "q", epoch: 20n, reason: "late", recoveredAt: far };
    const made = { ...second, recoveredAt: 6n };
    expect(await providerFailures.relevantTo("p", 20n)).to.deep.equal([first, late, made]);
    await providerFailures.succeeded(2n, 9n);
    expect(await providerFailures.relevantTo("p", far)).to.deep.equal([first, made]);
    await providerFailures.failed(2n, "p", 10n, "away");
    store = await reopen();
    expect(await store.providerFailures.all()).to.deep.equal([first, late, { ...second, epoch: 10n, reason: "away" }]);
  });

  it("keeps everything when it is closed and opened again", async () => {
    await store.jobs.add([exampleJob({ id: "kept", piece })]);
    await open1(1n);
    store = await reopen();
    expect((await store.jobs.get("kept"))!.piece).to.equal(piece);
    expect((await store.requests.get(1n))!.state).to.equal("open");
  });

  it("adds all jobs or none", async () => {
    await store.jobs.add([exampleJob({ id: "twin", piece })]);
    const twice = await store.jobs
      .add([exampleJob({ id: "new" }), exampleJob({ id: "twin" })])
      .catch((error: Error) => error);
    expect(twice).to.be.instanceOf(Error);
    expect(await store.jobs.get("new")).to.equal(undefined);
    expect(await store.jobs.count()).to.equal(1);
  });

  it("lists jobs page by page, in order", async () => {
    await store.jobs.add(["c", "a", "b"].map((id) => exampleJob({ id })));
    const first = await store.jobs.list(2);
    expect(first.map((job) => job.id)).to.deep.equal(["a", "b"]);
    expect((await store.jobs.list(2, "b")).map((job) => job.id)).to.deep.equal(["c"]);
  });

  it("makes one job of one on-chain request, however often it is seen", async () => {
    for (const id of ["x", "y"]) await store.jobs.addFromRequest({ ...exampleJob({ id, piece }), requestId: 5n });
    expect(await store.jobs.count()).to.equal(1);
    const terms = { replicationTarget: 9n, repairThreshold: 1n, renewThreshold: 2n };
    await store.jobs.updateTerms(5n, terms);
    expect(await store.jobs.get("x")).to.include(terms);
    await store.jobs.removeOfRequest(5n);
    expect(await store.jobs.count()).to.equal(0);
  });

  it("removes a live job once", async () => {
    await store.jobs.add([exampleJob({ id: "gone", piece })]);
    expect(await store.jobs.remove("gone")).to.equal(true);
    expect(await store.jobs.remove("gone")).to.equal(false);
    expect(await store.jobs.liveOn([piece])).to.deep.equal([]);
  });

  it("names every piece that matters once, page by page", async () => {
    const pieces = [1, 2, 3, 4].map((number) => examplePiece(number)).sort();
    await store.jobs.add([
      exampleJob({ piece: pieces[0] }),
      exampleJob({ piece: pieces[0] }),
      exampleJob({ piece: pieces[2] }),
    ]);
    await store.requests.opened({
      requestId: 1n,
      piece: pieces[1]!,
      client: SENDER,
      fetchLink: "",
      openedBlock: 1n,
      raas: 0n,
    });
    await store.requests.opened({
      requestId: 2n,
      piece: pieces[3]!,
      client: SENDER,
      fetchLink: "",
      openedBlock: 1n,
      raas: 0n,
    });
    await store.requests.settle([2n]);
    expect(await store.piecesAfter("", 2)).to.deep.equal(pieces.slice(0, 2));
    expect(await store.piecesAfter(pieces[1]!, 2)).to.deep.equal([pieces[2]]);
    expect(await store.pieceWithRoot(pieces[0]!.split("-")[0]!)).to.equal(pieces[0]);
    expect(await store.pieceWithRoot("0x00")).to.equal(undefined);
  });

  it("follows a request from open to completed or cancelled, and back when the chain says so", async () => {
    await open1(1n, 10n);
    await open1(1n, 99n);
    await store.requests.completed(1n, 20n, { marketActorId: 5n, providerId: 1001n, dealId: 7n });
    expect(await store.requests.get(1n)).to.include({
      state: "completed",
      openedBlock: 10n,
      closedBlock: 20n,
      dealId: 7n,
    });
    await open1(2n, 12n);
    await store.requests.cancelled(2n, 21n);
    expect((await store.requests.unsettledOn([piece])).map((it) => it.requestId)).to.deep.equal([1n]);
    await open1(3n, 20n);
    expect(await store.requests.undoAfter(19n)).to.deep.equal([3n]);
    expect(await store.requests.get(1n)).to.include({ state: "open", closedBlock: null, dealId: null });
    expect(await store.requests.get(2n)).to.include({ state: "open", settled: 0n });
  });

  it("follows an intent from plan to receipt", async () => {
    await plan("a");
    expect((await store.intents.get("a"))!.state).to.equal("planned");
    await store.intents.sign("a", 4n, { ...ATTEMPT, hash: "0xa", maxCostAtto: "50" });
    await store.intents.sign("a", 4n, { ...ATTEMPT, hash: "0xb", maxCostAtto: "70", sentEpoch: 30n });
    expect((await store.intents.attempts("a")).map((it) => it.hash)).to.deep.equal(["0xa", "0xb"]);
    expect(await store.intents.spentSince(0n, SENDER)).to.equal(70n);
    const receipt = { intentId: "a", hash: "0xb", block: 31n, succeeded: 1n, gasUsed: 5n, costAtto: "60" };
    await store.intents.mined(receipt, 8n);
    await store.intents.mined(receipt, 8n);
    expect(await store.intents.get("a")).to.include({ state: "mined", requestId: 8n, minedBlock: 31n });
    expect(await store.intents.spentSince(31n, SENDER)).to.equal(60n);
    expect(await store.intents.spentSince(32n, SENDER)).to.equal(0n);
    expect(await store.intents.spentSince(0n, "0xother")).to.equal(0n);
    await store.intents.finish(30n);
    expect(await store.intents.outstanding()).to.have.length(1);
    await store.intents.finish(31n);
    expect(await store.intents.outstanding()).to.deep.equal([]);
    await store.intents.undoAfter(30n);
    expect(await store.intents.get("a")).to.include({ state: "signed", requestId: null, minedBlock: null, nonce: 4n });
  });

  it("drops only what was never signed, and keeps failures with their reason", async () => {
    await plan("a");
    await plan("b");
    await store.intents.sign("b", 1n, { ...ATTEMPT, hash: "0xb", maxCostAtto: "1" });
    await store.intents.drop("a");
    await store.intents.drop("b");
    expect((await store.intents.outstanding()).map((it) => it.id)).to.deep.equal(["b"]);
    await store.intents.fail("b", "refused");
    expect((await store.intents.failures(5))[0]).to.include({ id: "b", error: "refused" });
  });

  it("counts what a transaction cost that was mined in vain, once", async () => {
    await plan("a");
    await store.intents.sign("a", 1n, { ...ATTEMPT, hash: "0xa", maxCostAtto: "50" });
    const receipt = { intentId: "a", hash: "0xa", block: 31n, succeeded: 0n, gasUsed: 5n, costAtto: "40" };
    await store.intents.fail("a", "in vain", receipt);
    await store.intents.fail("a", "in vain", receipt);
    expect(await store.intents.outstanding()).to.deep.equal([]);
    expect(await store.intents.spentSince(31n, SENDER)).to.equal(40n);
    expect(await store.intents.spentSince(32n, SENDER)).to.equal(0n);
  });

  it("waits again for what was mined in vain in a block that a reorganisation undid", async () => {
    for (const [id, nonce, block] of [
      ["kept", 1n, 30n],
      ["undone", 2n, 31n],
    ] as const) {
      await plan(id);
      await store.intents.sign(id, nonce, { ...ATTEMPT, hash: `0x${id}`, maxCostAtto: "50" });
      const receipt = { intentId: id, hash: `0x${id}`, block, succeeded: 0n, gasUsed: 5n, costAtto: "40" };
      await store.intents.fail(id, "in vain", receipt);
    }
    await store.intents.undoAfter(30n);
    expect((await store.intents.failures(5)).map((it) => it.id)).to.deep.equal(["kept"]);
    expect(await store.intents.get("undone")).to.include({ state: "signed", error: null, nonce: 2n });
    expect(await store.intents.spentSince(0n, SENDER), "the cost of the one, and what the other may cost").to.equal(
      90n,
    );
  });

  it("keeps the first sighting of a fault until it is over", async () => {
    const fault = { providerId: 1001n, sector: 3n, firstSeenEpoch: 50n, source: "keeper" as const };
    await store.observations.faultSeen(fault);
    expect(await store.observations.faultSeen({ ...fault, firstSeenEpoch: 60n })).to.deep.equal(fault);
    await store.observations.faultOver(1001n, 3n);
    expect(await store.observations.faults()).to.deep.equal([]);
    await store.observations.checked([piece], 5n);
    await store.observations.checked([piece], 6n);
    expect((await store.observations.checkedEpochs([piece])).get(piece)).to.equal(6n);
  });

  it("remembers which pieces it holds", async () => {
    const held = { piece, cid: "baf", payloadBytes: 2n ** 35n, file: "pieces/baf" };
    await store.pieces.hold(held);
    await store.pieces.hold(held);
    expect(await store.pieces.get(piece)).to.deep.equal(held);
    expect((await store.pieces.heldAmong([piece, "other"])).size).to.equal(1);
    await store.pieces.drop(piece);
    expect(await store.pieces.get(piece)).to.equal(undefined);
  });

  it("keeps a bounded trail of cursor points, newest first", async () => {
    for (let block = 1n; block <= 70n; block++) await store.cursors.advance("c", { block, hash: `0x${block}` });
    const points = await store.cursors.points("c");
    expect(points).to.have.length(64);
    expect(points[0]).to.deep.equal({ block: 70n, hash: "0x70" });
    await store.cursors.undoAfter("c", 68n);
    expect((await store.cursors.points("c"))[0]!.block).to.equal(68n);
    expect(await store.cursors.points("other")).to.deep.equal([]);
  });

  it("writes all of a transaction or nothing", async () => {
    const failed = await store
      .transaction(async (inside) => {
        await inside.jobs.add([exampleJob({ id: "half" })]);
        throw new Error("pulled the plug");
      })
      .catch((error: Error) => error.message);
    expect(failed).to.equal("pulled the plug");
    expect(await store.jobs.get("half")).to.equal(undefined);
  });

  it("belongs to one chain and refuses another, with the next step", async () => {
    const identity = { chainId: "314159", genesis: "0xaa", contract: "0xbb" };
    await store.identity.claim("data/x", identity);
    await store.identity.claim("data/x", identity);
    for (const other of [{ chainId: "314" }, { genesis: "0xcc" }, { contract: "0xdd" }]) {
      const error = await store.identity.claim("data/x", { ...identity, ...other }).catch((reason: Error) => reason);
      expect(error).to.be.instanceOf(StoreIdentityError);
      expect((error as Error).message)
        .to.contain("--data")
        .and.to.contain(Object.values(other)[0]);
    }
  });
}
