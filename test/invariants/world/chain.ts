import type { Eip1193Provider, Log } from "../../../src/devnet/actors/chain";
import type { Hex } from "../model/state";

export interface Message {
  from: Hex;
  to: Hex | undefined;
  data: Hex;
  value: bigint;
}

export interface Sent {
  epoch: number;
  gasUsed: number;
  logs: Log[];
}

export type Answer = { ok: true; data: Hex } | { ok: false; data: Hex };

const SECONDS_PER_EPOCH = "0x1e";
const GAS = "0x1312d00";
const FEE = "0x174876e800";
const quantity = (value: number | bigint) => `0x${value.toString(16)}`;

/** The chain without comforts: each of these would be paid for a million times. Blocks come with transactions alone. */
export class Chain {
  private head = 0;

  constructor(readonly provider: Eip1193Provider) {}

  request<T>(method: string, ...params: unknown[]): Promise<T> {
    return this.provider.request({ method, params }) as Promise<T>;
  }

  /** The epoch of the newest block. */
  get epoch(): number {
    return this.head;
  }

  async look(): Promise<number> {
    this.head = Number(await this.request<string>("eth_blockNumber"));
    return this.head;
  }

  /** What comes next happens at this epoch. */
  async nextAt(epoch: number): Promise<void> {
    const missing = epoch - 1 - this.head;
    if (missing < 0) throw new RangeError(`Epoch ${epoch} is past: it is ${this.head}.`);
    if (missing > 0) await this.request("hardhat_mine", quantity(missing), SECONDS_PER_EPOCH);
    this.head += missing;
  }

  /** In a block of its own. */
  async send(message: Message): Promise<Sent | { refused: Hex }> {
    const fees = { gas: GAS, maxFeePerGas: FEE, maxPriorityFeePerGas: "0x0" };
    let hash: string;
    try {
      hash = await this.request<string>("eth_sendTransaction", { ...rpcMessage(message), ...fees });
    } catch (error) {
      return { refused: revertData(error) };
    }
    this.head++;
    const receipt = await this.request<{ gasUsed: string; blockNumber: string; logs: Log[] }>(
      "eth_getTransactionReceipt",
      hash,
    );
    if (Number(receipt.blockNumber) !== this.head) throw new Error("Blocks come from elsewhere.");
    return { epoch: this.head, gasUsed: Number(receipt.gasUsed), logs: receipt.logs };
  }

  /** As the next transaction would find it. */
  async tryNext(message: Message): Promise<Answer> {
    return this.call(message, "pending");
  }

  async call(message: Message, at: "latest" | "pending" = "latest"): Promise<Answer> {
    try {
      return { ok: true, data: await this.request<Hex>("eth_call", { ...rpcMessage(message), gas: "0x3b9aca00" }, at) };
    } catch (error) {
      return { ok: false, data: revertData(error) };
    }
  }

  async impersonate(account: Hex, balance: bigint): Promise<void> {
    await this.request("hardhat_impersonateAccount", account);
    await this.request("hardhat_setBalance", account, quantity(balance));
  }
}

function rpcMessage({ from, to, data, value }: Message): object {
  return { from, ...(to === undefined ? {} : { to }), data, value: quantity(value) };
}

/** Of a refusal by a contract; anything else is thrown on. */
function revertData(error: unknown): Hex {
  const { data } = error as { data?: unknown };
  if (typeof data === "string") return data;
  const inner = (data as { data?: unknown } | undefined)?.data;
  if (typeof inner === "string") return inner;
  throw error;
}
