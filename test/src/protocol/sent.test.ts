import { expect } from "chai";
import { ethers, network } from "hardhat";

import { ContractRevertError } from "../../../src/filecoin/revert";
import { sent } from "../../../src/protocol/sent";
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
});
