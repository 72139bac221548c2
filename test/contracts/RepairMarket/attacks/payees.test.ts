import { expect } from "chai";
import { ethers } from "hardhat";

import { harnessValues } from "../../../support/harnessEnums";
import { maskedAddress } from "../../../../src/devnet/actors/filecoin";
import {
  type HostileWallet__Harness,
  HostileWallet__Harness__factory,
  IRepairMiner__factory,
} from "../../../../typechain-types";
import { type MarketWorld, openFixture, provenTo, State } from "../../../support/repairMarket";

const MOOD = harnessValues("Mood");

const hostile = async ({ stranger }: MarketWorld): Promise<HostileWallet__Harness> =>
  new HostileWallet__Harness__factory(stranger).deploy();

/** A hostile wallet with two bids, one of them cancelled: it has a credit, and something left to take. */
async function walletWithCredit() {
  const open = await openFixture();
  const { world, market, bid } = open;
  const wallet = await hostile(world);
  const value = await market.quoteBid(bid.price, bid.size, bid.time);
  const add = market.interface.encodeFunctionData(
    "addBid(bytes32,uint256,uint256,uint64,uint64,(uint8,uint8,uint8,uint64))",
    [bid.droot, bid.price, bid.size, bid.time, bid.expiry, bid.params],
  );
  await wallet.run(market, add, { value });
  await wallet.run(market, add, { value });
  await wallet.run(market, market.interface.encodeFunctionData("cancelBid", [2n]));
  return { ...open, wallet, value, cancelled: 2n, left: 3n };
}

/** A deal whose client and whose miner's owner are hostile wallets; its term has begun. */
async function hostileDeal() {
  const open = await openFixture();
  const { world, market, bid, data } = open;
  const [client, owner] = [await hostile(world), await hostile(world)];
  const create = market.interface.encodeFunctionData("createRepairMiner", [
    world.worker.signingKey.publicKey,
    1n << 30n,
    "0x",
  ]);
  await owner.run(market, create, { value: ethers.parseEther("5") });
  const { actor } = await market.minerOf(2n);
  const miner = IRepairMiner__factory.connect(actor, world.worker);
  await miner["addAsk(uint256,uint256,uint64)"](bid.price, bid.size, 10_000n);
  const add = market.interface.encodeFunctionData(
    "addBid(bytes32,uint256,uint256,uint64,uint64,(uint8,uint8,uint8,uint64))",
    [bid.droot, bid.price, bid.size, bid.time, bid.expiry, bid.params],
  );
  const total = await market.quoteBid(bid.price, bid.size, bid.time);
  await client.run(market, add, { value: total });
  const [askId, dealId] = [2n, 2n];
  await miner.addDeal(askId, dealId, "0x");
  const sealed = await world.placeAll(dealId, data, miner);
  await world.prove(dealId, sealed);
  const { start } = (await market.orderOf(dealId)).progress;
  return { world, market, client, owner, miner, dealId, sealed, total, start, end: start + bid.time };
}

describe("RepairMarket under attack", () => {
  describe("a payee", () => {
    it("that calls back while it is paid gets its credit once, and can do nothing twice", async () => {
      const { world, market, wallet, value, cancelled, left } = await walletWithCredit();
      const call = (name: string, args: unknown[]) => ({
        target: market,
        data: market.interface.encodeFunctionData(name as "withdraw", args as [string]),
      });
      const to = await wallet.getAddress();
      const others = (await ethers.provider.getBalance(market)) - 2n * value;
      await wallet.reenterWith([
        call("withdraw", [to]),
        call("cancelBid", [cancelled]),
        call("expireBid", [cancelled]),
        call("expireBid", [left]),
        call("approveBid", [cancelled, 1n]),
        call("withdrawEarnings", [cancelled]),
        call("settle", [cancelled]),
        call("flushBurn", []),
      ]);
      await wallet.run(market, market.interface.encodeFunctionData("withdraw", [to]));
      expect([await wallet.payments(), await wallet.succeeded()]).to.deep.equal([1n, 0n]);
      expect(await ethers.provider.getBalance(wallet)).to.equal(value);
      expect(await ethers.provider.getBalance(market)).to.equal(others + value);
      expect(await world.market.creditOf(wallet)).to.equal(0n);
    });

    it("that takes back its other bid in passing gets what that bid holds, no more", async () => {
      const { market, wallet, value, left } = await walletWithCredit();
      const to = await wallet.getAddress();
      const withdraw = market.interface.encodeFunctionData("withdraw", [to]);
      // Both succeed within the first payment, and once more `withdraw` within the second: there is nothing left then.
      await wallet.reenterWith([
        { target: market, data: market.interface.encodeFunctionData("cancelBid", [left]) },
        { target: market, data: withdraw },
      ]);
      const before = await ethers.provider.getBalance(market);
      await wallet.run(market, withdraw);
      expect([await wallet.payments(), await wallet.succeeded()]).to.deep.equal([2n, 2n]);
      expect(await ethers.provider.getBalance(wallet)).to.equal(2n * value);
      expect(await ethers.provider.getBalance(market)).to.equal(before - 2n * value);
    });

    for (const [how, mood] of [
      ["refuses", MOOD.Refuse],
      ["refuses with a mebibyte of reasons", MOOD.BombAndRefuse],
      ["burns all the gas", MOOD.Exhaust],
    ] as const) {
      it(`that ${how} keeps its credit, and can be paid elsewhere`, async () => {
        const { market, wallet, value } = await walletWithCredit();
        await wallet.turn(mood);
        const to = await wallet.getAddress();
        const elsewhere = ethers.Wallet.createRandom().address;
        const failed = market.interface.encodeErrorResult("RepairMarket_PaymentFailed", [to, value]);
        await expect(
          wallet.run(market, market.interface.encodeFunctionData("withdraw", [to]), { gasLimit: 3_000_000n }),
        )
          .to.be.revertedWithCustomError(wallet, "HostileWallet__Failed")
          .withArgs(failed);
        expect(await market.creditOf(wallet)).to.equal(value);
        await wallet.run(market, market.interface.encodeFunctionData("withdraw", [elsewhere]));
        expect(await ethers.provider.getBalance(elsewhere)).to.equal(value);
      });
    }

    it("that answers with a mebibyte is paid, and the market does not pay for the copy", async () => {
      const gasOf = async (mood: number) => {
        const { world, market } = await walletWithCredit();
        const bomb = await hostile(world);
        await bomb.turn(mood);
        await market.connect(world.client).cancelBid(1n);
        const sent = await market.connect(world.client).withdraw(bomb);
        return (await sent.wait())!.gasUsed;
      };
      // Words of memory are paid by who expands it: about 2.2 million gas for a mebibyte, in the payee alone.
      const bomb = (await gasOf(MOOD.Bomb)) - (await gasOf(MOOD.Calm));
      expect(bomb > 2_000_000n && bomb < 2_400_000n, `${bomb}`).to.equal(true);
    });

    it("that is the market itself, one of its parts, or a precompile that is no payee, is not paid", async () => {
      const { world, market } = await openFixture();
      const client = market.connect(world.client);
      await client.cancelBid(1n);
      const { placing, proving, records } = await market.parts();
      const nobody = maskedAddress(987_654_321n);
      for (const to of [await market.getAddress(), placing, proving, records, nobody]) {
        await expect(client.withdraw(to)).to.be.revertedWithCustomError(market, "RepairMarket_PaymentFailed");
      }
    });
  });

  describe("parties that refuse to be paid", () => {
    it("cannot keep a deal from being closed and the other side from its money", async () => {
      const { world, market, client, owner, miner, dealId, sealed, total, start, end } = await hostileDeal();
      await client.turn(MOOD.Refuse);
      await owner.turn(MOOD.Exhaust);
      await provenTo(world, dealId, sealed, start, 10_000n);
      // A strike, earnings, and the end, with every payee refusing.
      await world.nextAt(start + 10_000n + world.rules.provingPeriod + 1n);
      await market.slashRepairMiner(miner, dealId, []);
      await market.withdrawEarnings(dealId);
      await world.nextAt(end + world.rules.finalWindow + 1n);
      await market.settle(dealId);
      const closed = await market.orderOf(dealId);
      expect([State.Finished, State.Failed]).to.include(closed.state);
      expect(closed.pay.withdrawn).to.equal(total / 2n);
      expect(await market.creditOf(owner)).to.equal(total / 2n);
      expect((await market.creditOf(client)) >= total - total / 2n).to.equal(true);
    });
  });
});
