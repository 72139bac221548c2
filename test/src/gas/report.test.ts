import { expect } from "chai";
import { ContractFactory, type BaseContract, type Contract } from "ethers";
import hre, { ethers, network } from "hardhat";

import { priceCall, priceTransaction, type Bill } from "../../../src/gas";
import { ContractFinder } from "../../../src/gas/contracts";
import { formatReport, reportOf, type Report } from "../../../src/gas/report";

const PIECE = `0x${"ab".repeat(32)}`;

describe("The gas report", () => {
  let shapes: Contract;
  let peer: Contract;
  let from: string;
  const finder = new ContractFinder(hre.artifacts);

  beforeEach(async () => {
    [from] = (await ethers.getSigners()).map(({ address }) => address) as [string];
    peer = await deploy(ethers.ZeroAddress);
    shapes = await deploy(await peer.getAddress());
  });

  async function deploy(peerOf: string): Promise<Contract> {
    const { abi, bytecode } = await hre.artifacts.readArtifact("StorageShapes");
    const [signer] = await ethers.getSigners();
    const contract: BaseContract = await new ContractFactory(abi, bytecode, signer).deploy(peerOf);
    return contract as Contract;
  }

  async function billOf(name: string, args: unknown[], value = 0n, slots?: number): Promise<Bill> {
    const data = shapes.interface.encodeFunctionData(name, args);
    return priceCall(network.provider, { from, to: await shapes.getAddress(), data, value }, { slots });
  }

  async function reported(bill: Bill): Promise<Report> {
    const contract = await finder.find(await ethers.provider.getCode(await shapes.getAddress()));
    return reportOf(bill, "a call", () => contract);
  }

  const slotsWritten = (report: Report) => report.written.flatMap(({ slots }) => slots).sort();

  describe("names the slots written after the variables", () => {
    it("in arrays of structs, and arrays in mappings", async () => {
      await (await shapes.push!(PIECE)).wait();
      expect(slotsWritten(await reported(await billOf("push", [PIECE])))).to.deep.equal([
        "_requests",
        "_requestsOf[0xababab…abab]",
        "_requestsOf[0xababab…abab][1]",
        "_requests[1].client",
        "_requests[1].piece",
        "_requests[1].terms.price",
        "_requests[1].terms.{target, threshold}",
      ]);
    });

    it("in mappings of mappings", async () => {
      const [name] = slotsWritten(await reported(await billOf("setTerms", [77, 5])));
      const client = from.toLowerCase();
      expect(name).to.equal(`_termsOf[${client.slice(0, 8)}…${client.slice(-4)}][77].{target, threshold}`);
    });

    it("in packed arrays, bytes and fixed arrays", async () => {
      expect(slotsWritten(await reported(await billOf("setRest", [2, `0x${"11".repeat(40)}`])))).to.deep.equal([
        "_blob",
        "_blob (bytes from 0)",
        "_blob (bytes from 32)",
        "_fixed[2]",
        "_small",
        "_small[0…7]",
      ]);
    });
  });

  it("finds a contract by its code although its immutables were filled in", async () => {
    const contract = await finder.find(await ethers.provider.getCode(await shapes.getAddress()));
    expect(contract?.name).to.equal("StorageShapes");
  });

  it("prices a sent transaction as it priced the call before", async () => {
    const before = await billOf("push", [PIECE]);
    const sent = await (await shapes.push!(PIECE)).wait();
    const after = await priceTransaction(network.provider, sent!.hash);
    expect(after.fvmGas).to.equal(before.fvmGas);
    expect(after.evmGas).to.equal(Number(sent!.gasUsed));
  });

  it("charges a path twice when a contract writes before and after a call, and says so", async () => {
    const around = await billOf("writeAroundCall", []);
    const once = await billOf("writeAfterCall", []);
    expect(around.fvmGas - once.fvmGas).to.be.above(10_000_000);
    expect((await reported(around)).advice.join()).to.contain("stored 2 times");
    expect((await reported(once)).advice.join()).not.to.contain("stored 2 times");
  });

  it("says which slot is alone in its group, and what it costs", async () => {
    const { advice } = await reported(await billOf("setTerms", [1, 5]));
    expect(advice).to.have.lengthOf(1);
    expect(advice[0]).to.match(/_termsOf.* is the only slot written in its group and costs \d+\.\d+ M/);
  });

  it("costs more the more slots a contract has in use", async () => {
    const gas = await Promise.all([0, 1_000, 20_000, 200_000].map((slots) => billOf("setTerms", [1, 5], 0n, slots)));
    const prices = gas.map(({ fvmGas }) => fvmGas);
    expect(prices).to.deep.equal([...prices].sort((a, b) => a - b));
    expect(prices[3]! - prices[0]!).to.be.above(10_000_000);
  });

  it("stores the small tree of transient slots and the state, nothing else, for a transient lock", async () => {
    const bill = await billOf("locked", []);
    expect(bill.items.filter(({ price }) => price === "nodeWrite")).to.have.lengthOf(1);
    expect(bill.touched.size).to.equal(0);
  });

  it("gives the reason of a revert, and charges no storing for it", async () => {
    const bill = await billOf("refuse", [3]);
    expect(bill.succeeded).to.equal(false);
    expect(shapes.interface.parseError(bill.revertData)?.args).to.deep.equal([3n]);
    expect(bill.items.some(({ price }) => price === "nodeWrite" || price === "stateWrite")).to.equal(false);
  });

  it("tells a payment to an account that is there from one to a new one", async () => {
    const known = await billOf("pay", [(await ethers.getSigners())[5]!.address], 1n);
    const unknown = await billOf("pay", [ethers.Wallet.createRandom().address], 1n);
    expect(known.items.some(({ price }) => price === "pay")).to.equal(true);
    expect(unknown.fvmGas - known.fvmGas).to.equal(3_100_000);
  });

  it("is a table with every part, whose sum is the whole", async () => {
    const bill = await billOf("push", [PIECE]);
    const report = await reported(bill);
    expect(report.parts.reduce((sum, { gas }) => sum + gas, 0)).to.be.closeTo(report.fvmGas, 10);
    expect(formatReport(report)).to.contain("storage written").and.to.contain("_requests[");
  });
});
