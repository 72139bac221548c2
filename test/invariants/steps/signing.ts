import { keccak256, Signature as EthersSignature } from "ethers";

import type { Signature } from "../model/agreements";
import type { Hex } from "../model/state";
import { keyOf } from "../world/actors";

export interface Signed {
  /** What the model knows of it; undefined: it is no signature. */
  meant: Signature | undefined;
  bytes: Hex;
}

const known = new Map<string, Hex>();
const MOST_KNOWN = 10_000;

/** Signing is slow, and sequences repeat themselves. */
export function signed(signer: Hex, digest: Hex): Signed {
  const key = `${signer}${digest}`;
  let bytes = known.get(key);
  if (bytes === undefined) {
    bytes = EthersSignature.from(keyOf(signer)!.key.sign(digest)).serialized;
    if (known.size > MOST_KNOWN) known.clear();
    known.set(key, bytes);
  }
  return { meant: { signer, digest }, bytes };
}

export const NO_SIGNATURE: Signed = { meant: undefined, bytes: "0x" };

/** A digest that means nothing, made from one that does. */
export const otherDigest = (digest: Hex): Hex => keccak256(digest);
