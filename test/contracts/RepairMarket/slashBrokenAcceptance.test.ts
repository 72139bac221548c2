import { expect } from "chai";
import { ethers } from "hardhat";

import { Wallet__Harness__factory } from "../../../typechain-types";
import { type Acceptance, ACCEPTANCE_TYPES, acceptanceDigest, marketDomain } from "../../../src/protocol/authorisation";
import { GIB, openFixture } from "../../support/repairMarket";

/** A bid, its client's authorisation, and a worker's promise to fill it within 500 epochs. */
async function accepted(overrides: Partial<Acceptance> = {}) {
  const open = await openFixture();
  const { world, market, miner, askId, bidId, signature } = open;
  const { chainId } = await ethers.provider.getNetwork();
  const domain = marketDomain(chainId, await market.getAddress());
  const acceptance: Acceptance = {
    bidId,
    askId,
    miner: await miner.getAddress(),
    deadline: (await world.now()) + 500n,
    authorisation: signature,
    ...overrides,
  };
  const workerSig = await world.worker.signTypedData(domain, ACCEPTANCE_TYPES, acceptance);
  return { ...open, domain, acceptance, workerSig, slash: () => market.slashBrokenAcceptance(acceptance, workerSig) };
}

describe("RepairMarket", () => {
  describe("slashBrokenAcceptance", () => {
    it("has one digest, on chain and off", async () => {
      const { market, domain, acceptance } = await accepted();
      expect(await market.acceptanceDigest(acceptance)).to.equal(acceptanceDigest(domain, acceptance));
    });

    for (const [when, offset, open] of [
      ["at the promised epoch", 0n, false],
      ["one epoch after", 1n, true],
    ] as const) {
      it(`${open ? "takes the bond" : "reverts"} ${when}`, async () => {
        const { world, market, acceptance, slash } = await accepted();
        const { acceptanceBond, clientBps, reporterBps, claimWindow } = world.rules;
        await world.nextAt(acceptance.deadline + offset);
        const before = (await market.minerOf(1)).collateral;
        if (!open) {
          await expect(slash())
            .to.be.revertedWithCustomError(market, "RepairMarket_NoClaim")
            .withArgs(acceptance.deadline + 1n, acceptance.deadline + claimWindow);
          return;
        }
        await expect(slash()).to.emit(market, "AcceptanceBroken");
        expect((await market.minerOf(1)).collateral).to.equal(before - acceptanceBond);
        expect(await market.creditOf(world.client.address)).to.equal((acceptanceBond * clientBps) / 10_000n);
        expect(await market.creditOf(world.stranger.address)).to.equal((acceptanceBond * reporterBps) / 10_000n);
        await expect(slash()).to.be.revertedWithCustomError(market, "RepairMarket_AlreadySlashed");
      });
    }

    for (const [when, offset] of [
      ["at the last epoch of the claim window", 0n],
      ["one epoch after", 1n],
    ] as const) {
      it(`${offset > 0n ? "reverts" : "takes the bond"} ${when}, though the bid has expired`, async () => {
        const { world, market, acceptance, bidId, slash } = await accepted();
        await world.nextAt((await market.orderOf(bidId)).expiry + 1n);
        await market.expireBid(bidId);
        await world.nextAt(acceptance.deadline + world.rules.claimWindow + offset);
        if (offset > 0n) await expect(slash()).to.be.revertedWithCustomError(market, "RepairMarket_NoClaim");
        else await expect(slash()).to.emit(market, "AcceptanceBroken");
      });
    }

    describe("kept promises", () => {
      for (const [when, offset, kept] of [
        ["one epoch before the promised one", -1n, true],
        ["at the promised epoch", 0n, true],
        ["one epoch after", 1n, false],
      ] as const) {
        it(`is ${kept ? "no" : "a"} breach when the bid was filled ${when}`, async () => {
          const { world, market, miner, askId, bidId, signature, acceptance, slash } = await accepted();
          await world.nextAt(acceptance.deadline + offset);
          await miner.addDeal(askId, bidId, signature);
          await world.nextAt(acceptance.deadline + 10n);
          if (kept) {
            await expect(slash())
              .to.be.revertedWithCustomError(market, "RepairMarket_AcceptanceKept")
              .withArgs(acceptance.deadline + offset);
          } else await expect(slash()).to.emit(market, "AcceptanceBroken");
        });

        it(`is ${kept ? "no" : "a"} breach when the client cancelled ${when}`, async () => {
          const { world, market, bidId, acceptance, slash } = await accepted();
          await world.nextAt(acceptance.deadline + offset);
          await market.connect(world.client).cancelBid(bidId);
          await world.nextAt(acceptance.deadline + 10n);
          if (kept) await expect(slash()).to.be.revertedWithCustomError(market, "RepairMarket_AcceptanceKept");
          else await expect(slash()).to.emit(market, "AcceptanceBroken");
        });
      }
    });

    describe("the four corners", () => {
      it("a client that withholds the data has no signature of the worker's to show", async () => {
        const { world, market, domain, acceptance } = await accepted();
        await world.nextAt(acceptance.deadline + 1n);
        const forged = await world.client.signTypedData(domain, ACCEPTANCE_TYPES, acceptance);
        await expect(market.slashBrokenAcceptance(acceptance, forged))
          .to.be.revertedWithCustomError(market, "RepairMarket_NotBound")
          .withArgs(world.client.address);
        await expect(market.slashBrokenAcceptance(acceptance, "0x"))
          .to.be.revertedWithCustomError(market, "RepairMarket_NotBound")
          .withArgs(ethers.ZeroAddress);
      });

      it("a promise past the expiry of the bid, or of the ask, binds nobody", async () => {
        const { world, market, miner, bid, bidId, acceptance, workerSig } = await accepted();
        const { expiry } = await market.orderOf(bidId);
        await expect(market.slashBrokenAcceptance({ ...acceptance, deadline: expiry + 1n }, workerSig))
          .to.be.revertedWithCustomError(market, "RepairMarket_AcceptanceTooLong")
          .withArgs(expiry, expiry + 1n);
        const askId = await world.addAsk(miner, bid.price, GIB, 5n);
        const short = await market.askOf(askId);
        await expect(market.slashBrokenAcceptance({ ...acceptance, askId, deadline: short.expiry + 1n }, workerSig))
          .to.be.revertedWithCustomError(market, "RepairMarket_AcceptanceTooLong")
          .withArgs(short.expiry, short.expiry + 1n);
      });

      it("a wallet that changes its mind cannot make a worker break its word; its approval on chain can", async () => {
        const { world, market, miner, bid, askId, domain } = await accepted();
        const wallet = await new Wallet__Harness__factory(world.stranger).deploy();
        const value = await market.quoteBid(bid.price, bid.size, bid.time);
        const add = market.interface.encodeFunctionData(
          "addBid(bytes32,uint256,uint256,uint64,uint64,(uint8,uint8,uint8,uint64))",
          [bid.droot, bid.price, bid.size, bid.time, bid.expiry, bid.params],
        );
        await wallet.run(market, add, { value });
        const bidId = 2n;
        const digest = await market.authorisationDigest(askId, bidId);
        await wallet.vouch(digest);
        const promise = async (authorisation: string) => {
          const acceptance = {
            bidId,
            askId,
            miner: await miner.getAddress(),
            deadline: (await market.orderOf(bidId)).expiry,
            authorisation,
          };
          return [acceptance, await world.worker.signTypedData(domain, ACCEPTANCE_TYPES, acceptance)] as const;
        };
        const [byWallet, none] = [await promise("0x1234"), await promise("0x")];
        const approve = market.interface.encodeFunctionData("approveBid", [bidId, askId]);
        await world.nextAt(byWallet[0].deadline + 1n);
        for (const claim of [byWallet, none]) {
          await expect(market.slashBrokenAcceptance(...claim))
            .to.be.revertedWithCustomError(market, "RepairMarket_NotAuthorised")
            .withArgs(digest);
        }
        // Approved too late: the worker could not have relied on it.
        await wallet.run(market, approve);
        await expect(market.slashBrokenAcceptance(...none)).to.be.revertedWithCustomError(
          market,
          "RepairMarket_NotAuthorised",
        );
      });

      it("takes an approval on chain that was there in time", async () => {
        const { world, market, bidId, askId, acceptance, slash } = await accepted({ authorisation: "0x" });
        await market.connect(world.client).approveBid(bidId, askId);
        await world.nextAt(acceptance.deadline + 1n);
        await expect(slash()).to.emit(market, "AcceptanceBroken");
      });
    });

    it("reverts when another miner is named", async () => {
      const { world, market, acceptance, workerSig } = await accepted();
      await world.nextAt(acceptance.deadline + 1n);
      await expect(
        market.slashBrokenAcceptance({ ...acceptance, miner: world.stranger.address }, workerSig),
      ).to.be.revertedWithCustomError(market, "RepairMarket_WrongMiner");
    });

    it("reverts when any signed field differs (I9)", async () => {
      const { world, market, miner, bid, bidId, acceptance, domain, workerSig, slash } = await accepted();
      // Everything that the altered acceptance names exists, so that nothing but the signature is wrong with it.
      const otherMiner = await world.createMiner();
      const otherAsk = await world.addAsk(miner, bid.price);
      const otherBid = await world.addBid(bid);
      const client = market.connect(world.client);
      await client.approveBid(otherBid, acceptance.askId);
      await client.approveBid(bidId, otherAsk);
      await client.approveBid(bidId, acceptance.askId);
      await world.nextAt(acceptance.deadline + 2n);
      for (const [field, other] of [
        ["bidId", { bidId: otherBid, authorisation: "0x" }],
        ["askId", { askId: otherAsk, authorisation: "0x" }],
        ["deadline", { deadline: acceptance.deadline - 1n }],
        ["authorisation", { authorisation: "0x" }],
      ] as const) {
        await expect(
          market.slashBrokenAcceptance.staticCall({ ...acceptance, ...other }, workerSig),
          field,
        ).to.be.revertedWithCustomError(market, "RepairMarket_NotBound");
      }
      // A signature over another miner's name, shown with the right one.
      for (const value of [
        { ...acceptance, miner: await otherMiner.getAddress() },
        { ...acceptance, authorisation: "0x" },
      ]) {
        const signature = await world.worker.signTypedData(domain, ACCEPTANCE_TYPES, value);
        await expect(market.slashBrokenAcceptance.staticCall(acceptance, signature)).to.be.revertedWithCustomError(
          market,
          "RepairMarket_NotBound",
        );
      }
      await expect(slash()).to.emit(market, "AcceptanceBroken");
    });

    it("binds a worker that was replaced since", async () => {
      const { world, market, miner, acceptance, slash } = await accepted();
      await miner.changeWorker(world.stranger);
      await world.nextAt(acceptance.deadline + 1n);
      await expect(slash()).to.emit(market, "AcceptanceBroken");
    });

    it("takes what is there, and leaves stakes alone", async () => {
      const { world, market, miner, acceptance, slash } = await accepted();
      const { collateral } = await market.minerOf(1);
      await miner.withdrawCollateral(collateral - world.rules.acceptanceBond);
      await world.nextAt(acceptance.deadline + 1n);
      await slash();
      expect((await market.minerOf(1)).collateral).to.equal(0n);
    });
  });
});
