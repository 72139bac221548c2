import { RpcError, RpcUnreachableError } from "./rpc";

/** What Lotus and Hardhat say, by code and text; the texts are those of `test/vectors/lotus-rpc.json`. */
function says(error: unknown, pattern: RegExp): boolean {
  return error instanceof RpcError && pattern.test(error.message);
}

export const isNullRound = (error: unknown) => error instanceof RpcError && error.code === 12;

export const isFutureBlock = (error: unknown) => says(error, /future epoch|requested block are not yet available/i);

export const isActorNotFound = (error: unknown) => says(error, /actor not found/i);

export const isMethodMissing = (error: unknown) =>
  error instanceof RpcError &&
  (error.code === -32601 || /method .* not (found|supported|available)/i.test(error.message));

/** Not one that is too high, of which Hardhat says, too, which it expected. */
export const isNonceTooLow = (error: unknown) => says(error, /nonce [^.]*too low/i);

/** It was sent before: the node's pool has it. */
export const isAlreadyKnown = (error: unknown) =>
  says(error, /already known|already in mpool|already exists|known transaction/i);

const TOO_BIG =
  /out of gas|OutOfGas|too many (results|blocks|logs)|too (large|big|wide)|more than \d+ results|block range|lookback/i;

/** Asking for less may help: out of gas, a time-out, an answer that is too large. */
export function isTooMuchAtOnce(error: unknown): boolean {
  if (error instanceof RpcUnreachableError) return error.timedOut;
  return says(error, TOO_BIG) || says(error, /timeout|timed out|deadline exceeded/i);
}

/** Waiting and trying again may help. */
export function isTransient(error: unknown): boolean {
  if (error instanceof RpcUnreachableError) return true;
  return (
    isFutureBlock(error) || says(error, /rate limit|too many requests|temporarily|timeout|timed out|deadline exceeded/i)
  );
}

/** The bytes that a contract reverted with, or undefined when the error is no revert. Out of gas is none. */
export function revertDataOf(error: unknown): string | undefined {
  if (!(error instanceof RpcError) || says(error, /out of gas|OutOfGas/i)) return undefined;
  const { data } = error;
  if (typeof data === "string" && data.startsWith("0x")) return data;
  // Hardhat's node wraps them once more.
  const inner = (data as { data?: unknown } | undefined)?.data;
  if (typeof inner === "string" && inner.startsWith("0x")) return inner;
  return error.code === 3 || /revert/i.test(error.message) ? "0x" : undefined;
}
