import { expect } from "chai";
import { ethers, network } from "hardhat";

import { priceCall } from "../../../src/gas";
import { simulatedFilecoin } from "../../support/chain";

const TRACE = { disableMemory: true, disableStorage: true };

describe("The gas model and the local stand-ins of native actors", () => {
  it("counts a call to an actor by its method, and leaves out what its stand-in executes", async () => {
    await simulatedFilecoin();
    const [signer] = await ethers.getSigners();
    const harness = await ethers.deployContract("ActorLibraries__Harness");
    const to = await harness.getAddress();
    const data = harness.interface.encodeFunctionData("sectorOf", [7n]);

    const bill = await priceCall(network.provider, { from: signer!.address, to, data });
    const trace = (await network.provider.send("debug_traceCall", [
      { from: signer!.address, to, data },
      "latest",
      TRACE,
    ])) as {
      gas: number;
      structLogs: { depth: number }[];
    };
    const own = trace.structLogs.filter(({ depth }) => depth === 1).length;

    expect(bill.succeeded).to.equal(true);
    expect(bill.parts["actor calls"]).to.equal(3_400_000);
    expect(bill.items.filter(({ label }) => label === "GetDealSector")).to.have.lengthOf(1);
    expect(bill.items.find(({ price }) => price === "opcode")?.count).to.equal(own);
    expect([...bill.touched.keys()]).to.deep.equal([]);
    expect(bill.evmGas)
      .to.be.below(trace.gas - 5_000)
      .and.above(21_000);
  });
});
