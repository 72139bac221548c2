import { expect } from "chai";
import { Signature } from "ethers";
import { ethers } from "hardhat";

import {
  type Acceptance,
  ACCEPTANCE_TYPES,
  AUTHORISATION_TYPES,
  authorisationDigest,
  marketDomain,
} from "../../../../src/protocol/authorisation";
import {
  HostileWallet__Harness__factory,
  MarketRecords__factory,
  RepairMarket__factory,
  ShardPlacing__factory,
  ShardProving__factory,
} from "../../../../typechain-types";
import { GIB, openFixture, State } from "../../../support/repairMarket";

type Open = Awaited<ReturnType<typeof openFixture>>;

async function domainOf({ market }: Open) {
  const { chainId } = await ethers.provider.getNetwork();
  return marketDomain(chainId, await market.getAddress());
}

/** A second market with the same rules, on the same chain. */
async function secondMarket({ world }: Open) {
  const [deployer] = await ethers.getSigners();
  const placing = await new ShardPlacing__factory(deployer).deploy(world.rules, world.contents);
  const proving = await new ShardProving__factory(deployer).deploy(world.rules);
  const records = await new MarketRecords__factory(deployer).deploy(world.rules);
  return new RepairMarket__factory(deployer).deploy(world.rules, placing, proving, records);
}

/** The other signature of the same thing by the same key (s and n − s). */
function mirrored(signature: string): string {
  const { r, s, v } = Signature.from(signature);
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  return ethers.concat([r, ethers.toBeHex(order - BigInt(s), 32), v === 27 ? "0x1c" : "0x1b"]);
}

/** The worker's promise to fill the bid, with the client's authorisation as it is given. */
async function promised(open: Open, overrides: Partial<Acceptance> = {}) {
  const { world, miner, askId, bidId, signature } = open;
  const acceptance: Acceptance = {
    bidId,
    askId,
    miner: await miner.getAddress(),
    deadline: (await world.now()) + 500n,
    authorisation: signature,
    ...overrides,
  };
  return [acceptance, await world.worker.signTypedData(await domainOf(open), ACCEPTANCE_TYPES, acceptance)] as const;
}

describe("RepairMarket under attack", () => {
  describe("a client's signature", () => {
    it("covers each term as it is, when no two of them are alike", async () => {
      const open = await openFixture();
      const { world, market, miner, bid } = open;
      const terms = {
        ...bid,
        expiry: 777n,
        time: 12_345n,
        params: { ...bid.params, maxShardsPerProvider: 3n },
        providersRoot: ethers.id("some providers"),
      };
      const askId = await world.addAsk(miner, bid.price - 7n, 4n * GIB, 4_321n);
      const bidId = await world.addBid(terms);
      const said = await world.authorisation(askId, bidId);
      expect(said).to.include({
        bidPrice: bid.price,
        price: bid.price - 7n,
        duration: 12_345n,
        maxShardsPerProvider: 3n,
        providersRoot: terms.providersRoot,
      });
      expect(await market.authorisationDigest(askId, bidId)).to.equal(authorisationDigest(await domainOf(open), said));
      await miner.addDeal(askId, bidId, await world.sign(askId, bidId));
    });
  });

  describe("a client's signature, replayed", () => {
    it("on another chain, does nothing", async () => {
      const open = await openFixture();
      const { world, market, miner, askId, bidId } = open;
      const domain = await domainOf(open);
      const there = { ...domain, chainId: 314n };
      const right = await world.authorisation(askId, bidId);
      const signature = await world.client.signTypedData(there, AUTHORISATION_TYPES, right);
      await expect(miner.addDeal(askId, bidId, signature)).to.be.revertedWithCustomError(
        market,
        "RepairMarket_NotAuthorised",
      );
    });

    it("at another market with the same ids, does nothing", async () => {
      const open = await openFixture();
      const { world, market, askId, bidId, bid } = open;
      const second = await secondMarket(open);
      // The same actions there: miner 1, ask 1, bid 1, all terms alike.
      const create = second.connect(world.owner).createRepairMiner;
      await create(world.worker.signingKey.publicKey, 1n << 30n, "0x", { value: ethers.parseEther("6") });
      const twin = { ...world, market: market.attach(await second.getAddress()) } as unknown as typeof world;
      Object.setPrototypeOf(twin, Object.getPrototypeOf(world) as object);
      const { actor } = await twin.market.minerOf(1n);
      const there = open.miner.attach(actor) as typeof open.miner;
      expect(await twin.addAsk(there, bid.price)).to.equal(askId);
      expect(await twin.addBid(bid)).to.equal(bidId);
      // Neither as it was signed for the first market, nor with the second one's miner in it.
      const right = { ...(await world.authorisation(askId, bidId)), miner: actor };
      for (const signature of [
        open.signature,
        await world.client.signTypedData(await domainOf(open), AUTHORISATION_TYPES, right),
      ]) {
        await expect(there.addDeal(askId, bidId, signature)).to.be.revertedWithCustomError(
          market,
          "RepairMarket_NotAuthorised",
        );
      }
      await there.addDeal(askId, bidId, await twin.sign(askId, bidId));
      expect((await twin.market.orderOf(bidId)).state).to.equal(State.Placing);
    });

    it("on the client's next bid with the same terms, does nothing", async () => {
      const { world, market, miner, askId, bidId, bid, signature } = await openFixture();
      await miner.addDeal(askId, bidId, signature);
      const next = await world.addBid(bid);
      await expect(miner.addDeal(askId, next, signature)).to.be.revertedWithCustomError(
        market,
        "RepairMarket_NotAuthorised",
      );
    });

    it("by another miner with the same offer, does nothing", async () => {
      const { world, market, miner, askId, bid, bidId, signature } = await openFixture();
      const other = await world.createMiner({ owner: world.stranger });
      const otherAsk = await world.addAsk(other, bid.price);
      for (const ask of [askId, otherAsk]) {
        await expect(other.addDeal(ask, bidId, signature)).to.be.reverted;
      }
      await expect(other.addDeal(otherAsk, bidId, signature)).to.be.revertedWithCustomError(
        market,
        "RepairMarket_NotAuthorised",
      );
      await miner.addDeal(askId, bidId, signature);
    });

    it("in its mirrored form, is none", async () => {
      const { market, miner, askId, bidId, signature } = await openFixture();
      await expect(miner.addDeal(askId, bidId, mirrored(signature))).to.be.revertedWithCustomError(
        market,
        "RepairMarket_NotAuthorised",
      );
    });

    it("after the bid was cancelled, does nothing; nor does an approval", async () => {
      const { world, market, miner, askId, bidId, signature } = await openFixture();
      const client = market.connect(world.client);
      await client.approveBid(bidId, askId);
      await client.cancelBid(bidId);
      for (const given of [signature, "0x"]) {
        await expect(miner.addDeal(askId, bidId, given))
          .to.be.revertedWithCustomError(market, "RepairMarket_WrongState")
          .withArgs(bidId, State.Cancelled);
      }
    });
  });

  describe("a worker's acceptance, replayed", () => {
    it("at another chain or market, does nothing", async () => {
      const open = await openFixture();
      const { world, market } = open;
      const [acceptance] = await promised(open);
      const domain = await domainOf(open);
      await world.nextAt(acceptance.deadline + 2n);
      for (const there of [
        { ...domain, chainId: 314n },
        { ...domain, verifyingContract: world.stranger.address },
      ]) {
        const signature = await world.worker.signTypedData(there, ACCEPTANCE_TYPES, acceptance);
        await expect(market.slashBrokenAcceptance.staticCall(acceptance, signature)).to.be.revertedWithCustomError(
          market,
          "RepairMarket_NotBound",
        );
      }
    });

    it("against another miner with the same worker, does nothing", async () => {
      const open = await openFixture();
      const { world, market, bid, bidId } = open;
      const [acceptance, workerSig] = await promised(open);
      const other = await world.createMiner({ owner: world.stranger });
      const askId = await world.addAsk(other, bid.price);
      const miner = await other.getAddress();
      const claim = { ...acceptance, askId, miner, authorisation: await world.sign(askId, bidId) };
      await world.nextAt(acceptance.deadline + 1n);
      await expect(market.slashBrokenAcceptance(claim, workerSig)).to.be.revertedWithCustomError(
        market,
        "RepairMarket_NotBound",
      );
    });

    it("in many forms, costs one bond: a client signs anew, the worker promises anew, the bid is the same", async () => {
      const open = await openFixture();
      const { world, market, askId, bidId } = open;
      const first = await promised(open);
      await market.connect(world.client).approveBid(bidId, askId);
      const claims = [
        first,
        await promised(open, { authorisation: "0x", deadline: first[0].deadline }),
        await promised(open, { deadline: first[0].deadline + 100n }),
        [first[0], mirrored(first[1])] as const,
      ];
      await world.nextAt(first[0].deadline + 200n);
      const { collateral } = await market.minerOf(1n);
      await market.slashBrokenAcceptance(...claims[0]!);
      for (const claim of claims.slice(0, 3)) {
        await expect(market.slashBrokenAcceptance(...claim))
          .to.be.revertedWithCustomError(market, "RepairMarket_AlreadySlashed")
          .withArgs(await market.acceptanceDigest(claim[0]));
      }
      await expect(market.slashBrokenAcceptance(...claims[3]!)).to.be.reverted;
      expect((await market.minerOf(1n)).collateral).to.equal(collateral - world.rules.acceptanceBond);
    });

    it("of two bids with one capacity, costs a bond: one is posted, the other claimed", async () => {
      const open = await openFixture();
      const { world, market, miner, bid, askId, bidId, signature } = open;
      const second = await world.addBid(bid);
      const authorisation = await world.sign(askId, second);
      const [kept, keptSig] = await promised(open);
      const [broken, brokenSig] = await promised(open, { bidId: second, authorisation });
      await miner.addDeal(askId, bidId, signature);
      await world.nextAt(broken.deadline + 1n);
      await expect(market.slashBrokenAcceptance(kept, keptSig)).to.be.revertedWithCustomError(
        market,
        "RepairMarket_AcceptanceKept",
      );
      await expect(market.slashBrokenAcceptance(broken, brokenSig))
        .to.emit(market, "Slashed")
        .withArgs(
          second,
          1n,
          world.rules.acceptanceBond,
          (world.rules.acceptanceBond * world.rules.clientBps) / 10_000n,
          (world.rules.acceptanceBond * 3n) / 10n,
        );
    });
  });

  describe("a wallet that is asked for its signature", () => {
    const walletBid = async () => {
      const open = await openFixture();
      const { world, market, bid } = open;
      const wallet = await new HostileWallet__Harness__factory(world.stranger).deploy();
      const value = await market.quoteBid(bid.price, bid.size, bid.time);
      const add = market.interface.encodeFunctionData(
        "addBid(bytes32,uint256,uint256,uint64,uint64,(uint8,uint8,uint8,uint64))",
        [bid.droot, bid.price, bid.size, bid.time, bid.expiry, bid.params],
      );
      await wallet.run(market, add, { value });
      return { ...open, wallet, walletBidId: 2n };
    };

    for (const [how, mood] of [
      ["refuses", 1],
      ["refuses with a mebibyte of reasons", 3],
      ["burns all the gas", 4],
    ] as const) {
      it(`and ${how} has no deal, and binds nothing of the miner's`, async () => {
        const { market, miner, askId, wallet, walletBidId } = await walletBid();
        await wallet.turn(mood);
        await expect(miner.addDeal(askId, walletBidId, "0x", { gasLimit: 20_000_000n })).to.be.revertedWithCustomError(
          market,
          "RepairMarket_NotAuthorised",
        );
        expect((await market.minerOf(1n)).locked).to.equal(0n);
      });
    }

    it("and answers with a mebibyte makes its miner pay for that copy, which a simulation shows, and nothing else", async () => {
      const { market, miner, askId, wallet, walletBidId } = await walletBid();
      await wallet.turn(2);
      const sent = await miner.addDeal(askId, walletBidId, "0x");
      expect((await sent.wait())!.gasUsed < 6_000_000n).to.equal(true);
      expect((await market.orderOf(walletBidId)).state).to.equal(State.Placing);
    });

    it("and answers otherwise the second time is bound by the first: the deal stands", async () => {
      const { world, market, miner, data, askId, wallet, walletBidId } = await walletBid();
      await miner.addDeal(askId, walletBidId, "0x1234");
      await wallet.turn(1);
      await world.placeAll(walletBidId, data, miner);
      await expect(wallet.run(market, market.interface.encodeFunctionData("cancelBid", [walletBidId])))
        .to.be.revertedWithCustomError(wallet, "HostileWallet__Failed")
        .withArgs(market.interface.encodeErrorResult("RepairMarket_WrongState", [walletBidId, State.Placing]));
    });

    it("and vouches for anything cannot have a worker's promise claimed, which it could have let fail", async () => {
      const open = await walletBid();
      const { world, market, askId, walletBidId } = open;
      const promise = await promised(open, { bidId: walletBidId, authorisation: "0x1234" });
      await world.nextAt(promise[0].deadline + 1n);
      await expect(market.slashBrokenAcceptance(...promise))
        .to.be.revertedWithCustomError(market, "RepairMarket_NotAuthorised")
        .withArgs(await market.authorisationDigest(askId, walletBidId));
    });
  });
});
