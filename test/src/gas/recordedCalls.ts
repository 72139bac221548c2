import { readFileSync } from "node:fs";
import path from "node:path";

import { ContractFactory } from "ethers";
import { ethers, network } from "hardhat";

import { meter, priceCall, readTrace, type Rpc, type StructLog, type World } from "../../../src/gas";
import { total } from "../../../src/gas/price";

/** `test/vectors/fvm-gas.json`: what the FVM charged. */
export interface Recorded {
  contracts: Record<string, { creation: string; abi: string[] }>;
  scenarios: RecordedScenario[];
}

export interface RecordedScenario {
  contract: string;
  deployGas: number;
  slots: number;
  setup: string[];
  rows: { name: string; call: string; gas: number }[];
}

/** A recorded figure beside the model's two: with the storage as the set-up left it, and from the number of slots alone. */
export interface Comparison {
  contract: string;
  slots: number;
  name: string;
  recorded: number;
  rebuilt: number;
  assumed: number;
}

const VECTORS = path.join(__dirname, "../../vectors/fvm-gas.json");
export const readRecorded = (): Recorded => JSON.parse(readFileSync(VECTORS, "utf8")) as Recorded;

const GAS_LIMIT = "0x3b9aca00";
const TRACE = { disableMemory: true, disableStorage: true };
const rpc: Rpc = network.provider;

export async function compare(recorded: Recorded, scenario: RecordedScenario): Promise<Comparison[]> {
  const [signer] = await ethers.getSigners();
  const { abi, creation } = recorded.contracts[scenario.contract]!;
  const contract = await new ContractFactory(abi, `0x${creation}`, signer).deploy();
  const to = (await contract.getAddress()).toLowerCase();
  const from = signer!.address;
  const code = Buffer.from((await ethers.provider.getCode(to)).slice(2), "hex");
  const world: World = { roots: new Map(), isNew: () => false, codeBytes: () => 0 };

  const metered = (structLogs: StructLog[], data: string) => {
    const input = Uint8Array.from(Buffer.from(data.slice(2), "hex"));
    const execution = readTrace(structLogs, { from, to, input, value: 0n }, new Map([[to, code]]));
    return total(meter(execution, input.length, world).items);
  };
  for (const data of scenario.setup) {
    const hash = await rpc.send("eth_sendTransaction", [{ from, to, data, gas: GAS_LIMIT }]);
    const trace = (await rpc.send("debug_traceTransaction", [hash, TRACE])) as { structLogs: StructLog[] };
    metered(trace.structLogs, data);
  }

  const comparisons: Comparison[] = [];
  for (const { name, call, gas } of scenario.rows) {
    const trace = (await rpc.send("debug_traceCall", [{ from, to, data: call, gas: GAS_LIMIT }, "latest", TRACE])) as {
      structLogs: StructLog[];
    };
    const roots = new Map(world.roots);
    const rebuilt = metered(trace.structLogs, call);
    world.roots = roots;
    const assumed = await priceCall(rpc, { from, to, data: call }, { slots: scenario.slots });
    comparisons.push({
      contract: scenario.contract,
      slots: scenario.slots,
      name,
      recorded: gas,
      rebuilt,
      assumed: assumed.fvmGas,
    });
  }
  return comparisons;
}

/** How far the model is off, as a fraction of what was recorded. */
export const errorOf = (recorded: number, modelled: number): number => (modelled - recorded) / recorded;

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
