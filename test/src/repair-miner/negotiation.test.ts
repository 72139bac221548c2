import { readFile, writeFile } from "node:fs/promises";

import { expect } from "chai";
import { ethers } from "hardhat";

import { acceptanceDigest, marketDomain } from "../../../src/protocol/authorisation";
import type { Proposal, Refusal } from "../../../src/protocol/negotiationWire";
import { providersRootOf } from "../../../src/protocol/providerList";
import { RefusedError } from "../../../src/repair-miner/refused";
import { exampleBytes } from "../../support/exampleBytes";
import { GIB } from "../../support/repairMarket";
import { encodePayload, RepairScene } from "../../support/repairScene";

async function refusedWith(code: Refusal, attempt: Promise<unknown>): Promise<RefusedError> {
  try {
    await attempt;
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    expect(error.code, error.message).to.equal(code);
    return error;
  }
  throw new Error(`it was not refused with ${code}`);
}

describe("Repair miner › negotiation", function () {
  this.timeout(120_000);
  let scene: RepairScene;

  beforeEach(async () => {
    scene = await RepairScene.set({ providers: 4 });
  });
  afterEach(() => scene.stop());

  describe("a proposal", () => {
    const propose = (overrides: Partial<Proposal>) => scene.negotiation.propose(scene.proposal(overrides));

    it("is answered at the ask's price, and the same one again by the same answer", async () => {
      const proposal = scene.proposal({ priceAtto: scene.price + 5n });
      const answer = await scene.negotiation.propose(proposal);
      expect(answer).to.include({ state: "tentative", priceAtto: scene.price });
      expect(answer.missing).to.deep.equal([0, 1]);
      expect(await scene.negotiation.propose(proposal)).to.deep.equal(answer);
    });

    it("is refused with each reason that there is", async () => {
      const { world } = scene;
      const other = await world.createMiner({ owner: world.stranger });
      const foreign = await world.addAsk(other, scene.price);
      const closed = await world.addAsk(scene.miner, scene.price);
      await scene.miner.cancelAsk(closed);
      await refusedWith("ask-unknown", propose({ askId: 77n }));
      await refusedWith("ask-unknown", propose({ askId: foreign }));
      await refusedWith("ask-closed", propose({ askId: closed }));
      await refusedWith("price-too-low", propose({ priceAtto: scene.price - 1n }));
      await refusedWith("duration", propose({ durationEpochs: world.rules.minDuration - 1n }));
      await refusedWith("duration", propose({ durationEpochs: world.rules.maxDuration + 1n }));
      await refusedWith("coding", propose({ dataShards: 4 }));
      await refusedWith("coding", propose({ maxShardsPerProvider: 5 }));
      await refusedWith("coding", propose({ size: scene.proposal().size + 1n }));
      await refusedWith("coding", propose({ payloadBytes: scene.proposal().size }));
      await refusedWith("too-large", propose({ size: 4n * GIB, payloadBytes: GIB }));
      await refusedWith("providers-short", propose({ providers: scene.providers.slice(1).map(({ id }) => id) }));
      const kept = scene.proposal();
      await scene.negotiation.propose(kept);
      await refusedWith("wrong-state", scene.negotiation.propose({ ...kept, durationEpochs: 30_000n }));
    });

    it("is refused when the miner's own bounds are reached", async () => {
      const { settings } = scene.running.miner.parts;
      const ask = await scene.world.addAsk(scene.miner, scene.price, 2n * GIB, 100_000n);
      await refusedWith("no-capacity", propose({ askId: ask, size: 2n * GIB, payloadBytes: 1n << 29n }));
      await refusedWith(
        "collateral-short",
        propose({ size: GIB, payloadBytes: 1n << 28n, durationEpochs: 3_000_000n }),
      );
      settings.maxPayloadBytes = 999n;
      await refusedWith("too-large", propose({}));
      settings.maxPayloadBytes = GIB;
      settings.maxTentative = 0;
      await refusedWith("busy", propose({}));
    });
  });

  describe("a bid", () => {
    const signed = (bidId: bigint) => scene.world.sign(scene.askId, bidId);

    it("must be the one proposed, in every field", async () => {
      const differing: [Partial<Proposal>, string][] = [
        [{ client: scene.world.stranger.address }, "client"],
        [{ droot: `0x${"11".repeat(32)}` }, "droot"],
        [{ priceAtto: scene.price + 1n }, "price"],
        [{ durationEpochs: 20_001n }, "duration"],
        [{ dataShards: 3 }, "dataShards"],
        [{ maxShardsPerProvider: 2 }, "maxShardsPerProvider"],
        [{ payloadBytes: 999n }, "payloadSize"],
        [{ providers: scene.providers.map(({ id }) => id) }, "providersRoot"],
      ];
      const bidId = await scene.bidFor(scene.proposal());
      const authorisation = await signed(bidId);
      for (const [overrides, field] of differing) {
        const proposal = scene.proposal(overrides);
        await scene.negotiation.propose(proposal);
        const refusal = await refusedWith("bid-differs", scene.negotiation.bid(proposal.id, { bidId, authorisation }));
        expect(refusal.message).to.include(`bid's ${field} is`);
      }
    });

    it("must be open, stand long enough, be signed by its client, and belong to nobody else", async () => {
      const proposal = scene.proposal();
      await scene.negotiation.propose(proposal);
      const bid = (bidId: bigint, authorisation: string) =>
        scene.negotiation.bid(proposal.id, { bidId, authorisation });
      const short = await scene.bidFor(proposal, scene.data, { expiry: 20n });
      await refusedWith("bid-not-open", bid(short, await signed(short)));
      await refusedWith("bid-not-open", bid(99n, "0x"));
      const cancelled = await scene.bidFor(proposal);
      const signature = await signed(cancelled);
      await scene.world.market.connect(scene.world.client).cancelBid(cancelled);
      await refusedWith("bid-not-open", bid(cancelled, signature));
      const good = await scene.bidFor(proposal);
      await refusedWith("authorisation-invalid", bid(good, "0x"));
      await refusedWith(
        "authorisation-invalid",
        bid(good, await scene.world.sign(scene.askId, good, scene.world.stranger)),
      );
      expect((await bid(good, await signed(good))).state).to.equal("awaiting-data");
      const second = scene.proposal();
      await scene.negotiation.propose(second);
      const again = { bidId: good, authorisation: await signed(good) };
      await refusedWith("bid-differs", scene.negotiation.bid(second.id, again));
      await refusedWith("unknown-deal", scene.negotiation.bid(scene.proposal().id, again));
    });

    it("may be approved on chain instead of by a signature", async () => {
      const proposal = scene.proposal();
      await scene.negotiation.propose(proposal);
      const bidId = await scene.bidFor(proposal);
      await scene.world.market.connect(scene.world.client).approveBid(bidId, scene.askId);
      const answer = await scene.negotiation.bid(proposal.id, { bidId, authorisation: "0x" });
      expect(answer).to.include({ state: "awaiting-data", bidId });
    });

    it("may name the providers that may hold shards, and only those do", async () => {
      await scene.addProvider();
      const providers = scene.providers.slice(1).map(({ id }) => id);
      const proposal = scene.proposal({ providers });
      await scene.negotiation.propose(proposal);
      const bidId = await scene.bidFor(proposal, scene.data, { providersRoot: providersRootOf(providers) });
      await scene.negotiation.bid(proposal.id, { bidId, authorisation: await signed(bidId) });
      for (const shard of [0, 1]) await scene.negotiation.receiveShard(proposal.id, shard, scene.range(shard));
      await scene.until(proposal.id, "keeping");
      const holders = (await scene.world.lens.placementsOf(bidId)).map(({ provider }) => provider);
      expect(new Set(holders)).to.deep.equal(new Set(providers));
    });
  });

  describe("the data", () => {
    it("that encodes to another droot is refused, and its bytes go", async () => {
      const { id } = await scene.negotiate({});
      const { shards } = scene.running.miner.parts;
      const bytes = await readFile(shards.file(id, 1));
      bytes[0]! ^= 1;
      await writeFile(shards.file(id, 1), bytes);
      await scene.tick();
      const refusal = await refusedWith("data-differs", scene.negotiation.accept(id));
      expect(refusal.message).to.match(/the data encodes to droot 0x/);
      expect(shards.missing(id, 2)).to.deep.equal([0, 1]);
    });

    it("is refused when the client committed to no codeword", async () => {
      const wrong = await encodePayload(exampleBytes(1_000, 2), 2, 4);
      const droot = `0x${Buffer.from(wrong.root.root).toString("hex")}`;
      const { id } = await scene.negotiate({ droot });
      await scene.tick();
      await refusedWith("data-differs", scene.negotiation.accept(id));
    });

    it("comes by shards or whole, and in any order; what is missing is said", async () => {
      const proposal = scene.proposal();
      await scene.negotiation.propose(proposal);
      const { id } = proposal;
      await refusedWith("wrong-state", scene.negotiation.receiveShard(id, 0, scene.range(0)));
      const bidId = await scene.bidFor(proposal);
      await scene.negotiation.bid(id, { bidId, authorisation: await signed(bidId) });
      await scene.negotiation.receiveShard(id, 1, scene.range(1));
      expect((await scene.negotiation.answer(id)).missing).to.deep.equal([0]);
      await refusedWith("wrong-state", scene.negotiation.accept(id));
      await refusedWith("data-differs", scene.negotiation.receiveShard(id, 0, scene.range(1)));
      await refusedWith("coding", scene.negotiation.receiveShard(id, 2, scene.range(0)));
      async function* whole(bytes: Uint8Array) {
        for (let at = 0; at < bytes.length; at += 300) yield bytes.subarray(at, at + 300);
      }
      const long = Uint8Array.from([...scene.payload, 0]);
      await refusedWith("data-differs", scene.negotiation.receiveData(id, whole(long)));
      await scene.negotiation.receiveData(id, whole(scene.payload));
      await scene.tick();
      expect((await scene.negotiation.accept(id)).acceptance?.bidId).to.equal(bidId);
      function signed(bid: bigint) {
        return scene.world.sign(scene.askId, bid);
      }
    });
  });

  describe("the binding acceptance", () => {
    it("is the worker's, as the market takes it, and the same each time", async () => {
      const { id } = await scene.negotiate();
      await scene.tick();
      const { acceptance } = await scene.negotiation.accept(id);
      const { signature, ...promise } = acceptance!;
      const { chainId } = await ethers.provider.getNetwork();
      const digest = acceptanceDigest(marketDomain(chainId, await scene.world.market.getAddress()), promise);
      expect(digest).to.equal(await scene.world.market.acceptanceDigest(promise));
      expect(ethers.recoverAddress(digest, signature)).to.equal(scene.world.worker.address);
      expect((await scene.negotiation.accept(id)).acceptance).to.deep.equal(acceptance);
    });

    it("is not given when the collateral has gone meanwhile: the bond would be at stake", async () => {
      const { id, bidId } = await scene.negotiate();
      const { world, miner } = scene;
      const { acceptanceBond } = world.rules;
      const record = await world.market.minerOf(1n);
      await miner.connect(world.owner).withdrawCollateral(record.collateral - record.locked - acceptanceBond);
      await scene.tick();
      await refusedWith("collateral-short", scene.negotiation.accept(id));
      expect((await world.market.orderOf(bidId)).miner).to.equal(0n);
    });

    it("counts on collateral once, however many bids are named at a time", async () => {
      const { world, miner } = scene;
      const record = await world.market.minerOf(1n);
      // One stake is 0.2 FIL; what stays is enough for one and a half.
      const keep = ethers.parseEther("0.3") + world.rules.acceptanceBond;
      await miner.connect(world.owner).withdrawCollateral(record.collateral - record.locked - keep);
      const named: { id: string; bidId: bigint; authorisation: string }[] = [];
      for (let i = 0; i < 2; i++) {
        const proposal = scene.proposal();
        await scene.negotiation.propose(proposal);
        const bidId = await scene.bidFor(proposal);
        named.push({ id: proposal.id, bidId, authorisation: await world.sign(scene.askId, bidId) });
      }
      const results = await Promise.allSettled(named.map(({ id, ...notice }) => scene.negotiation.bid(id, notice)));
      expect(results.map(({ status }) => status)).to.deep.equal(["fulfilled", "rejected"]);
      await refusedWith("collateral-short", Promise.reject((results[1] as PromiseRejectedResult).reason as Error));
    });

    it("is not given when the bid was taken back meanwhile", async () => {
      const { id, bidId } = await scene.negotiate();
      await scene.world.market.connect(scene.world.client).cancelBid(bidId);
      await scene.tick();
      const answer = await scene.negotiation.answer(id);
      expect([answer.state, answer.acceptance]).to.deep.equal(["expired", undefined]);
      expect(answer.reason).to.match(/cancelled/);
    });

    it("is not given once the offer stood too long without a bid", async () => {
      const proposal = scene.proposal();
      const { offeredUntil } = await scene.negotiation.propose(proposal);
      await scene.world.nextAt(offeredUntil!);
      await scene.step(1n);
      expect((await scene.negotiation.answer(proposal.id)).state).to.equal("tentative");
      await scene.step(1n);
      expect((await scene.negotiation.answer(proposal.id)).state).to.equal("expired");
    });
  });
});
