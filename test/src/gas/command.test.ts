import { expect } from "chai";
import { ContractFactory, type BaseContract, type Contract } from "ethers";
import hre, { ethers } from "hardhat";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { gasCommand, type GasArguments } from "../../../src/gas/command";
import type { Report } from "../../../src/gas/report";

describe("hardhat gas", () => {
  let shapes: Contract;
  let at: string;

  before(async () => {
    const { abi, bytecode } = await hre.artifacts.readArtifact("StorageShapes");
    const [signer] = await ethers.getSigners();
    const contract: BaseContract = await new ContractFactory(abi, bytecode, signer).deploy(ethers.ZeroAddress);
    shapes = contract as Contract;
    at = await shapes.getAddress();
  });

  const args = (what: string[], more: Partial<GasArguments> = {}): GasArguments => ({
    what,
    call: true,
    value: "0",
    json: false,
    ...more,
  });

  async function printed(run: () => Promise<unknown>): Promise<string> {
    const lines: string[] = [];
    const { log } = console;
    console.log = (line: string) => lines.push(line);
    try {
      await run();
    } finally {
      console.log = log;
    }
    return lines.join("\n");
  }

  async function refusal(run: Promise<unknown>): Promise<string> {
    const error = await run.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(Error);
    return (error as Error).message;
  }

  it("prices a call by the contract's address alone", async () => {
    const text = await printed(() => hre.run("gas", { ...args([at, "setTerms", "5", "6"]) }));
    expect(text).to.contain("StorageShapes.setTerms(uint256,uint64)").and.to.contain("50,000 slots in use");
  });

  it("prints JSON with the same figures for a transaction", async () => {
    const { hash } = await (await shapes.setTerms!(5, 6)).wait();
    const text = await printed(() => gasCommand(args([hash], { call: false, json: true, slots: "1000" }), hre));
    const report = JSON.parse(text) as Report;
    expect(report.slotsAssumed).to.equal(1000);
    expect(report.fvmGas).to.be.above(10_000_000);
    expect(report.written.map(({ contract }) => contract)).to.deep.equal(["StorageShapes", "StorageShapes"]);
  });

  it("prints the error of a call that reverts", async () => {
    const text = await printed(() => gasCommand(args([`StorageShapes@${at}`, "refuse", "3"]), hre));
    expect(text).to.contain("It reverts: StorageShapes_Refused(3).");
  });

  it("says what to type instead", async () => {
    expect(await refusal(gasCommand(args(["0x12"], { call: false }), hre))).to.contain("--call CONTRACT FUNCTION");
    expect(await refusal(gasCommand(args(["Nothing", "f"]), hre))).to.contain("Nothing@0x…");
    expect(await refusal(gasCommand(args([at, "setTerms", "5"]), hre))).to.contain("setTerms(uint256,uint64)");
    expect(await refusal(gasCommand(args([at, "count"], { slots: "many" }), hre))).to.contain("--slots takes");
    expect(await refusal(gasCommand(args([ethers.ZeroAddress, "count"]), hre))).to.contain("no contract at");
    const unknown = `0x${"00".repeat(32)}`;
    expect(await refusal(gasCommand(args([unknown], { call: false }), hre))).to.contain(
      `Transaction ${unknown} is not`,
    );
  });

  it("tells what was charged where a network keeps no traces", async () => {
    const { hash } = await (await shapes.setTerms!(5, 6)).wait();
    const provider = {
      send: async (method: string, params: unknown[]) => {
        // As Lotus refuses it.
        if (method.startsWith("debug_")) throw new Error(`method '${method}' not found`);
        return hre.network.provider.send(method, params);
      },
    };
    const withoutTraces = Object.assign(Object.create(hre) as HardhatRuntimeEnvironment, {
      network: { ...hre.network, provider },
    });
    const text = await refusal(gasCommand(args([hash], { call: false }), withoutTraces));
    expect(text).to.match(/^It was charged \d+\.\d+ M gas\. This network has no debug_traceTransaction/);
  });
});
