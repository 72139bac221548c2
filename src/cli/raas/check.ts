import { formatEther, Wallet } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { balanceAttoOf, blockAt, chainIdOf } from "../../filecoin/block";
import { LotusClient } from "../../filecoin/lotus";
import type { JsonRpc } from "../../filecoin/rpc";
import { bothForms } from "../../filecoin/filecoinAddress";
import { type KeeperOptions, openKeeper } from "../../keeper/open";
import { table } from "../table";
import { type KeeperArgs, keeperOptions } from "../network";
import { print, needsAttention } from "../command";

interface Finding {
  what: string;
  ok: boolean;
  found: string;
  fix?: string;
}

const EPOCH_SECONDS = 30;

/** Checks everything that a keeper needs. Exit code 2 when something must be fixed. */
export async function checkSetup(hre: HardhatRuntimeEnvironment, args: KeeperArgs & { json: boolean }): Promise<void> {
  const options = await keeperOptions(hre, args);
  const findings = await findingsOf(options, hre.network.config.chainId, Math.floor(Date.now() / 1000));
  print(args.json, findings, () =>
    table(
      ["", "what", "found"],
      findings.map(({ ok, what, found, fix }) => [
        ok ? "ok" : "!!",
        what,
        ok || fix === undefined ? found : `${found} → ${fix}`,
      ]),
    ),
  );
  if (findings.some(({ ok }) => !ok)) needsAttention();
}

/** Runs each check in turn; one that fails does not hide the others. */
async function findingsOf(
  options: KeeperOptions,
  expectedChainId: number | undefined,
  nowSeconds: number,
): Promise<Finding[]> {
  const { rpc } = options;
  const findings: Finding[] = [];
  const look = async (what: string, work: () => Promise<Omit<Finding, "what">>) => {
    try {
      findings.push({ what, ...(await work()) });
    } catch (error) {
      findings.push({ what, ok: false, found: (error as Error).message });
    }
    return findings.at(-1)!.ok;
  };
  const reached = await look("node (RPC)", async () => {
    const { number } = await blockAt(rpc, "latest");
    return { ok: true, found: `answers, at epoch ${number}` };
  });
  if (!reached) return findings;
  await look("chain id", () => checkChainId(rpc, expectedChainId));
  await look("contract", () => checkContract(options));
  await look("key and balance", () => checkBalance(options));
  await look("believed block", () => checkReadTag(options));
  await look("Lotus methods", () => checkLotus(options.lotusRpc ?? rpc));
  await look("clock", () => checkClock(rpc, nowSeconds));
  await look("store", () => checkStore(options));
  return findings;
}

async function checkChainId(rpc: JsonRpc, expected: number | undefined): Promise<Omit<Finding, "what">> {
  const chainId = await chainIdOf(rpc);
  const ok = expected === undefined || chainId === BigInt(expected);
  return { ok, found: String(chainId), fix: `the network should be ${expected}: check its URL` };
}

async function checkContract({ rpc, contract }: KeeperOptions): Promise<Omit<Finding, "what">> {
  const code = await rpc.request<string>("eth_getCode", [contract, "latest"]);
  return { ok: code !== "0x", found: code === "0x" ? `no code at ${contract}` : contract, fix: "deploy DealStatus" };
}

async function checkBalance({ rpc, privateKey }: KeeperOptions): Promise<Omit<Finding, "what">> {
  const { address } = new Wallet(privateKey);
  const [balance, chainId] = [await balanceAttoOf(rpc, address), await chainIdOf(rpc)];
  const found = `${bothForms(address, chainId)} has ${formatEther(balance)} FIL`;
  return { ok: balance > 0n, found, fix: "send FIL to this address" };
}

async function checkReadTag({ rpc, settings }: KeeperOptions): Promise<Omit<Finding, "what">> {
  const tag = settings?.readTag ?? "finalized";
  const [head, believed] = [await blockAt(rpc, "latest"), await blockAt(rpc, tag)];
  return { ok: true, found: `${tag}: ${head.number - believed.number} epochs behind the head` };
}

/** Not needed: faults are then read from the contract. */
async function checkLotus(rpc: JsonRpc): Promise<Omit<Finding, "what">> {
  const served = Object.entries(await new LotusClient(rpc).served());
  const missing = served.filter(([, is]) => !is).map(([method]) => method);
  if (missing.length === 0) return { ok: true, found: "all served" };
  return { ok: true, found: `without ${missing.join(", ")}: a fault's age counts from when the keeper first saw it` };
}

async function checkClock(rpc: JsonRpc, nowSeconds: number): Promise<Omit<Finding, "what">> {
  const behind = nowSeconds - Number((await blockAt(rpc, "latest")).timestamp);
  const ok = Math.abs(behind) < 10 * EPOCH_SECONDS;
  const fix = "set this machine's clock (NTP), or use a node that is in sync";
  return { ok, found: `the newest block is ${behind} s old`, fix };
}

async function checkStore(options: KeeperOptions): Promise<Omit<Finding, "what">> {
  const keeper = await openKeeper(options);
  try {
    return { ok: true, found: `${options.dataFolder}, ${await keeper.store.jobs.count()} live jobs` };
  } finally {
    await keeper.close();
  }
}
