import { expect } from "chai";
import { ethers } from "hardhat";

import { maskedAddress } from "../../../src/devnet/actors/filecoin";
import { MarketApi__Harness__factory, type MarketApi__Harness } from "../../../typechain-types";
import { CLIENT, MINER, recording, RecordedFilecoin } from "../../support/recordedFilecoin";

const { deals, happened } = recording.market;
const id = (name: string) => deals[name]!.id;

/** Hand-written from the recorded bytes: what the library must make of them, its own errors included. */
describe("@zondax/filecoin-solidity 4.0.3 on the simulated actors", () => {
  let recorded: RecordedFilecoin;
  let api: MarketApi__Harness;

  before(async () => {
    recorded = await RecordedFilecoin.begin();
    await recorded.reach("active");
    const [signer] = await ethers.getSigners();
    api = await new MarketApi__Harness__factory(signer).deploy();
  });

  it("getDealDataCommitment keeps the 0x00 before the CID", async () => {
    const { pieceCid, paddedSize } = deals["small"]!;
    expect(await api.getDealDataCommitment.staticCall(id("small"))).to.deep.equal([
      `0x00${pieceCid}`,
      BigInt(paddedSize),
    ]);
  });

  it("getDealClient and getDealProvider", async () => {
    expect(await api.getDealClient.staticCall(id("first"))).to.equal(CLIENT);
    expect(await api.getDealProvider.staticCall(id("first"))).to.equal(MINER);
  });

  it("getDealLabel tells text from bytes", async () => {
    const text = ethers.hexlify(ethers.toUtf8Bytes(deals["unicode"]!.label as string));
    expect(await api.getDealLabel.staticCall(id("unicode"))).to.deep.equal([text, true]);
    expect(await api.getDealLabel.staticCall(id("bytes-label"))).to.deep.equal(["0x00ff10", false]);
    expect(await api.getDealLabel.staticCall(id("empty-label"))).to.deep.equal(["0x", true]);
  });

  it("getDealTerm gives a duration under the name of an end", async () => {
    const { start, end } = deals["first"]!;
    expect(await api.getDealTerm.staticCall(id("first"))).to.deep.equal([BigInt(start), BigInt(end - start)]);
  });

  it("getDealTotalPrice and the collaterals, also of nothing and above 2^64", async () => {
    expect(await api.getDealTotalPrice.staticCall(id("first"))).to.deep.equal(["0x8ca0000000", false]);
    expect(await api.getDealTotalPrice.staticCall(id("free"))).to.deep.equal(["0x", false]);
    expect(await api.getDealTotalPrice.staticCall(id("dear"))).to.deep.equal(["0x1f399b1438a1000000", false]);
    expect(await api.getDealClientCollateral.staticCall(id("first"))).to.deep.equal(["0x0de0b6b3a7640000", false]);
    expect(await api.getDealProviderCollateral.staticCall(id("first"))).to.deep.equal(["0x1bc16d674ec80000", false]);
  });

  it("getDealVerified", async () => {
    expect(await api.getDealVerified.staticCall(id("first"))).to.equal(false);
  });

  it("getDealActivation reads -1 as 0: the library drops the sign", async () => {
    expect(await api.getDealActivation.staticCall(id("first"))).to.deep.equal([BigInt(happened.activatedAt), 0n]);
    expect(await api.getDealActivation.staticCall(id("never"))).to.deep.equal([0n, 0n]);
  });

  it("reverts with the actor's exit code for a deal that nobody published", async () => {
    await expect(api.getDealClient.staticCall(1_000_000n))
      .to.be.revertedWithCustomError({ interface: actorErrors }, "ActorError")
      .withArgs(17n);
  });

  it("getOwner and getSectorSize of a miner", async () => {
    const [owner] = await api.getOwner.staticCall(MINER);
    expect(owner).to.deep.equal(["0x0067"]);
    expect(await api.getSectorSize.staticCall(MINER)).to.equal(32n << 30n);
  });

  it("resolveEthAddress and send", async () => {
    const [, account] = await ethers.getSigners();
    const actor = await recorded.filecoin.actorIdOf(account!.address);
    expect(await api.resolveEthAddress(account!.address)).to.equal(actor);
    await account!.sendTransaction({ to: await api.getAddress(), value: 5n });
    await api.send(MINER, 5n);
    expect(await ethers.provider.getBalance(maskedAddress(MINER))).to.equal(5n);
  });
});

const actorErrors = new ethers.Interface(["error ActorError(int256 errorCode)"]);
