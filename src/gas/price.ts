import { arrayStarts } from "./layout";
import { meter, type Metered } from "./meter";
import type { Item } from "./openState";
import { gasOf, PARTS, PRICES, type Part } from "./prices";
import { addressesIn, readTrace, type Execution, type Message, type StructLog } from "./trace";
import { openWorld, type Rpc, type WorldOptions } from "./world";

/** A contract of Filecoin that is a few years old; what its next write costs depends on it. */
export const DEFAULT_SLOTS = 50_000;

export interface TransactionRequest {
  from: string;
  /** Left out for a deployment. */
  to?: string;
  data?: string;
  value?: bigint;
}

export interface PriceOptions {
  /** Slots in use that every contract is assumed to have; 0 takes storage as it is. Default 50 000. */
  slots?: number;
  /** Storage layouts by address make the assumed slots lie where the contract's arrays keep theirs. */
  layoutOf?: WorldOptions["layoutOf"];
}

export interface Bill extends Metered {
  execution: Execution;
  slots: number;
  /** What the FVM will charge, by this model. */
  fvmGas: number;
  /** What an EVM charges, without what the local stand-ins of native actors used. */
  evmGas: number;
  parts: Record<Part, number>;
  succeeded: boolean;
  revertData: string;
}

/** Prices a transaction that a network has executed, from its trace. */
export async function priceTransaction(rpc: Rpc, hash: string, options: PriceOptions = {}): Promise<Bill> {
  const transaction = (await rpc.send("eth_getTransactionByHash", [hash])) as RpcTransaction | null;
  if (transaction === null || transaction.blockNumber === null)
    throw new GasModelError(
      `Transaction ${hash} is not in the chain of this network: check the hash and --network, or wait until it is mined.`,
    );
  const trace = await traced(rpc, "debug_traceTransaction", [hash, TRACE]);
  const block = `0x${(BigInt(transaction.blockNumber) - 1n).toString(16)}`;
  const message: Message = {
    from: transaction.from,
    to: transaction.to ?? undefined,
    input: bytesOf(transaction.input),
    value: BigInt(transaction.value),
  };
  return bill(rpc, message, trace, block, options);
}

/** Prices a transaction at the head of the chain without sending it. */
export async function priceCall(rpc: Rpc, request: TransactionRequest, options: PriceOptions = {}): Promise<Bill> {
  const { from, to, data = "0x", value = 0n } = request;
  const call = { from, to, data, value: `0x${value.toString(16)}` };
  const trace = await traced(rpc, "debug_traceCall", [call, "latest", TRACE]);
  return bill(rpc, { from, to, input: bytesOf(data), value }, trace, "latest", options);
}

/** An error that the user can correct. */
export class GasModelError extends Error {
  override name = "GasModelError";
}

/** The network keeps no traces; Lotus and Forest do not. */
export class NoTracesError extends GasModelError {
  override name = "NoTracesError";
}

interface RpcTransaction {
  /** Null as long as it is pending. */
  blockNumber: string | null;
  from: string;
  to: string | null;
  input: string;
  value: string;
}

interface Trace {
  gas: number;
  failed: boolean;
  structLogs: StructLog[];
}

const TRACE = { disableMemory: true, disableStorage: true };

async function traced(rpc: Rpc, method: string, params: unknown[]): Promise<Trace> {
  try {
    return (await rpc.send(method, params)) as Trace;
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    if (!/not found|not supported|does not exist|unsupported|not available|-32601/i.test(text)) throw cause;
    throw new NoTracesError(
      `This network has no ${method}, which the gas model reads; run the same call on a local network.`,
      { cause },
    );
  }
}

async function bill(rpc: Rpc, message: Message, trace: Trace, block: string, options: PriceOptions): Promise<Bill> {
  const slots = options.slots ?? DEFAULT_SLOTS;
  const codes = new Map<string, Uint8Array>();
  const addresses = addressesIn(trace.structLogs);
  if (message.to !== undefined) addresses.add(message.to.toLowerCase());
  for (const address of addresses) {
    codes.set(address, bytesOf((await rpc.send("eth_getCode", [address, "latest"])) as string));
  }
  const execution = readTrace(trace.structLogs, message, codes);
  for (const [start, hashed] of arrayStarts()) execution.preimages.set(start, hashed);
  const world = await openWorld(rpc, execution, { block, slots, layoutOf: options.layoutOf });
  const metered = meter(execution, message.input.length, world);
  return {
    execution,
    slots,
    items: metered.items,
    touched: metered.touched,
    fvmGas: total(metered.items),
    evmGas: Number(trace.gas) - execution.simulatedEvmGas,
    parts: byPart(metered.items),
    succeeded: !trace.failed,
    revertData: trace.failed ? `0x${Buffer.from(execution.root.output).toString("hex")}` : "0x",
  };
}

export const total = (items: readonly Item[]): number =>
  Math.round(items.reduce((sum, { price, count }) => sum + gasOf(price, count), 0));

export function byPart(items: readonly Item[]): Record<Part, number> {
  const parts = Object.fromEntries(PARTS.map((part) => [part, 0])) as Record<Part, number>;
  for (const { price, count } of items) parts[PRICES[price].part] += gasOf(price, count);
  return parts;
}

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replace(/^0x/, ""), "hex"));
