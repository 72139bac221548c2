import { expect } from "chai";
import { ethers } from "hardhat";

import { Wallet__Harness__factory } from "../../../typechain-types";
import { AUTHORISATION_TYPES, authorisationDigest, marketDomain } from "../../../src/protocol/authorisation";
import { ceilDiv, exampleBid, GIB, openFixture, State } from "../../support/repairMarket";

describe("RepairMarket", () => {
  describe("addDeal", () => {
    describe("who may", () => {
      it("reverts for another miner, and for the miner's owner itself", async () => {
        const { world, market, miner, askId, bidId, signature } = await openFixture();
        const other = await world.createMiner();
        const actor = await miner.getAddress();
        await expect(other.addDeal(askId, bidId, signature))
          .to.be.revertedWithCustomError(market, "RepairMarket_NotMiner")
          .withArgs(actor, await other.getAddress());
        await expect(market.connect(world.owner).addDeal(askId, bidId, signature))
          .to.be.revertedWithCustomError(market, "RepairMarket_NotMiner")
          .withArgs(actor, world.owner.address);
      });

      it("is done by the worker as well", async () => {
        const { world, market, miner, askId, bidId, signature } = await openFixture();
        await miner.connect(world.worker).addDeal(askId, bidId, signature);
        expect((await market.orderOf(bidId)).state).to.equal(State.Placing);
      });
    });

    describe("ask and bid", () => {
      it("reverts for ids that are none", async () => {
        const { market, miner, askId, bidId, signature } = await openFixture();
        await expect(miner.addDeal(9n, bidId, signature)).to.be.revertedWithCustomError(
          market,
          "RepairMarket_UnknownId",
        );
        await expect(miner.addDeal(askId, 9n, signature)).to.be.revertedWithCustomError(
          market,
          "RepairMarket_UnknownId",
        );
      });

      it("reverts when the ask was cancelled", async () => {
        const { market, miner, askId, bidId, signature } = await openFixture();
        await miner.cancelAsk(askId);
        await expect(miner.addDeal(askId, bidId, signature)).to.be.revertedWithCustomError(
          market,
          "RepairMarket_AskNotOpen",
        );
      });

      for (const [when, offset] of [
        ["one epoch before", -1n],
        ["at", 0n],
        ["one epoch after", 1n],
      ] as const) {
        it(`${offset > 0n ? "reverts" : "fills"} ${when} the bid's expiry`, async () => {
          const { world, market, miner, askId, bidId, signature } = await openFixture();
          const { expiry } = await market.orderOf(bidId);
          await world.nextAt(expiry + offset);
          const sent = miner.addDeal(askId, bidId, signature);
          if (offset > 0n)
            await expect(sent).to.be.revertedWithCustomError(market, "RepairMarket_BidExpired").withArgs(expiry);
          else await expect(sent).to.emit(market, "DealAdded");
        });

        it(`${offset > 0n ? "reverts" : "fills"} ${when} the ask's expiry`, async () => {
          const { world, market, miner, bid, bidId } = await openFixture();
          const askId = await world.addAsk(miner, bid.price, GIB, 500n);
          const { expiry } = await market.askOf(askId);
          const signature = await world.sign(askId, bidId);
          await world.nextAt(expiry + offset);
          const sent = miner.addDeal(askId, bidId, signature);
          if (offset > 0n)
            await expect(sent).to.be.revertedWithCustomError(market, "RepairMarket_AskExpired").withArgs(expiry);
          else await expect(sent).to.emit(market, "DealAdded");
        });
      }

      it("reverts when the ask is dearer than the bid", async () => {
        const { world, market, miner, bid, bidId } = await openFixture();
        const askId = await world.addAsk(miner, bid.price + 1n);
        await expect(miner.addDeal(askId, bidId, await world.sign(askId, bidId)))
          .to.be.revertedWithCustomError(market, "RepairMarket_PriceTooHigh")
          .withArgs(bid.price, bid.price + 1n);
      });

      it("reverts when the ask is smaller, and closes one that is used up", async () => {
        const { world, market, miner, bid, bidId } = await openFixture();
        const small = await world.addAsk(miner, bid.price, bid.size - 1n);
        await expect(miner.addDeal(small, bidId, await world.sign(small, bidId)))
          .to.be.revertedWithCustomError(market, "RepairMarket_AskTooSmall")
          .withArgs(bid.size - 1n, bid.size);
        const fits = await world.addAsk(miner, bid.price, 2n * bid.size);
        await miner.addDeal(fits, bidId, await world.sign(fits, bidId));
        expect((await market.askOf(fits)).size).to.equal(bid.size);
        const second = await world.addBid(bid);
        await miner.addDeal(fits, second, await world.sign(fits, second));
        const third = await world.addBid(bid);
        await expect(miner.addDeal(fits, third, await world.sign(fits, third))).to.be.revertedWithCustomError(
          market,
          "RepairMarket_AskNotOpen",
        );
      });
    });

    describe("what the miner has", () => {
      it("reverts when the pledge has no room, and takes the last byte", async () => {
        const { world, market, bid } = await openFixture();
        const miner = await world.createMiner({ pledge: 2n * bid.size - 1n });
        const askId = await world.addAsk(miner, bid.price);
        const [one, two] = [await world.addBid(bid), await world.addBid(bid)];
        await miner.addDeal(askId, one, await world.sign(askId, one));
        await expect(miner.addDeal(askId, two, await world.sign(askId, two)))
          .to.be.revertedWithCustomError(market, "RepairMarket_PledgeExceeded")
          .withArgs(bid.size - 1n, bid.size);
      });

      it("reverts when free collateral is one attoFIL short of the stake", async () => {
        const { world, market, miner, bid, askId, bidId, signature } = await openFixture();
        const total = ceilDiv(bid.price * bid.size * bid.time, GIB);
        const stake = ceilDiv(total * world.rules.stakeBps, 10_000n);
        const { collateral } = await market.minerOf(1);
        await miner.withdrawCollateral(collateral - world.rules.acceptanceBond - stake + 1n);
        await expect(miner.addDeal(askId, bidId, signature))
          .to.be.revertedWithCustomError(market, "RepairMarket_CollateralShort")
          .withArgs(stake, stake - 1n);
        await miner.addCollateral({ value: 1n });
        await miner.addDeal(askId, bidId, signature);
        expect((await market.minerOf(1)).locked).to.equal(stake);
      });

      it("stakes for size when that is more than for price", async () => {
        const { world, market, miner, bid, data } = await openFixture();
        const cheap = exampleBid(data, { price: 1n });
        const askId = await world.addAsk(miner, 1n);
        const bidId = await world.addBid(cheap);
        await miner.addDeal(askId, bidId, await world.sign(askId, bidId));
        expect((await market.orderOf(bidId)).stake).to.equal(ceilDiv(bid.size * world.rules.collateralPerGiB, GIB));
      });
    });

    it("takes the ask's price, credits the difference, locks the stake, starts the placement window", async () => {
      const { world, market, miner, bid, bidId } = await openFixture();
      const price = bid.price / 2n;
      const askId = await world.addAsk(miner, price);
      const sent = await miner.addDeal(askId, bidId, await world.sign(askId, bidId));
      const total = ceilDiv(price * bid.size * bid.time, GIB);
      const deposit = ceilDiv(bid.price * bid.size * bid.time, GIB);
      const stake = ceilDiv(total * world.rules.stakeBps, 10_000n);
      const deadline = (await world.now()) + world.rules.placementWindow;
      await expect(sent)
        .to.emit(market, "DealAdded")
        .withArgs(bidId, 1n, askId, total, deposit - total, stake, deadline);
      expect(await market.creditOf(world.client.address)).to.equal(deposit - total);
      const order = await market.orderOf(bidId);
      expect([order.state, order.pay.total, order.stake, order.progress.deadline, order.dealPrice]).to.deep.equal([
        State.Placing,
        total,
        stake,
        deadline,
        price,
      ]);
      const record = await market.minerOf(1);
      expect([record.locked, record.used, record.lastDeal, record.dealCount]).to.deep.equal([
        stake,
        bid.size,
        bidId,
        1n,
      ]);
    });

    it("uses a bid once (I10)", async () => {
      const { world, market, miner, bid, askId, bidId, signature } = await openFixture();
      await miner.addDeal(askId, bidId, signature);
      await expect(miner.addDeal(askId, bidId, signature))
        .to.be.revertedWithCustomError(market, "RepairMarket_WrongState")
        .withArgs(bidId, State.Placing);
      const other = await world.addAsk(miner, bid.price);
      await expect(miner.addDeal(other, bidId, await world.sign(other, bidId))).to.be.revertedWithCustomError(
        market,
        "RepairMarket_WrongState",
      );
    });

    describe("authorisation (I9)", () => {
      it("has one digest, on chain and off", async () => {
        const { world, market, askId, bidId } = await openFixture();
        const { chainId } = await ethers.provider.getNetwork();
        const domain = marketDomain(chainId, await market.getAddress());
        expect(await market.authorisationDigest(askId, bidId)).to.equal(
          authorisationDigest(domain, await world.authorisation(askId, bidId)),
        );
      });

      it("reverts when any signed field differs", async () => {
        const { world, market, miner, askId, bidId } = await openFixture();
        const { chainId } = await ethers.provider.getNetwork();
        const domain = marketDomain(chainId, await market.getAddress());
        const right = await world.authorisation(askId, bidId);
        for (const { name, type } of AUTHORISATION_TYPES.Authorisation!) {
          const value = right[name as keyof typeof right];
          const wrong =
            type === "address"
              ? world.stranger.address
              : typeof value === "bigint"
                ? value ^ 1n
                : ethers.toBeHex(BigInt(value) ^ 1n, 32);
          const signature = await world.client.signTypedData(domain, AUTHORISATION_TYPES, { ...right, [name]: wrong });
          await expect(miner.addDeal(askId, bidId, signature), name).to.be.revertedWithCustomError(
            market,
            "RepairMarket_NotAuthorised",
          );
        }
        for (const other of [
          { ...domain, chainId: chainId + 1n },
          { ...domain, verifyingContract: world.stranger.address },
          { ...domain, name: "Other" },
          { ...domain, version: "2" },
        ]) {
          const signature = await world.client.signTypedData(other, AUTHORISATION_TYPES, right);
          await expect(miner.addDeal(askId, bidId, signature)).to.be.revertedWithCustomError(
            market,
            "RepairMarket_NotAuthorised",
          );
        }
        await miner.addDeal(askId, bidId, await world.client.signTypedData(domain, AUTHORISATION_TYPES, right));
      });

      it("reverts for another's signature, none, and one for another ask or bid", async () => {
        const { world, market, miner, bid, askId, bidId } = await openFixture();
        const [otherAsk, otherBid] = [await world.addAsk(miner, bid.price), await world.addBid(bid)];
        for (const signature of [
          "0x",
          await world.sign(askId, bidId, world.stranger),
          await world.sign(otherAsk, bidId),
          await world.sign(askId, otherBid),
        ]) {
          await expect(miner.addDeal(askId, bidId, signature))
            .to.be.revertedWithCustomError(market, "RepairMarket_NotAuthorised")
            .withArgs(await market.authorisationDigest(askId, bidId));
        }
      });

      describe("by a wallet", () => {
        const walletBid = async () => {
          const open = await openFixture();
          const { world, market, bid } = open;
          const wallet = await new Wallet__Harness__factory(world.stranger).deploy();
          const value = await market.quoteBid(bid.price, bid.size, bid.time);
          const add = market.interface.encodeFunctionData(
            "addBid(bytes32,uint256,uint256,uint64,uint64,(uint8,uint8,uint8,uint64))",
            [bid.droot, bid.price, bid.size, bid.time, bid.expiry, bid.params],
          );
          await wallet.run(market, add, { value });
          return { ...open, wallet, walletBidId: 2n };
        };

        it("takes what an ERC-1271 wallet vouches for, as long as it does", async () => {
          const { market, miner, askId, wallet, walletBidId } = await walletBid();
          await expect(miner.addDeal(askId, walletBidId, "0x1234")).to.be.revertedWithCustomError(
            market,
            "RepairMarket_NotAuthorised",
          );
          await wallet.vouch(await market.authorisationDigest(askId, walletBidId));
          await miner.addDeal(askId, walletBidId, "0x1234");
          expect((await market.orderOf(walletBidId)).state).to.equal(State.Placing);
        });

        it("takes an approval on chain instead of a signature", async () => {
          const { world, market, miner, askId, wallet, walletBidId } = await walletBid();
          const approve = market.interface.encodeFunctionData("approveBid", [walletBidId, askId]);
          await wallet.run(market, approve);
          expect(await market.approvedAt(askId, walletBidId)).to.equal(await world.now());
          await miner.addDeal(askId, walletBidId, "0x");
        });
      });
    });
  });

  describe("approveBid", () => {
    it("reverts for all but the client, twice, and for a bid that is not open", async () => {
      const { world, market, askId, bidId } = await openFixture();
      const client = market.connect(world.client);
      await expect(market.approveBid(bidId, askId)).to.be.revertedWithCustomError(market, "RepairMarket_NotClient");
      const digest = await market.authorisationDigest(askId, bidId);
      await expect(client.approveBid(bidId, askId)).to.emit(market, "BidApproved").withArgs(bidId, askId, digest);
      await expect(client.approveBid(bidId, askId))
        .to.be.revertedWithCustomError(market, "RepairMarket_AlreadyApproved")
        .withArgs(digest);
      await client.cancelBid(bidId);
      await expect(client.approveBid(bidId, askId)).to.be.revertedWithCustomError(market, "RepairMarket_WrongState");
    });
  });

  describe("eip712Domain", () => {
    it("tells wallets what they sign for (ERC-5267)", async () => {
      const { market } = await openFixture();
      const domain = new ethers.Contract(
        await market.getAddress(),
        ["function eip712Domain() view returns (bytes1,string,string,uint256,address,bytes32,uint256[])"],
        ethers.provider,
      );
      const [, name, version, chainId, contract] = (await domain.getFunction("eip712Domain")()) as unknown[];
      expect([name, version, chainId, contract]).to.deep.equal([
        "RepairMarket",
        "1",
        (await ethers.provider.getNetwork()).chainId,
        await market.getAddress(),
      ]);
    });
  });
});
