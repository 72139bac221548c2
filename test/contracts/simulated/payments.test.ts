import { expect } from "chai";
import { AbiCoder } from "ethers";
import { ethers } from "hardhat";

import { maskedAddress, PRECOMPILE, SimulatedFilecoin } from "../../../src/devnet/actors/filecoin";
import { ActorCalls, KIND } from "../../support/actorCalls";
import { simulatedFilecoin } from "../../support/chain";

const abi = AbiCoder.defaultAbiCoder();
const PAID = 12345n;

describe("payments through the precompile", () => {
  let filecoin: SimulatedFilecoin;
  let calls: ActorCalls;

  beforeEach(async () => {
    filecoin = await simulatedFilecoin();
    calls = await ActorCalls.deploy();
    const [signer] = await ethers.getSigners();
    await signer!.sendTransaction({ to: await calls.contract.getAddress(), value: 10n * PAID });
  });

  const balance = (address: string) => ethers.provider.getBalance(address);

  async function pay(id: bigint, o: { value?: bigint; method?: bigint; flags?: bigint; params?: string } = {}) {
    const codec = o.params === undefined ? 0 : 0x51;
    const message = [o.method ?? 0n, o.value ?? PAID, o.flags ?? 0n, codec, o.params ?? "0x", id];
    const input = abi.encode(["uint64", "uint256", "uint64", "uint64", "bytes", "uint64"], message);
    const { out } = await calls.contract.forward.staticCall(KIND.DelegateCall, PRECOMPILE.callActorId, input);
    await calls.contract.forward(KIND.DelegateCall, PRECOMPILE.callActorId, input);
    return abi.decode(["int256", "uint64", "bytes"], out)[0] as bigint;
  }

  for (const [who, id] of [
    ["the market actor", 5n],
    ["the burnt funds account", 99n],
  ] as const) {
    it(`pays ${who} by its id`, async () => {
      expect(await pay(id)).to.equal(0n);
      expect(await balance(maskedAddress(id))).to.equal(PAID);
      expect(await balance(await calls.contract.getAddress())).to.equal(9n * PAID);
    });
  }

  it("pays a miner, whose address refuses every plain call", async () => {
    const miner = await filecoin.createMiner();
    const [signer] = await ethers.getSigners();
    const plain = signer!.call({ to: maskedAddress(miner), value: PAID });
    await expect(plain).to.be.rejected;
    expect(await pay(miner)).to.equal(0n);
    expect(await balance(maskedAddress(miner))).to.equal(PAID);
  });

  it("pays an Ethereum account at its own address, and a contract without running it", async () => {
    const account = ethers.Wallet.createRandom().address;
    expect(await pay(await filecoin.actorIdOf(account))).to.equal(0n);
    expect(await balance(account)).to.equal(PAID);
    const other = await ActorCalls.deploy();
    const contract = await other.contract.getAddress();
    expect(await pay(await filecoin.actorIdOf(contract))).to.equal(0n);
    expect(await balance(contract)).to.equal(PAID);
    expect(await other.contract.count()).to.equal(0n);
  });

  it("answers -5 to more than the balance, -6 for a missing actor, -13 under read-only, and moves nothing", async () => {
    const before = await balance(await calls.contract.getAddress());
    expect(await pay(5n, { value: 11n * PAID })).to.equal(-5n);
    expect(await pay(999_999n)).to.equal(-6n);
    expect(await pay(5n, { flags: 1n })).to.equal(-13n);
    expect(await balance(await calls.contract.getAddress())).to.equal(before);
  });

  it("keeps the value of a message that fails, and moves that of one that succeeds", async () => {
    const before = await balance(await calls.contract.getAddress());
    expect(await pay(5n, { method: 2611213344n, params: "0x00" })).to.equal(17n);
    expect(await balance(await calls.contract.getAddress())).to.equal(before);
    expect(await pay(5n, { method: 822473126n, params: "0x4300e807" })).to.equal(0n);
    expect(await balance(maskedAddress(5n))).to.equal(PAID);
  });

  it("gives an Ethereum account one id, read-only or not, and finds the way back from it", async () => {
    const [, account] = await ethers.getSigners();
    const f410 = `0x040a${account!.address.slice(2).toLowerCase()}`;
    const resolve = async () => {
      const { out } = await calls.contract.forward.staticCall(KIND.StaticCall, PRECOMPILE.resolveAddress, f410);
      return BigInt(out);
    };
    const read = await resolve();
    await calls.contract.forward(KIND.Call, PRECOMPILE.resolveAddress, f410);
    expect(await resolve()).to.equal(read);
    expect(await filecoin.actorIdOf(account!.address)).to.equal(read);
    const word = abi.encode(["uint64"], [read]);
    const { out } = await calls.contract.forward.staticCall(KIND.StaticCall, PRECOMPILE.lookupDelegatedAddress, word);
    expect(out).to.equal(f410);
  });

  it("leads a contract's masked address to the contract, with value", async () => {
    const other = await ActorCalls.deploy();
    const contract = await other.contract.getAddress();
    const mask = maskedAddress(await filecoin.actorIdOf(contract));
    const [signer] = await ethers.getSigners();
    await signer!.sendTransaction({ to: mask, value: PAID, data: "0x12345678" });
    expect(await balance(contract)).to.equal(PAID);
    expect(await other.contract.count()).to.equal(1n);
  });
});
