import { Transaction } from "ethers";

import type { JsonRpc } from "../../filecoin/rpc";
import { marketAbi, repairMinerAbi } from "../../protocol/marketAbi";

/** What the transactions of one kind came to. */
export interface Spent {
  transactions: number;
  failed: number;
  /** As the EVM counts; Filecoin charges otherwise (docs/gas.md). */
  evmGas: bigint;
}

/** Takes note of each transaction that goes through it. */
export class Spending implements JsonRpc {
  private readonly sent = new Map<string, string>();

  constructor(private readonly rpc: JsonRpc) {}

  async request<T = unknown>(method: string, params: readonly unknown[] = [], signal?: AbortSignal): Promise<T> {
    if (method === "eth_sendRawTransaction") {
      const { hash, data } = Transaction.from(params[0] as string);
      this.sent.set(hash!, kindOf(data));
    }
    return this.rpc.request<T>(method, params, signal);
  }

  /** By function. */
  async byKind(): Promise<Map<string, Spent>> {
    const kinds = new Map<string, Spent>();
    for (const [hash, kind] of this.sent) {
      type Receipt = { gasUsed: string; status: string } | null;
      const receipt = await this.rpc.request<Receipt>("eth_getTransactionReceipt", [hash]);
      if (receipt === null) continue;
      const spent = kinds.get(kind) ?? { transactions: 0, failed: 0, evmGas: 0n };
      spent.transactions++;
      if (BigInt(receipt.status) === 0n) spent.failed++;
      spent.evmGas += BigInt(receipt.gasUsed);
      kinds.set(kind, spent);
    }
    return kinds;
  }
}

function kindOf(data: string): string {
  if (data === "0x") return "nothing";
  const known = marketAbi.parseTransaction({ data }) ?? repairMinerAbi.parseTransaction({ data });
  return known?.name ?? data.slice(0, 10);
}
