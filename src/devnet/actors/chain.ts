import { Interface, toQuantity, type Result } from "ethers";

import { OPERATOR } from "./addresses";

/** What Hardhat's in-process network and every JSON-RPC client have in common. */
export interface Eip1193Provider {
  request(request: { method: string; params?: unknown[] }): Promise<unknown>;
}

export interface Log {
  address: string;
  topics: string[];
  data: string;
  blockNumber: string;
  blockHash: string;
  transactionHash: string;
}

export interface Receipt {
  status: string;
  blockNumber: string;
  logs: Log[];
}

/** The simulated actors refused a message; `name` and `args` are those of the Solidity error. */
export class SimulatedActorError extends Error {
  constructor(
    readonly reason: string,
    readonly args: Result,
    cause: unknown,
  ) {
    super(`${reason}(${args.map((arg) => String(arg)).join(", ")})`, { cause });
    this.name = "SimulatedActorError";
  }
}

const OPERATOR_GAS = 2_000_000_000n;
const RECEIPT_POLL_MS = 100;
const RECEIPT_WAIT_MS = 120_000;

/** Reads and messages to the simulated actors over any provider. */
export class LocalChain {
  constructor(readonly provider: Eip1193Provider) {}

  async request<T>(method: string, ...params: unknown[]): Promise<T> {
    return (await this.provider.request({ method, params })) as T;
  }

  async epoch(): Promise<bigint> {
    return BigInt(await this.request<string>("eth_blockNumber"));
  }

  async call(to: string, abi: Interface, name: string, args: unknown[]): Promise<Result> {
    const data = abi.encodeFunctionData(name, args);
    try {
      const answer = await this.request<string>("eth_call", { from: OPERATOR, to, data }, "latest");
      return abi.decodeFunctionResult(name, answer);
    } catch (error) {
      throw actorError(error, abi) ?? error;
    }
  }

  /** Sends a message as the operator and waits until it is mined; a refusal is a `SimulatedActorError`. */
  async transact(to: string, abi: Interface, name: string, args: unknown[]): Promise<Receipt> {
    const message = { from: OPERATOR, to, data: abi.encodeFunctionData(name, args), gas: toQuantity(OPERATOR_GAS) };
    try {
      const hash = await this.request<string>("eth_sendTransaction", message);
      const receipt = await this.#receipt(hash);
      // When blocks are mined by an interval, the receipt of a refusal has no reason: the call is made again to get it.
      if (BigInt(receipt.status) === 0n) await this.request("eth_call", message, receipt.blockNumber);
      if (BigInt(receipt.status) === 0n) throw new Error(`${name} failed at epoch ${BigInt(receipt.blockNumber)}`);
      return receipt;
    } catch (error) {
      throw actorError(error, abi) ?? error;
    }
  }

  async setCode(address: string, code: string): Promise<void> {
    await this.request("hardhat_setCode", address, code);
  }

  async #receipt(hash: string): Promise<Receipt> {
    const until = Date.now() + RECEIPT_WAIT_MS;
    for (;;) {
      const receipt = await this.request<Receipt | null>("eth_getTransactionReceipt", hash);
      if (receipt !== null) return receipt;
      if (Date.now() > until) {
        throw new Error(
          `the local network has not mined ${hash} for ${RECEIPT_WAIT_MS / 1000} s: is mining switched on?`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, RECEIPT_POLL_MS));
    }
  }
}

function actorError(error: unknown, abi: Interface): SimulatedActorError | undefined {
  const data = revertData(error);
  if (data === undefined) return undefined;
  const parsed = abi.parseError(data);
  return parsed === null ? undefined : new SimulatedActorError(parsed.name, parsed.args, error);
}

/** Providers nest the revert data differently: `error.data`, `error.data.data`, or one cause deeper. */
function revertData(error: unknown): string | undefined {
  for (let found = error, depth = 0; typeof found === "object" && found !== null && depth < 5; depth++) {
    const { data, error: inner, cause } = found as { data?: unknown; error?: unknown; cause?: unknown };
    if (typeof data === "string" && /^0x[0-9a-f]{8,}$/i.test(data)) return data;
    found = data ?? inner ?? cause;
  }
  return undefined;
}
