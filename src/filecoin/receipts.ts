import { hexOf, nonceOf } from "./block";
import type { JsonRpc, RawLog } from "./rpc";
import { isNullRound } from "./rpcErrors";

export interface ChainReceipt {
  hash: string;
  block: bigint;
  succeeded: boolean;
  gasUsed: bigint;
  costAtto: bigint;
  logs: RawLog[];
}

interface RawReceipt {
  transactionHash: string;
  blockNumber: string | null;
  status: string;
  gasUsed: string;
  effectiveGasPrice?: string;
  logs: RawLog[];
}

export async function receiptOf(rpc: JsonRpc, hash: string): Promise<ChainReceipt | undefined> {
  const raw = await rpc.request<RawReceipt | null>("eth_getTransactionReceipt", [hash]);
  if (raw === null || raw === undefined || raw.blockNumber === null) return undefined;
  const gasUsed = BigInt(raw.gasUsed);
  return {
    hash: raw.transactionHash,
    block: BigInt(raw.blockNumber),
    succeeded: BigInt(raw.status) === 1n,
    gasUsed,
    costAtto: gasUsed * BigInt(raw.effectiveGasPrice ?? "0x0"),
    logs: raw.logs,
  };
}

export interface MinedTransaction {
  hash: string;
  to: string | null;
  input: string;
}

/**
 * The transaction that used `nonce`, searched between two blocks: some nodes return one hash when they accept a transaction
 * and another when it is mined. Undefined when the node no longer has those blocks.
 */
export async function findBySenderAndNonce(
  rpc: JsonRpc,
  sender: string,
  nonce: bigint,
  fromBlock: bigint,
  toBlock: bigint,
): Promise<MinedTransaction | undefined> {
  // The first block whose state has the nonce used up; nodes differ in whether `at` means before or after its messages.
  let low = fromBlock;
  let high = toBlock;
  while (low < high) {
    const middle = (low + high) / 2n;
    if ((await nonceOf(rpc, sender, middle)) > nonce) high = middle;
    else low = middle + 1n;
  }
  for (let number = low - 2n; number <= low + 2n && number <= toBlock; number++) {
    if (number < 0n) continue;
    const found = (await transactionsIn(rpc, number)).find(
      (it) => it.from.toLowerCase() === sender.toLowerCase() && BigInt(it.nonce) === nonce,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

async function transactionsIn(
  rpc: JsonRpc,
  number: bigint,
): Promise<(MinedTransaction & { from: string; nonce: string })[]> {
  try {
    type Full = { transactions: (MinedTransaction & { from: string; nonce: string })[] } | null;
    return (await rpc.request<Full>("eth_getBlockByNumber", [hexOf(number), true]))?.transactions ?? [];
  } catch (error) {
    if (isNullRound(error)) return [];
    throw error;
  }
}
