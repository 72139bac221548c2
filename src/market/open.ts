import { type ContractTransactionResponse, type Signer } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { decodeRevert } from "../chain/revert";
import { type JsonRpc, RpcError } from "../chain/rpc";
import { rpcOf } from "../keeper/taskOptions";
import {
  type IRepairMarket,
  IRepairMarket__factory,
  type IRepairMiner,
  IRepairMiner__factory,
  type RepairMarketLens,
  RepairMarketLens__factory,
} from "../../typechain-types";
import { RECEIPT_WAIT_MS } from "../config";
import { MarketReader } from "./reader";

export class MarketTaskError extends Error {
  override readonly name = "MarketTaskError";
}

/** What every task of the market takes. */
export interface MarketArgs {
  /** Which of the network's accounts acts: its position, from 0. */
  account: number;
  json: boolean;
}

export interface OpenMarket {
  market: IRepairMarket;
  lens: RepairMarketLens;
  /** The same records as plain values. */
  reader: MarketReader;
  rpc: JsonRpc;
  contents: string;
  signer: Signer;
  address: string;
  chainId: bigint;
  deployedAt: number;
}

/** The deployed market, through the account that acts. */
export async function openMarket(hre: HardhatRuntimeEnvironment, args: MarketArgs): Promise<OpenMarket> {
  const market = await deployed(hre, "RepairMarket");
  const lens = await deployed(hre, "RepairMarketLens");
  const contents = await deployed(hre, "SectorContents");
  const signer = (await hre.ethers.getSigners())[args.account];
  if (signer === undefined) {
    throw new MarketTaskError(
      `Network ${hre.network.name} has no account ${args.account}: set a key with "npx hardhat vars set PRIVATE_KEY", ` +
        "or name another one with --account.",
    );
  }
  const rpc = rpcOf(hre);
  return {
    rpc,
    reader: new MarketReader(rpc, { market: market.address, lens: lens.address }),
    market: IRepairMarket__factory.connect(market.address, signer),
    lens: RepairMarketLens__factory.connect(lens.address, signer),
    contents: contents.address,
    signer,
    address: signer.address,
    chainId: (await hre.ethers.provider.getNetwork()).chainId,
    deployedAt: market.receipt?.blockNumber ?? 0,
  };
}

/** The deployed market for those who only read: no account is needed. */
export async function openReader(hre: HardhatRuntimeEnvironment): Promise<{ reader: MarketReader; rpc: JsonRpc }> {
  const [market, lens] = [await deployed(hre, "RepairMarket"), await deployed(hre, "RepairMarketLens")];
  const rpc = rpcOf(hre);
  return { rpc, reader: new MarketReader(rpc, { market: market.address, lens: lens.address }) };
}

export function minerAt(open: OpenMarket, address: string): IRepairMiner {
  return IRepairMiner__factory.connect(address, open.signer);
}

const INTERFACES = [IRepairMarket__factory.createInterface(), IRepairMiner__factory.createInterface()];

/** The revert data that ethers or Hardhat carry in an error, wherever they put it. */
function revertDataIn(error: unknown): string | undefined {
  for (
    let at = error as Record<string, unknown> | undefined, depth = 0;
    at !== undefined && at !== null && depth < 5;
    depth++
  ) {
    const data = (at.data as { data?: unknown } | undefined)?.data ?? at.data;
    if (typeof data === "string" && data.startsWith("0x")) return data;
    at = (at.error ?? at.info ?? at.cause) as Record<string, unknown> | undefined;
  }
  return undefined;
}

/** A refusal as the contract's typed error; anything else as it came. */
function refusal(error: unknown, action: string): unknown {
  const data = revertDataIn(error);
  if (data === undefined) return error;
  const known = INTERFACES.find((one) => data.length >= 10 && one.parseError(data) !== null) ?? INTERFACES[0]!;
  return decodeRevert(new RpcError(action, 3, (error as Error).message, data), action, known);
}

/** Sends and waits; a refusal becomes the contract's typed error. */
export async function sent(action: string, send: () => Promise<ContractTransactionResponse>): Promise<string> {
  try {
    const transaction = await send();
    await transaction.wait(1, RECEIPT_WAIT_MS);
    return transaction.hash;
  } catch (error) {
    throw refusal(error, action);
  }
}

/** Reads; a refusal becomes the contract's typed error. */
export async function read<T>(action: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw refusal(error, action);
  }
}

async function deployed(hre: HardhatRuntimeEnvironment, name: string) {
  const deployment = await hre.deployments.getOrNull(name);
  if (deployment !== null) return deployment;
  throw new MarketTaskError(
    `No ${name} is known on ${hre.network.name}: deploy it with ` +
      `"npx hardhat deploy --network ${hre.network.name} --tags RepairMarketLens".`,
  );
}
