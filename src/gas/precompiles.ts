import { createHash } from "node:crypto";

import { wordOf } from "./memory";
import { ACTOR_METHODS, type PriceName } from "./prices";

/** A call through one of Filecoin's own precompiles. */
export interface ActorCall {
  price: PriceName;
  /** The method's name, or its number where the table has none. */
  name: string;
  /** The actor called, where the input names it by id. */
  actor?: bigint;
  value: bigint;
  /** The caller's state is stored before the call, since the actor may call back. */
  leavesContract: boolean;
}

const LAST_ETHEREUM_PRECOMPILE = 0x100;

const LOOK_UPS: Record<number, PriceName> = {
  1: "resolve_address",
  2: "lookup_delegated_address",
  6: "get_randomness",
};

export const isActorPrecompile = (address: string): boolean => /^0xfe0{36}0[1-6]$/.test(address);

export function isEthereumPrecompile(address: string): boolean {
  if (!/^0x0{37}[01][0-9a-f]{2}$/.test(address)) return false;
  return Number(address) > 0 && Number(address) <= LAST_ETHEREUM_PRECOMPILE;
}

/** A masked id address: native actors, and accounts without an Ethereum address. */
export const isMaskedId = (address: string): boolean => /^0xff0{22}[0-9a-f]{16}$/.test(address);

/** Input of ..03 and ..05: method, value, flags, codec, params, then address or id. */
export function readActorCall(precompile: string, input: Uint8Array): ActorCall {
  const number = Number(`0x${precompile.slice(-2)}`);
  const lookUp = LOOK_UPS[number];
  if (lookUp !== undefined) return { price: lookUp, name: lookUp, value: 0n, leavesContract: false };

  const word = (n: number) => wordOf(input.subarray(32 * n, 32 * (n + 1)));
  const method = word(0);
  const known = ACTOR_METHODS.get(method);
  return {
    price: known ?? "otherMethod",
    name: known ?? `method ${method}`,
    actor: number === 5 ? word(5) : undefined,
    value: word(1),
    leavesContract: true,
  };
}

export const sha256Of = (input: Uint8Array): Uint8Array => createHash("sha256").update(input).digest();
