import { computeAddress, SigningKey, toBeHex } from "ethers";

import type { Hex } from "../model/state";

/** Who acts: keys of their own, so that they can sign without asking anybody. */
export type KeyName =
  "client" | "owner" | "worker" | "otherOwner" | "otherWorker" | "reporter" | "stranger" | "spareWorker";

const NAMES: KeyName[] = [
  ...(["client", "owner", "worker", "otherOwner", "otherWorker", "reporter", "stranger", "spareWorker"] as const),
];

export interface Keyed {
  name: KeyName;
  address: Hex;
  publicKey: Hex;
  key: SigningKey;
}

export const KEYED = NAMES.map((name, index): Keyed => {
  const key = new SigningKey(toBeHex(0xa11ce + index, 32));
  return { name, address: computeAddress(key).toLowerCase(), publicKey: key.publicKey, key };
});

const byName = new Map(KEYED.map((keyed) => [keyed.name, keyed]));
const byAddress = new Map(KEYED.map((keyed) => [keyed.address, keyed]));

export const keyed = (name: KeyName): Keyed => byName.get(name)!;
export const keyOf = (address: Hex): Keyed | undefined => byAddress.get(address);
