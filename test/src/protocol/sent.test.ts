import { expect } from "chai";
import { ethers, network } from "hardhat";

import { ContractRevertError } from "../../../src/filecoin/revert";
import { RpcUnreachableError } from "../../../src/filecoin/rpc";
import { sent, SentError } from "../../../src/protocol/sent";
import { openFixture } from "../../support/repairMarket";
import { until } from "../../support/until";

const failure = async (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("chain › what a person's signer sends", () => {
  let open: Awaited<ReturnType<typeof openFixture>>;
  const nonceOf = (address: string, at = "latest") => ethers.provider.getTransactionCount(address, at);

  beforeEach(async () => void (open = await openFixture()));
  afterEach(() => network.provider.send("evm_setAutomine", [true]));

  /** An expired bid, which whoever comes first takes off the book. */
  async function expired() {
    const { world, market, bidId } = open;
    const { expiry } = await market.orderOf(bidId);
    await world.nextAt(expiry + 1n);
    await network.provider.send("evm_setAutomine", [false]);
    return { bidId, mine: market.connect(world.client), other: market.connect(world.reporter), self: world.client };
  }

  it("is refused with the contract's typed error before anything is sent", async () => {
    const { market, world, bidId } = open;
    const before = await nonceOf(world.client.address);
    const error = await failure(sent("expire", market.connect(world.client).expireBid, bidId));
    expect(error).to.be.instanceOf(ContractRevertError).and.to.include({ reason: "RepairMarket_BidNotExpired" });
    expect((error as Error).message).to.contain("expire was refused");
    expect(await nonceOf(world.client.address)).to.equal(before);
  });

  it("is waited for, with what is sent along", async () => {
    const { market, world } = open;
    const owner = market.connect(world.owner);
    const before = (await market.minerOf(1)).collateral;
    const hash = await sent("collateral", owner.addCollateral, open.miner, { value: 5n });
    expect((await ethers.provider.getTransactionReceipt(hash))!.status).to.equal(1);
    expect((await market.minerOf(1)).collateral - before).to.equal(5n);
  });

  it("is told by what it was refused when another transaction of its block came first", async () => {
    const { bidId, mine, other, self } = await expired();
    const before = await nonceOf(self.address);
    const failed = failure(sent("expire", mine.expireBid, bidId, { gasLimit: 1_000_000n }));
    await until(async () => (await nonceOf(self.address, "pending")) > before);
    await other.expireBid(bidId, { gasPrice: 10n ** 12n, gasLimit: 1_000_000n });
    await network.provider.send("evm_mine");
    const error = await failed;
    expect(error).to.be.instanceOf(ContractRevertError).and.to.include({ reason: "RepairMarket_WrongState" });
    expect((error as Error).message).to.match(/^expire \(transaction 0x\w{64}\) was refused/);
    expect(await nonceOf(self.address)).to.equal(before + 1);
  });

  it("says so when the contract has no reason any more", async () => {
    const { bidId, mine, self } = await expired();
    await network.provider.send("evm_mine");
    const before = await nonceOf(self.address);
    // The estimate is right, and the signer gives it less gas all the same.
    const starved = Object.assign((id: bigint) => mine.expireBid(id, { gasLimit: 30_000n }), {
      estimateGas: (id: bigint) => mine.expireBid.estimateGas(id),
    });
    const failed = failure(sent("expire", starved, bidId));
    await until(async () => (await nonceOf(self.address, "pending")) > before);
    await network.provider.send("evm_mine");
    expect(((await failed) as Error).message).to.match(
      /^Transaction 0x\w{64} \(expire\) was mined and failed\. .* again/,
    );
  });

  /** Sends it, and lets it wait, its node not mining. */
  async function waiting() {
    const { bidId, mine, self } = await expired();
    const before = await nonceOf(self.address);
    const block = await ethers.provider.getBlockNumber();
    // As the signers of ethers give it: those of Hardhat do not look for what replaced a transaction.
    const method = Object.assign(
      async (id: bigint) => (await mine.expireBid(id, { gasLimit: 1_000_000n })).replaceableTransaction(block),
      { estimateGas: (id: bigint) => mine.expireBid.estimateGas(id) },
    );
    const result = sent("expire", method, bidId).catch((error: Error) => error);
    await until(async () => (await nonceOf(self.address, "pending")) > before);
    const pending = await ethers.provider.send("eth_getBlockByNumber", ["pending", false]);
    const { hash } = (await ethers.provider.getTransaction((pending as { transactions: string[] }).transactions[0]!))!;
    return { result, hash, bidId, mine, self, nonce: before };
  }
  /** Block after block, as a chain goes on. */
  async function blocksUntil<T>(result: Promise<T>): Promise<T> {
    let over = false;
    void result.then(() => (over = true));
    await until(async () => {
      await network.provider.send("evm_mine");
      return over;
    });
    return result;
  }
  const dearer = { gasPrice: 10n ** 12n, gasLimit: 1_000_000n };

  it("is done when its wallet sent it again at another price", async () => {
    const { result, hash, bidId, mine, nonce } = await waiting();
    const again = await mine.expireBid(bidId, { ...dearer, nonce });
    expect(await blocksUntil(result))
      .to.equal(again.hash)
      .and.to.not.equal(hash);
  });

  it("is not done when another transaction took its nonce, and both are named", async () => {
    const { result, hash, self, nonce } = await waiting();
    const other = await self.sendTransaction({ to: self.address, ...dearer, nonce });
    const error = await blocksUntil(result);
    expect(error).to.be.instanceOf(SentError).and.to.include({ hash, action: "expire" });
    expect((error as Error).message)
      .to.contain(hash)
      .and.to.contain(other.hash)
      .and.to.contain("before you run the command again");
  });

  /** From here on the node answers nothing to `method`. */
  function silence(method: "call" | "getTransactionReceipt"): () => void {
    const { provider } = ethers;
    const before = Object.getOwnPropertyDescriptor(provider, method);
    Object.defineProperty(provider, method, {
      configurable: true,
      value: () => Promise.reject(new RpcUnreachableError("http://x", method, false, "ECONNRESET")),
    });
    return () => (before === undefined ? Reflect.deleteProperty(provider, method) : undefined);
  }

  it("names what it sent, and the next step, when the node says no more", async () => {
    const { bidId, mine } = await expired();
    await network.provider.send("evm_setAutomine", [true]);
    const restore = silence("getTransactionReceipt");
    const error = await failure(sent("expire", mine.expireBid, bidId)).finally(restore);
    const { transactions } = (await ethers.provider.getBlock("latest"))!;
    expect(error).to.be.instanceOf(SentError).and.to.include({ hash: transactions[0] });
    expect((error as Error).message)
      .to.contain(`Transaction ${transactions[0]} (expire) was sent`)
      .and.to.contain("ECONNRESET")
      .and.to.contain("Look whether it was mined before you run the command again");
    expect((error as Error).cause).to.be.instanceOf(RpcUnreachableError);
  });

  it("says that it was mined and failed, also when the node does not say why", async () => {
    const { result, hash, bidId } = await waiting();
    await open.market.connect(open.world.reporter).expireBid(bidId, dearer);
    const restore = silence("call");
    const error = (await blocksUntil(result).finally(restore)) as Error;
    expect(error.message).to.contain(`Transaction ${hash} (expire) was mined and failed.`).and.to.contain("ECONNRESET");
  });
});
