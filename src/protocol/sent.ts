import type { ContractTransactionReceipt, ContractTransactionResponse } from "ethers";

import { RECEIPT_WAIT_MS } from "../filecoin/networks";
import { repairErrors } from "./marketAbi";
import { decodeRevert } from "../filecoin/revert";
import { RpcError } from "../filecoin/rpc";

/*
 * What tasks send through a person's signer: no store and no lane are involved, only the wait for its
 * receipt. Programs send through `outbox/`.
 */

/** A method of a contract as ethers and typechain give it. */
interface Method<Args extends unknown[]> {
  (...args: Args): Promise<ContractTransactionResponse>;
  estimateGas(...args: Args): Promise<bigint>;
}

/**
 * Estimates, sends, waits; returns the hash. A refusal is the contract's typed error: as a rule before anything is sent,
 * and else for the reason that the contract gives to the mined call when it is run again.
 */
export async function sent<Args extends unknown[]>(
  action: string,
  method: Method<Args>,
  ...args: Args
): Promise<string> {
  await read(action, () => method.estimateGas(...args));
  const transaction = await read(action, () => method(...args));
  try {
    await transaction.wait(1, RECEIPT_WAIT_MS);
    return transaction.hash;
  } catch (error) {
    const receipt = revertedReceiptIn(error);
    throw receipt === undefined ? refusal(error, action) : await whyReverted(action, transaction, receipt);
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

/** The call is run again after its block, where what came before it is done, and as the block began. */
async function whyReverted(
  action: string,
  { from, to, data, value, provider }: ContractTransactionResponse,
  { hash, blockNumber }: ContractTransactionReceipt,
): Promise<unknown> {
  for (const blockTag of [blockNumber, blockNumber - 1]) {
    try {
      await provider.call({ from, to, data, value, blockTag });
    } catch (error) {
      if (revertDataIn(error) !== undefined) return refusal(error, action);
      throw error;
    }
  }
  return new Error(
    `Transaction ${hash} (${action}) was mined and failed. The contract accepts the same call now: run the command again.`,
  );
}

/** The receipt that ethers attaches when a transaction was mined and reverted. */
function revertedReceiptIn(error: unknown): ContractTransactionReceipt | undefined {
  const { code, receipt } = error as { code?: unknown; receipt?: ContractTransactionReceipt | null };
  return code === "CALL_EXCEPTION" ? (receipt ?? undefined) : undefined;
}

/** A refusal as the contract's typed error; anything else unchanged. */
function refusal(error: unknown, action: string): unknown {
  const data = revertDataIn(error);
  if (data === undefined) return error;
  return decodeRevert(new RpcError(action, 3, (error as Error).message, data), action, repairErrors);
}

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
