import { keccak256, Transaction } from "ethers";

import type { Eip1193Provider } from "../../filecoin/rpc";
import { formatAddress } from "../../filecoin/filecoinAddress";
import { RpcFailure } from "./rpcServer";
import { outOfGas, reverted } from "./reverts";
import { failed } from "./params";

/** What it costs to store a small message, in gas: part of every estimate, and limits below are refused. */
const MESSAGE_GAS = 251_863n;

interface Held {
  raw: string;
  from: string;
  nonce: number;
}

interface CallRequest {
  to?: string;
}

/** The Ethereum side of a Lotus node over a Hardhat network: the same methods, with Lotus's own answers where it
 *  differs. Accounts stay Hardhat's, for the sake of deployments. */
export class LotusEthereum {
  /** Epochs in which nobody won a block, for tests to name. */
  readonly nullRounds = new Set<bigint>();
  /** Taken, given a hash, and not minable yet. */
  private held: Held[] = [];

  constructor(
    private readonly provider: Eip1193Provider,
    private readonly actorIdOf: (address: string) => Promise<bigint | undefined>,
  ) {}

  async answer(method: string, params: unknown[]): Promise<unknown> {
    switch (method) {
      case "eth_call":
        return this.call(params);
      case "eth_estimateGas":
        return hex(BigInt((await this.run(method, params, params[0] as CallRequest)) as string) + MESSAGE_GAS);
      case "eth_getLogs":
        return this.logs(params);
      case "eth_getBlockByNumber":
        return this.block(params);
      case "eth_getTransactionCount":
        return this.transactionCount(params);
      case "eth_sendRawTransaction":
        return this.sendRaw(params[0] as string);
      default:
        return this.forward(method, params);
    }
  }

  private forward(method: string, params: unknown[]): Promise<unknown> {
    return this.provider.request({ method, params });
  }

  private async head(): Promise<bigint> {
    return BigInt((await this.forward("eth_blockNumber", [])) as string);
  }

  /** At a null round, the state of the round before. */
  private async call([request, tag = "latest", ...overrides]: unknown[]): Promise<unknown> {
    const number = numberOf(tag);
    if (number !== undefined && number > (await this.head()))
      throw failed("requested a future epoch (beyond 'latest')");
    let at = number;
    while (at !== undefined && this.nullRounds.has(at)) at--;
    const params = [request, at === undefined ? tag : hex(at), ...overrides];
    return this.run("eth_call", params, request as CallRequest);
  }

  private async run(method: string, params: unknown[], request: CallRequest): Promise<unknown> {
    try {
      return await this.forward(method, params);
    } catch (error) {
      const { message, data } = error as { message: string; data?: unknown };
      const ranOut = /out of gas/i.test(message);
      if (!ranOut && !/revert/i.test(message)) throw error;
      const actor = request.to === undefined ? undefined : await this.actorIdOf(request.to);
      throw ranOut ? outOfGas(actor ?? 0n) : reverted(typeof data === "string" ? data : "0x", actor ?? 0n);
    }
  }

  private async logs(params: unknown[]): Promise<unknown> {
    const { fromBlock = "latest", toBlock = "latest" } = (params[0] ?? {}) as { fromBlock?: string; toBlock?: string };
    const head = await this.head();
    const [from, to] = [numberOf(fromBlock) ?? head, numberOf(toBlock) ?? head];
    const refused = (why: string) => failed(`failed to get events for filter: ${why}`);
    if (from > to)
      throw refused(
        `failed to parse eth filter spec: invalid epoch range: to block (${to}) must be after from block (${from})`,
      );
    if (to > head) throw refused("events for the requested block are not yet available");
    return this.forward("eth_getLogs", params);
  }

  private async block(params: unknown[]): Promise<unknown> {
    const number = numberOf(params[0]);
    if (number === undefined) return this.forward("eth_getBlockByNumber", params);
    if (this.nullRounds.has(number))
      throw new RpcFailure(12, `requested epoch was a null round (${number})`, Number(number));
    if (number > (await this.head())) throw failed("requested a future epoch (beyond 'latest')");
    return this.forward("eth_getBlockByNumber", params);
  }

  /** The message pool knows no nonce of an address that is no actor yet. */
  private async transactionCount([address, tag = "latest"]: unknown[]): Promise<unknown> {
    const count = await this.forward("eth_getTransactionCount", [address, tag]);
    if (tag !== "pending" || count !== "0x0") return count;
    const balance = await this.forward("eth_getBalance", [address, "latest"]);
    if (balance !== "0x0") return count;
    const named = formatAddress({ protocol: "delegated", ethereum: address as string });
    throw failed(
      `failed to get nonce from mpool: resolution lookup failed (${named}): resolve address ${named}: actor not found`,
    );
  }

  /** What cannot be mined is taken all the same, and waits: for funds, or for the nonces before it. */
  private async sendRaw(raw: string): Promise<unknown> {
    const { from, nonce, gasLimit } = Transaction.from(raw);
    if (gasLimit < MESSAGE_GAS)
      throw failed(
        "verify msg failed: message will not be included in a block: 'GasLimit' field cannot be less than the cost " +
          `of storing a message on chain ${gasLimit} < ${MESSAGE_GAS}`,
      );
    try {
      const hash = await this.forward("eth_sendRawTransaction", [raw]);
      await this.sendHeld();
      return hash;
    } catch (error) {
      const { message } = error as Error;
      if (!/enough funds|nonce too high/i.test(message)) throw refusedTransaction(message, raw) ?? error;
      this.held.push({ raw, from: from!, nonce });
      return keccak256(raw);
    }
  }

  private async sendHeld(): Promise<void> {
    for (const one of [...this.held].sort((a, b) => a.nonce - b.nonce)) {
      try {
        await this.forward("eth_sendRawTransaction", [one.raw]);
      } catch (error) {
        if (/enough funds|nonce too high/i.test((error as Error).message)) continue;
      }
      this.held = this.held.filter((other) => other !== one);
    }
  }
}

function refusedTransaction(message: string, raw: string): RpcFailure | undefined {
  const low = /Nonce too low. Expected nonce to be (\d+) but got (\d+)/.exec(message);
  if (low !== null) return failed(`minimum expected nonce is ${low[1]}, got ${low[2]}: message nonce too low`);
  if (/invalid chainId/i.test(message))
    return failed(`failed to convert to unsigned msg: invalid chain id: ${Transaction.from(raw).chainId}`);
  return undefined;
}

function numberOf(tag: unknown): bigint | undefined {
  return typeof tag === "string" && /^0x[0-9a-f]+$/i.test(tag) ? BigInt(tag) : undefined;
}

function hex(number: bigint): string {
  return `0x${number.toString(16)}`;
}
