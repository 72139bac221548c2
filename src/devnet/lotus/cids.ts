import { getBytes } from "ethers";
import { CID } from "multiformats/cid";
import * as Digest from "multiformats/hashes/digest";

const DAG_CBOR = 0x71;
const BLAKE2B_256 = 0xb220;
const FIL_COMMITMENT_SEALED = 0xf102;
const POSEIDON_BLS12_381 = 0xb401;

export interface Link {
  "/": string;
}

/** A block or message named by the hash that the Ethereum side gives it: as Lotus's, `bafy2bza…`. */
export function chainLink(hash: string): Link {
  return { "/": CID.createV1(DAG_CBOR, Digest.create(BLAKE2B_256, getBytes(hash))).toString() };
}

/** The sealed commitment of a sector whose replica is never made. */
export function sealedLink(digest: Uint8Array): Link {
  return { "/": CID.createV1(FIL_COMMITMENT_SEALED, Digest.create(POSEIDON_BLS12_381, digest)).toString() };
}
