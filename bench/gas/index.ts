import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import hre from "hardhat";

import { ContractFinder, DEFAULT_SLOTS, priceCall, reportOf, type Report } from "../../src/gas";
import type { Bench } from "../bench";
import type { GasCase, GasScene } from "./cases";
import { dealStatusScenes } from "./dealStatus";
import { repairMarketScenes } from "./repairMarket";

/** Where the contracts' cases come from; each deploys what it needs. */
const SCENES: Record<string, GasScene[]> = {
  DealStatus: dealStatusScenes,
  RepairMarket: repairMarketScenes,
};

const SNAPSHOT = path.join(__dirname, "../snapshots/gas.json");
const TOLERATED_CHANGE = 0.05;
const ACCEPT = "`npm run bench -- gas --update`";
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
 * `--check` fails when one changed by more than 5 % against `bench/snapshots/gas.json`, `--update` writes that file;
 * with `DealStatus` or `RepairMarket`, of that contract alone; with `--quick`, without the large codes.
 */
export const bench: Bench = async (args) => {
  const before = JSON.parse(readFileSync(SNAPSHOT, "utf8")) as Snapshot;
  const now: Snapshot = {};
  const reports: Record<string, Report> = {};
  const rows: Record<string, string | number>[] = [];
  const notes: string[] = [];
  const wholes: Record<string, Whole> = {};
  const layoutOf = new ContractFinder(hre.artifacts).layoutsOn(hre.network.provider);

  const contracts = args.filter((arg) => arg in SCENES);
  const quick = args.includes("--quick");
  for await (const one of casesOf(contracts.length === 0 ? Object.keys(SCENES) : contracts, quick)) {
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

  const all = contracts.length === 0 && !quick;
  const complaints = args.includes("--check") ? differences(before, now, all) : [];
  if (args.includes("--update"))
    writeFileSync(SNAPSHOT, `${JSON.stringify({ ...(!all && before), ...now }, undefined, 2)}\n`);
  return {
    title: `Gas on Filecoin, modelled with ${DEFAULT_SLOTS.toLocaleString("en-US")} slots in use, and on an EVM`,
    rows,
    notes: [...notes, ...complaints],
    details: reports,
    failed: complaints.length > 0,
  };
};

/** A case is priced before the next scene is made. */
async function* casesOf(contracts: string[], quick: boolean): AsyncIterable<GasCase> {
  for (const contract of contracts) {
    // Addresses decide where slots lie, and what was deployed before decides addresses.
    await hre.network.provider.send("hardhat_reset");
    for (const { make, slow } of SCENES[contract]!) if (!(quick && slow)) yield* await make();
  }
}

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

/** What a snapshot and a run do not agree on; only a run of everything tells what is no longer there. */
function differences(before: Snapshot, now: Snapshot, all: boolean): string[] {
  const gone = all ? Object.keys(before).filter((name) => !(name in now)) : [];
  const added = Object.keys(now).filter((name) => !(name in before));
  const changed = Object.entries(now).flatMap(([name, is]) => {
    const was = before[name];
    if (was === undefined) return [];
    const by = (["fvm", "evm"] as const).map((gas) => growth(was[gas], is[gas]));
    const from = `from ${was.fvm} to ${is.fvm} FVM gas, ${was.evm} to ${is.evm} EVM gas`;
    if (by.some((share) => share > TOLERATED_CHANGE))
      return [`${name} grew ${from}: make it cheaper, or accept it with ${ACCEPT}.`];
    if (by.some((share) => share < -TOLERATED_CHANGE))
      return [`${name} shrank ${from}: keep it so with ${ACCEPT}, or a later growth goes unnoticed.`];
    return [];
  });
  return [
    ...changed,
    ...added.map((name) => `${name} is not in bench/snapshots/gas.json: add it with ${ACCEPT}.`),
    ...gone.map((name) => `${name} is in bench/snapshots/gas.json alone: take it out with ${ACCEPT}.`),
  ];
}

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
