import { expect } from "chai";
import { Wallet } from "ethers";
import { network } from "hardhat";
import pino from "pino";

import { type Block, blockAt, chainIdOf } from "../../../src/filecoin/block";
import { marketAbi, repairErrors } from "../../../src/protocol/marketAbi";
import { ContractRevertError } from "../../../src/filecoin/revert";
import { ProviderRpc } from "../../../src/filecoin/rpc";
import { type Call, openOutbox, type Outbox } from "../../../src/outbox/outbox";
import { openLibsqlStore } from "../../../src/store/libsql";
import type { SqlStore } from "../../../src/store/store";
import { temporaryFolder } from "../../support/keeper";
import { activeFixture } from "../../support/repairMarket";
import { WORKER_KEY } from "../../support/repairScene";

describe("Repair miner › transactions", () => {
  const rpc = new ProviderRpc(network.provider);
  let store: SqlStore;
  let folder: ReturnType<typeof temporaryFolder>;
  let outbox: Outbox;
  let active: Awaited<ReturnType<typeof activeFixture>>;

  beforeEach(async () => {
    active = await activeFixture();
    folder = temporaryFolder();
    store = await openLibsqlStore(folder.folder);
    const [key, chainId, log] = [new Wallet(WORKER_KEY), await chainIdOf(rpc), pino({ level: "silent" })];
    const parts = { rpc, key, chainId, intents: store.intents, errors: repairErrors, log };
    outbox = openOutbox(parts, { planned: "forget", seen: "block" });
  });

  afterEach(async () => {
    await network.provider.send("evm_setAutomine", [true]);
    await store.close();
    folder.remove();
  });

  const latest = () => blockAt(rpc, "latest");

  async function proof() {
    const { world, dealId, sealed } = active;
    const locations = await Promise.all(sealed.map((where) => world.locationOf(where)));
    const data = marketAbi.encodeFunctionData("proveRepair", [dealId, sealed.map((_, shard) => shard), locations]);
    return { requestId: dealId, single: true, to: await world.market.getAddress(), data, reason: "a test" };
  }

  const outcome = async (call: Call, at: Block) => (await outbox.sendAndLook(call, at)).state;

  it("sends once, and nothing else about the deal until its effect is believed", async () => {
    const call = await proof();
    const before = await latest();
    expect(await outcome(call, before)).to.equal("mined");
    expect(await outcome(call, before), "not believed yet").to.equal("waiting");
    await outbox.settle(before);
    expect(await outbox.underWay(call)).to.not.equal(undefined);
    await outbox.settle(await latest());
    expect(await outbox.underWay(call)).to.equal(undefined);
  });

  it("keeps a refusal from leaving anything behind", async () => {
    const call = { ...(await proof()), data: marketAbi.encodeFunctionData("settle", [active.dealId]) };
    const refusal = await outbox.sendAndLook(call, await latest()).catch((error: Error) => error);
    expect(refusal).to.be.instanceOf(ContractRevertError);
    expect((refusal as ContractRevertError).reason).to.equal("RepairMarket_NotOver");
    expect(await store.intents.outstanding()).to.deep.equal([]);
  });

  it("tells that one was mined in vain: the chain had moved on before it", async () => {
    const { world, dealId } = active;
    await world.nextAt(active.start + 5_000n);
    await world.prove(dealId, active.sealed);
    const call = { ...(await proof()), data: marketAbi.encodeFunctionData("withdrawEarnings", [dealId]) };
    await network.provider.send("evm_setAutomine", [false]);
    expect(await outcome(call, await latest())).to.equal("waiting");
    // Somebody else's pays more and is mined before it, in the same block.
    const first = { gasPrice: 10n ** 12n, gasLimit: 1_000_000n };
    await world.market.connect(world.reporter).withdrawEarnings(dealId, first);
    await network.provider.send("evm_mine", []);
    await outbox.settle(await latest());
    expect(await store.intents.outstanding()).to.deep.equal([]);
    const [failed] = await store.intents.failures(1);
    expect(failed!.error).to.match(/was mined and failed/);
  });
});
