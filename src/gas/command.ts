import { Interface, isAddress, isHexString, type FunctionFragment } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { ContractFinder, type KnownContract } from "./contracts";
import {
  DEFAULT_SLOTS,
  GasModelError,
  NoTracesError,
  priceCall,
  priceTransaction,
  type Bill,
  type PriceOptions,
} from "./price";
import { formatReport, million, reportOf, type Report } from "./report";

/** The task's arguments as Hardhat hands them over. */
export interface GasArguments {
  /** A transaction's hash, or with `call`: contract, function, arguments. */
  what: string[];
  call: boolean;
  slots?: string;
  from?: string;
  value: string;
  json: boolean;
}

/** `hardhat gas`: prints what the FVM charges for a transaction, sent or not. */
export async function gasCommand(args: GasArguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  const finder = new ContractFinder(hre.artifacts);
  const options: PriceOptions = { slots: slotsFrom(args.slots), layoutOf: finder.layoutsOn(hre.network.provider) };
  const report = args.call
    ? await reportOnCall(args, options, finder, hre)
    : await reportOnHash(args, options, finder, hre);
  console.log(args.json ? JSON.stringify(report, undefined, 2) : formatReport(report));
}

async function reportOnHash(
  args: GasArguments,
  options: PriceOptions,
  finder: ContractFinder,
  hre: HardhatRuntimeEnvironment,
): Promise<Report> {
  const [hash] = args.what;
  if (hash === undefined || args.what.length > 1 || !isHexString(hash, 32)) {
    throw new GasModelError("Give one transaction hash (32 bytes, 0x…), or --call CONTRACT FUNCTION [ARGS…].");
  }
  try {
    return await describe(await priceTransaction(hre.network.provider, hash, options), hash, finder, hre);
  } catch (error) {
    if (error instanceof NoTracesError) throw await withReceipt(error, hash, hre);
    throw error;
  }
}

/** A network without traces still has the receipt, with what it charged. */
async function withReceipt(error: NoTracesError, hash: string, hre: HardhatRuntimeEnvironment): Promise<GasModelError> {
  const receipt = (await hre.network.provider.send("eth_getTransactionReceipt", [hash])) as { gasUsed: string } | null;
  if (receipt === null) return error;
  const charged = million(Number(receipt.gasUsed));
  return new NoTracesError(`It was charged ${charged} gas. ${error.message}`, { cause: error });
}

async function reportOnCall(
  args: GasArguments,
  options: PriceOptions,
  finder: ContractFinder,
  hre: HardhatRuntimeEnvironment,
): Promise<Report> {
  const [target, name, ...values] = args.what;
  if (target === undefined || name === undefined) {
    throw new GasModelError("With --call give a contract (name or address), a function, and its arguments.");
  }
  const { address, contract } = await contractOf(target, finder, hre);
  const abi = new Interface(contract.abi as ConstructorParameters<typeof Interface>[0]);
  const fragment = functionOf(abi, contract.name, name, values.length);
  const data = abi.encodeFunctionData(fragment, values.map(valueOf));
  const from = args.from ?? (await firstAccount(hre));
  const bill = await priceCall(hre.network.provider, { from, to: address, data, value: BigInt(args.value) }, options);
  return describe(bill, `${contract.name}.${fragment.format("sighash")} at ${address}`, finder, hre, abi);
}

async function describe(
  bill: Bill,
  what: string,
  finder: ContractFinder,
  hre: HardhatRuntimeEnvironment,
  abi?: Interface,
): Promise<Report> {
  const known = new Map<string, KnownContract | undefined>();
  const addresses = new Set(bill.items.flatMap(({ contract, label }) => [contract, label]));
  for (const address of addresses) {
    if (address === undefined || !isAddress(address)) continue;
    known.set(address, await finder.at(hre.network.provider, address));
  }
  const report = reportOf(bill, what, (address) => known.get(address));
  if (!bill.succeeded) report.revertReason = reasonOf(bill.revertData, abi);
  return report;
}

function reasonOf(data: string, abi: Interface | undefined): string | undefined {
  if (data === "0x") return undefined;
  const error = abi?.parseError(data);
  return error ? `${error.name}(${error.args.join(", ")})` : data;
}

async function contractOf(
  target: string,
  finder: ContractFinder,
  hre: HardhatRuntimeEnvironment,
): Promise<{ address: string; contract: KnownContract }> {
  const [name, at] = target.split("@");
  const address = isAddress(target) ? target : (at ?? (await deployedAddress(target, hre)));
  if (!isAddress(address)) {
    throw new GasModelError(
      `No deployment of ${target} is known on ${hre.network.name}; deploy it, or give its address: ${name}@0x….`,
    );
  }
  const code = (await hre.network.provider.send("eth_getCode", [address, "latest"])) as string;
  if (code === "0x")
    throw new GasModelError(
      `There is no contract at ${address} on ${hre.network.name}: check the address and --network.`,
    );
  const contract = isAddress(target) ? await finder.find(code) : await finder.named(name ?? target);
  if (contract === undefined) {
    throw new GasModelError(
      `No artifact of this project has the code at ${address}; name the contract: NAME@${address}.`,
    );
  }
  return { address, contract };
}

/** Deployments of hardhat-deploy, where the project uses it. */
interface Deployments {
  fixture(tags?: string[]): Promise<unknown>;
  getOrNull(name: string): Promise<{ address: string } | null>;
}

async function deployedAddress(name: string, hre: HardhatRuntimeEnvironment): Promise<string | undefined> {
  const { deployments } = hre as unknown as { deployments?: Deployments };
  if (deployments === undefined) return undefined;
  // The in-process network starts empty with every command.
  if (hre.network.name === "hardhat") await deployments.fixture();
  return (await deployments.getOrNull(name))?.address;
}

function functionOf(abi: Interface, contract: string, name: string, argumentCount: number): FunctionFragment {
  const functions = abi.fragments.filter((fragment): fragment is FunctionFragment => fragment.type === "function");
  const matching = name.includes("(")
    ? functions.filter((fragment) => fragment.format("sighash") === name)
    : functions.filter((fragment) => fragment.name === name && fragment.inputs.length === argumentCount);
  const [only] = matching;
  if (only !== undefined && matching.length === 1) return only;
  const same = functions.filter((fragment) => fragment.name === name.split("(")[0]);
  const choice = (same.length > 0 ? same : functions).map((fragment) => fragment.format("sighash")).join(", ");
  throw new GasModelError(
    `${contract} has no single function ${name} with ${argumentCount} arguments; it has ${choice}.`,
  );
}

/** Arrays and structs are written as JSON; numbers may be decimal or 0x…. */
function valueOf(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  return text.startsWith("[") || text.startsWith("{") ? JSON.parse(text) : text;
}

async function firstAccount(hre: HardhatRuntimeEnvironment): Promise<string> {
  const [account] = (await hre.network.provider.send("eth_accounts", [])) as string[];
  if (account === undefined) throw new GasModelError("This network has no account to call from; give --from 0x….");
  return account;
}

function slotsFrom(text: string | undefined): number {
  if (text === undefined) return DEFAULT_SLOTS;
  const slots = Number(text);
  if (!Number.isSafeInteger(slots) || slots < 0)
    throw new GasModelError(`--slots takes a whole number of 0 or more, not ${text}.`);
  return slots;
}
