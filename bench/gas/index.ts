import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import hre from "hardhat";

import { ContractFinder, DEFAULT_SLOTS, priceCall, reportOf, type Report } from "../../src/gas";
import type { Bench } from "../bench";
import type { GasCase } from "./cases";
import { dealStatusCases } from "./dealStatus";
import { repairMarketCases } from "./repairMarket";

/** Where the contracts' cases come from; each deploys what it needs. */
const CASES: Record<string, (() => Promise<GasCase[]>)[]> = {
  DealStatus: [dealStatusCases],
  RepairMarket: repairMarketCases,
};

const SNAPSHOT = path.join(__dirname, "../snapshots/gas.json");
const TOLERATED_GROWTH = 0.05;
const CALLDATA_ZERO = 4;
const CALLDATA_BYTE = 16;

interface Priced {
  fvm: number;
  evm: number;
}
type Snapshot = Record<string, Priced>;

/** All that a call takes. */
interface Whole extends Priced {
  calldata: number;
}
const NOTHING: Whole = { fvm: 0, evm: 0, calldata: 0 };

/**
 * `npm run bench -- gas`: every public function at realistic sizes, with 50 000 slots in use in each contract.
 * `--check` fails when one grew by more than 5 % against `bench/snapshots/gas.json`, `--update` writes that file;
 * with `DealStatus` or `RepairMarket`, of that contract alone.
 */
export const bench: Bench = async (args) => {
  const before = JSON.parse(readFileSync(SNAPSHOT, "utf8")) as Snapshot;
  const now: Snapshot = {};
  const reports: Record<string, Report> = {};
  const rows: Record<string, string | number>[] = [];
  const notes: string[] = [];
  const wholes: Record<string, Whole> = {};
  const layoutOf = new ContractFinder(hre.artifacts).layoutsOn(hre.network.provider);

  const only = args.filter((arg) => arg in CASES);
  const wanted = Object.keys(CASES).filter((contract) => only.length === 0 || only.includes(contract));
  for (const cases of wanted.flatMap((contract) => CASES[contract]!)) {
    for (const one of await cases()) {
      const report = await priced(one, layoutOf);
      const whole: Whole = { fvm: report.fvmGas, evm: report.evmGas, calldata: calldataGas(one) };
      wholes[one.name] = whole;
      const { calldata, ...is } = shareOf(whole, one.beyond === undefined ? NOTHING : wholes[one.beyond]!, one.per);
      now[one.name] = is;
      reports[one.name] = report;
      const was = before[one.name];
      rows.push({
        function: one.name,
        "FVM (M)": (is.fvm / 1e6).toFixed(1),
        reach: one.reach?.fvmMillion === undefined ? "" : `≤ ${one.reach.fvmMillion}`,
        EVM: is.evm,
        "EVM reach": one.reach?.evm === undefined ? "" : `≤ ${one.reach.evm.toLocaleString("en-US")}`,
        calldata,
        change: was === undefined ? "new" : `${(100 * growth(was.fvm, is.fvm)).toFixed(1)} %`,
      });
      notes.push(...missed(one, is, calldata));
    }
  }

  const grown = Object.entries(now).filter(([name, is]) => hasGrown(before[name], is));
  const all = only.length === 0;
  const unknown = Object.keys({ ...now, ...(all && before) }).filter((name) => !(name in now && name in before));
  const check = args.includes("--check");
  if (check) notes.push(...grown.map(([name, is]) => complaint(name, before[name]!, is)));
  if (check && unknown.length > 0) notes.push(`not in both the snapshot and this run: ${unknown.join(", ")}`);
  if (args.includes("--update"))
    writeFileSync(SNAPSHOT, `${JSON.stringify({ ...(!all && before), ...now }, undefined, 2)}\n`);
  return {
    title: `Gas on Filecoin, modelled with ${DEFAULT_SLOTS.toLocaleString("en-US")} slots in use, and on an EVM`,
    rows,
    notes,
    details: reports,
    failed: check && (grown.length > 0 || unknown.length > 0),
  };
};

/** Beyond what `less` takes, of each of `per`. */
const shareOf = (whole: Whole, less: Whole, per = 1): Whole => ({
  fvm: Math.round((whole.fvm - less.fvm) / per),
  evm: Math.round((whole.evm - less.evm) / per),
  calldata: Math.round((whole.calldata - less.calldata) / per),
});

async function priced(one: GasCase, layoutOf: ReturnType<ContractFinder["layoutsOn"]>): Promise<Report> {
  const { provider } = hre.network;
  const [account] = (await provider.send("eth_accounts", [])) as string[];
  const call = { from: one.from ?? account!, to: await one.contract.getAddress(), data: dataOf(one), value: one.value };
  const bill = await priceCall(provider, call, { slots: DEFAULT_SLOTS, layoutOf });
  if (!bill.succeeded) throw new Error(`${one.name} reverts: ${bill.revertData}`);
  const finder = new ContractFinder(hre.artifacts);
  const known = new Map<string, Awaited<ReturnType<ContractFinder["at"]>>>();
  for (const address of bill.touched.keys()) known.set(address, await finder.at(provider, address));
  return reportOf(bill, one.name, (address) => known.get(address));
}

const dataOf = (one: GasCase): string => one.contract.interface.encodeFunctionData(one.function, one.args);

function calldataGas(one: GasCase): number {
  const bytes = Buffer.from(dataOf(one).slice(2), "hex");
  return bytes.reduce((sum, byte) => sum + (byte === 0 ? CALLDATA_ZERO : CALLDATA_BYTE), 0);
}

const growth = (was: number, is: number): number => (is - was) / was;

const hasGrown = (was: Priced | undefined, is: Priced): boolean =>
  was !== undefined && (growth(was.fvm, is.fvm) > TOLERATED_GROWTH || growth(was.evm, is.evm) > TOLERATED_GROWTH);

const complaint = (name: string, was: Priced, is: Priced): string =>
  `${name} grew from ${was.fvm} to ${is.fvm} FVM gas, ${was.evm} to ${is.evm} EVM gas: make it cheaper, ` +
  `or accept it with \`npm run bench -- gas --update\`.`;

function missed(one: GasCase, is: Priced, calldata: number): string[] {
  const { fvmMillion, evm } = one.reach ?? {};
  const notes: string[] = [];
  if (fvmMillion !== undefined && is.fvm > fvmMillion * 1e6) {
    notes.push(`missed: ${one.name} takes ${(is.fvm / 1e6).toFixed(1)} M on Filecoin, ${fvmMillion} M is the reach`);
  }
  if (evm !== undefined && is.evm - calldata > evm) {
    notes.push(
      `missed: ${one.name} takes ${Math.round(is.evm - calldata)} EVM gas without calldata, ${evm} is the reach`,
    );
  }
  return notes;
}
