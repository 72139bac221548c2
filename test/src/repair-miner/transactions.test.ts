import { expect } from "chai";
import { type Interface, Wallet } from "ethers";
import { network } from "hardhat";
import pino from "pino";

import { blockAt, chainIdOf } from "../../../src/chain/block";
import { TransactionLane } from "../../../src/chain/lane";
import { marketAbi, repairErrors } from "../../../src/chain/marketAbi";
import { ContractRevertError } from "../../../src/chain/revert";
import { ProviderRpc } from "../../../src/chain/rpc";
import { Transactions } from "../../../src/repair-miner/transactions";
import { openLibsqlStore } from "../../../src/store/libsql";
import type { SqlStore } from "../../../src/store/store";
import { temporaryFolder } from "../../support/keeper";
import { activeFixture } from "../../support/repairMarket";
import { WORKER_KEY } from "../../support/repairScene";

describe("Repair miner › transactions", () => {
  const rpc = new ProviderRpc(network.provider);
  let store: SqlStore;
  let folder: ReturnType<typeof temporaryFolder>;
  let transactions: Transactions;
  let active: Awaited<ReturnType<typeof activeFixture>>;

  beforeEach(async () => {
    active = await activeFixture();
    folder = temporaryFolder();
    store = await openLibsqlStore(folder.folder);
    const lane = new TransactionLane(
      rpc,
      new Wallet(WORKER_KEY),
      await chainIdOf(rpc),
      store.intents,
      repairErrors as Interface,
    );
    transactions = new Transactions(store.intents, lane, pino({ level: "silent" }));
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
    return { dealId, to: await world.market.getAddress(), data, reason: "a test" };
  }

  it("sends once, and nothing else about the deal until its effect is believed", async () => {
    const call = await proof();
    const before = await latest();
    expect(await transactions.send(call, before)).to.equal("mined");
    expect(await transactions.send(call, before), "not believed yet").to.equal("waiting");
    await transactions.confirm(before);
    expect(await transactions.underWay(call)).to.not.equal(undefined);
    await transactions.confirm(await latest());
    expect(await transactions.underWay(call)).to.equal(undefined);
  });

  it("keeps a refusal from leaving anything behind", async () => {
    const call = { ...(await proof()), data: marketAbi.encodeFunctionData("settle", [active.dealId]) };
    const refusal = await transactions.send(call, await latest()).catch((error: Error) => error);
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
    expect(await transactions.send(call, await latest())).to.equal("waiting");
    // Somebody else's pays more and is mined before it, in the same block.
    const first = { gasPrice: 10n ** 12n, gasLimit: 1_000_000n };
    await world.market.connect(world.reporter).withdrawEarnings(dealId, first);
    await network.provider.send("evm_mine", []);
    await transactions.confirm(await latest());
    expect(await store.intents.outstanding()).to.deep.equal([]);
    const [failed] = await store.intents.failures(1);
    expect(failed!.error).to.match(/was mined and failed/);
  });
});
