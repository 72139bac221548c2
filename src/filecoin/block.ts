import type { JsonRpc } from "./rpc";
import { isNullRound, isActorNotFound } from "./rpcErrors";

/** Which block's state a program takes as true. `finalized` follows F3; a local network has every block final at once. */
export type ReadTag = "finalized" | "safe" | "latest";

/** A block: on Filecoin its number is the epoch. */
export interface Block {
  number: bigint;
  hash: string;
  timestamp: bigint;
}

interface RawBlock {
  number: string;
  hash: string;
  timestamp: string;
  baseFeePerGas?: string;
}

export function hexOf(value: bigint): string {
  return `0x${value.toString(16)}`;
}

export async function blockAt(rpc: JsonRpc, at: ReadTag | bigint): Promise<Block> {
  const tag = typeof at === "bigint" ? hexOf(at) : at;
  const raw = await rpc.request<RawBlock | null>("eth_getBlockByNumber", [tag, false]);
  if (raw === null) throw new Error(`The node has no block ${at}: check that it is in sync.`);
  return { number: BigInt(raw.number), hash: raw.hash, timestamp: BigInt(raw.timestamp) };
}

/** The block at `epoch`, or the last one before it when that epoch has none (a null round). Throws the node's error when there is none back to epoch 0. */
export async function blockAtOrBefore(rpc: JsonRpc, epoch: bigint): Promise<Block> {
  for (let number = epoch; ; number--) {
    try {
      return await blockAt(rpc, number);
    } catch (error) {
      if (!isNullRound(error) || number === 0n) throw error;
    }
  }
}

export async function baseFeeAtto(rpc: JsonRpc): Promise<bigint> {
  const raw = await rpc.request<RawBlock | null>("eth_getBlockByNumber", ["latest", false]);
  return BigInt(raw?.baseFeePerGas ?? "0x0");
}

export async function chainIdOf(rpc: JsonRpc): Promise<bigint> {
  return BigInt(await rpc.request<string>("eth_chainId"));
}

export async function balanceAttoOf(rpc: JsonRpc, address: string): Promise<bigint> {
  return BigInt(await rpc.request<string>("eth_getBalance", [address, "latest"]));
}

/** Transactions sent by `address` as of `at`; 0 for an address that never received anything (Lotus: an error). */
export async function nonceOf(rpc: JsonRpc, address: string, at: "latest" | "pending" | bigint): Promise<bigint> {
  try {
    const tag = typeof at === "bigint" ? hexOf(at) : at;
    return BigInt(await rpc.request<string>("eth_getTransactionCount", [address, tag]));
  } catch (error) {
    if (isActorNotFound(error)) return 0n;
    throw error;
  }
}
