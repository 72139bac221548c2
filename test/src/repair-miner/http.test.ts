import { expect } from "chai";
import { request } from "node:http";

import { plain } from "../../../src/service/json";
import { dealAnswerSchema, type Proposal, termsSchema } from "../../../src/protocol/negotiationWire";
import { pieceCidV2 } from "../../../src/data/pieceCid";
import { MinerUrls } from "../../../src/protocol/minerUrls";
import { type JsonRpc, ProviderRpc, RpcError } from "../../../src/filecoin/rpc";
import { network } from "hardhat";
import { RepairScene } from "../../support/repairScene";
import { until } from "../../support/until";

/** A node that answers for so many epochs of logs at most. */
class NarrowRpc implements JsonRpc {
  widest = 0n;
  earliest: bigint | undefined;

  constructor(
    private readonly rpc: JsonRpc,
    private readonly epochs: bigint,
  ) {}

  async request<T>(method: string, params: unknown[] = [], signal?: AbortSignal): Promise<T> {
    if (method === "eth_getLogs") {
      const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
      const [from, width] = [BigInt(fromBlock), BigInt(toBlock) - BigInt(fromBlock) + 1n];
      if (width > this.epochs) throw new RpcError(method, -32005, `block range too large: ${width}`);
      this.earliest = this.earliest === undefined || from < this.earliest ? from : this.earliest;
      this.widest = width > this.widest ? width : this.widest;
    }
    return this.rpc.request<T>(method, params, signal);
  }
}

describe("Repair miner › HTTP", function () {
  this.timeout(120_000);
  let scene: RepairScene;

  beforeEach(async () => {
    scene = await RepairScene.set({ providers: 4 });
  });
  afterEach(() => scene.stop());

  const at = (path: string) => `${scene.running.url}${path}`;
  const post = (path: string, body?: unknown) =>
    fetch(at(path), {
      method: "POST",
      ...(body === undefined
        ? {}
        : { headers: { "content-type": "application/json" }, body: JSON.stringify(plain(body)) }),
    });
  const put = (path: string, body: Uint8Array) => fetch(at(path), { method: "PUT", body: Buffer.from(body) });
  const wire = (proposal: Proposal) => plain(proposal);

  it("carries a negotiation from the terms to the binding acceptance", async () => {
    const terms = termsSchema.parse(await (await fetch(at("/terms"))).json());
    expect(terms).to.deep.include({ asks: [scene.askId], providers: 4, worker: scene.world.worker.address });
    const proposal = scene.proposal();
    const proposed = await post("/deals", wire(proposal));
    expect(proposed.status).to.equal(201);
    expect(dealAnswerSchema.parse(await proposed.json()).state).to.equal("tentative");
    const bidId = await scene.bidFor(proposal);
    const authorisation = await scene.world.sign(scene.askId, bidId);
    const bid = await post(`/deals/${proposal.id}/bid`, { bidId, authorisation });
    expect(dealAnswerSchema.parse(await bid.json()).missing).to.deep.equal([0, 1]);
    expect((await put(`/deals/${proposal.id}/data`, scene.payload)).status).to.equal(204);
    expect((await post(`/deals/${proposal.id}/accept`)).status).to.equal(202);
    await scene.tick();
    const accepted = await post(`/deals/${proposal.id}/accept`);
    expect(accepted.status).to.equal(200);
    const answer = dealAnswerSchema.parse(await accepted.json());
    expect(answer.acceptance).to.include({ bidId, askId: scene.askId });
    const { deals } = (await (await fetch(at("/deals"))).json()) as { deals: unknown[] };
    expect(deals.map((deal) => dealAnswerSchema.parse(deal).id)).to.deep.equal([proposal.id]);
  });

  it("takes data shard by shard", async () => {
    const proposal = scene.proposal();
    await scene.negotiation.propose(proposal);
    const bidId = await scene.bidFor(proposal);
    await scene.negotiation.bid(proposal.id, { bidId, authorisation: await scene.world.sign(scene.askId, bidId) });
    const half = Number(scene.data.layout.shardBytes);
    expect((await put(`/deals/${proposal.id}/shards/0`, scene.payload.subarray(0, half))).status).to.equal(204);
    expect((await put(`/deals/${proposal.id}/shards/1`, scene.payload.subarray(half))).status).to.equal(204);
    await scene.tick();
    expect((await scene.negotiation.answer(proposal.id)).state).to.equal("placing");
  });

  it("keeps an upload that breaks off from counting", async () => {
    const proposal = scene.proposal();
    await scene.negotiation.propose(proposal);
    const bidId = await scene.bidFor(proposal);
    await scene.negotiation.bid(proposal.id, { bidId, authorisation: await scene.world.sign(scene.askId, bidId) });
    await new Promise<void>((resolve) => {
      const upload = request(at(`/deals/${proposal.id}/shards/0`), {
        method: "PUT",
        headers: { "content-length": Number(scene.data.layout.shardBytes) },
      });
      upload.on("error", () => resolve());
      upload.write(scene.payload.subarray(0, 100), () => upload.destroy());
    });
    expect((await scene.negotiation.answer(proposal.id)).missing).to.deep.equal([0, 1]);
    // It is told to wait until the server has noticed.
    await until(async () => (await put(`/deals/${proposal.id}/data`, scene.payload)).status === 204);
    expect((await scene.negotiation.answer(proposal.id)).missing).to.deep.equal([]);
  });

  it("refuses with problem details that carry the code", async () => {
    const refusal = await post("/deals", wire(scene.proposal({ priceAtto: 1n })));
    expect(refusal.status).to.equal(422);
    expect(refusal.headers.get("content-type")).to.include("application/problem+json");
    expect(await refusal.json()).to.include({ code: "price-too-low", type: "urn:filecoin-raas:price-too-low" });
    expect((await fetch(at("/deals/01ARZ3NDEKTSV4RRFFQ69G5FAV"))).status).to.equal(404);
    const malformed = await post("/deals", { id: "no" });
    expect([malformed.status, ((await malformed.json()) as { type: string }).type]).to.deep.equal([
      400,
      "urn:filecoin-raas:invalid-request",
    ]);
    const large = await post("/deals", { id: "x".repeat(200_000) });
    expect(large.status).to.equal(413);
  });

  it("serves shards while it holds them, ranges included", async () => {
    const { id } = await scene.negotiate();
    await scene.tick();
    const cid = pieceCidV2(scene.data.shards[3]!).toString();
    const whole = Buffer.from(await (await fetch(at(`/piece/${cid}`))).arrayBuffer());
    expect(BigInt(whole.length)).to.equal(scene.data.layout.shardBytes);
    const part = await fetch(at(`/piece/${cid}`), { headers: { range: "bytes=10-19" } });
    expect([part.status, Buffer.from(await part.arrayBuffer()).equals(whole.subarray(10, 20))]).to.deep.equal([
      206,
      true,
    ]);
    expect((await fetch(at(`/piece/${cid}`), { headers: { range: "bytes=99999-" } })).status).to.equal(416);
    expect((await fetch(at(`/piece/${pieceCidV2(scene.data.root)}`))).status).to.equal(404);
    await scene.running.miner.parts.shards.drop(id);
    expect((await fetch(at(`/piece/${cid}`))).status).to.equal(404);
  });

  it("tells how it is, for people and for Prometheus", async () => {
    await scene.running.stop();
    const ticked: (() => void)[] = [];
    const tick = new Promise<void>((resolve) => ticked.push(resolve));
    await scene.start({ intervalMs: 60_000, onTick: () => ticked.forEach((resolve) => resolve()) });
    await tick;
    const health = (await (await fetch(at("/healthz"))).json()) as { status: string };
    expect(health.status).to.equal("ok");
    const metrics = await (await fetch(at("/metrics"))).text();
    expect(metrics).to.match(/repair_miner_deals\{state="keeping"\} 0/);
    expect(metrics).to.match(/repair_miner_shards\{kind="held"\} 0/);
  });

  it("finds the URL that a miner gave when it was made", async () => {
    const { world } = scene;
    const [value, peerId] = [await world.market.collateralDue(1n), Buffer.from("http://miner.example")];
    const market = world.market.connect(world.stranger);
    const key = world.worker.signingKey.publicKey;
    const actor = await market.createRepairMiner.staticCall(key, 1n, peerId, { value });
    await market.createRepairMiner(key, 1n, peerId, { value });
    const deployedAt = await world.now();
    const rpc = new NarrowRpc(new ProviderRpc(network.provider), 100n);
    await world.filecoin.skip(1_000n);
    const late = await world.market.createRepairMiner.staticCall(key, 1n, Buffer.from([0xff]), { value });
    await world.market.createRepairMiner(key, 1n, Buffer.from([0xff]), { value });
    const urls = new MinerUrls(rpc, await market.getAddress(), deployedAt);
    expect(await urls.announcedBy(actor)).to.equal("http://miner.example");
    expect(await urls.announcedBy(late)).to.equal("0xff");
    expect(await urls.announcedBy(scene.world.client.address)).to.equal(undefined);
    const { minerIdOf } = market;
    expect(await urls.urlOf(await minerIdOf(actor))).to.equal("http://miner.example");
    expect(await urls.urlOf(await minerIdOf(late))).to.equal(undefined);
    expect(rpc.widest <= 100n && rpc.earliest === deployedAt).to.equal(true);
  });
});
