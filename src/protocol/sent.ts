import { isError, type TransactionReceipt, type TransactionResponse } from "ethers";

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
  (...args: Args): Promise<TransactionResponse>;
  estimateGas(...args: Args): Promise<bigint>;
}

/** It left, and whether it was mined is not known; or another transaction took its nonce. */
export class SentError extends Error {
  override readonly name = "SentError";
  constructor(
    readonly action: string,
    readonly hash: string,
    fate: string,
    options?: ErrorOptions,
  ) {
    super(`Transaction ${hash} (${action}) was sent, ${fate}`, options);
  }
}

/**
 * Estimates, sends, waits; returns the hash of what was mined, which a wallet may have sent again at another price. A refusal is
 * the contract's typed error: as a rule before anything is sent, and else for the reason that the contract gives to the mined
 * call when it is run again. Every error after the sending names the hash.
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
    const receipt = receiptIn(error, transaction, action);
    if (receipt.status === 1) return receipt.hash;
    throw await whyReverted(action, transaction, receipt);
  }
}

/** The receipt that ethers attaches to an error; throws what else the error means for the transaction. */
function receiptIn(error: unknown, { hash }: TransactionResponse, action: string): TransactionReceipt {
  if (isError(error, "CALL_EXCEPTION") && error.receipt) return error.receipt;
  if (isError(error, "TRANSACTION_REPLACED")) {
    if (error.reason === "repriced") return error.receipt;
    const fate =
      `but ${error.replacement.hash} took its nonce and was mined in its place (${error.reason}). ` +
      `Look at what that one did before you run the command again.`;
    throw new SentError(action, hash, fate, { cause: error });
  }
  const fate =
    `and it is not known what became of it: ${(error as Error).message}. ` +
    `Look whether it was mined before you run the command again: the command would send another one.`;
  throw new SentError(action, hash, fate, { cause: error });
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
  { from, to, data, value, provider }: TransactionResponse,
  { hash, blockNumber }: TransactionReceipt,
): Promise<unknown> {
  const failed = `Transaction ${hash} (${action}) was mined and failed.`;
  for (const blockTag of [blockNumber, blockNumber - 1]) {
    try {
      await provider.call({ from, to, data, value, blockTag });
    } catch (error) {
      if (revertDataIn(error) !== undefined) return refusal(error, `${action} (transaction ${hash})`);
      const why = `The node did not say why: ${(error as Error).message}.`;
      return new Error(`${failed} ${why} Look at the transaction before you run the command again.`, { cause: error });
    }
  }
  return new Error(`${failed} The contract accepts the same call now: run the command again.`);
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
