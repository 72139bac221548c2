import { blake2b } from "@noble/hashes/blake2b";
import { sha256 } from "@noble/hashes/sha2";
import { computeAddress, getBytes, keccak256, Signature, SigningKey } from "ethers";

import {
  addressFromBytes,
  addressOfPublicKey,
  addressToBytes,
  formatAddress,
  type FilecoinAddress,
} from "../filecoin/filecoinAddress";

/** The key that signs requests to a provider. Curio names a key by its kind; the signature carries the kind as its first byte. */
export interface CurioIdentity {
  kind: "secp256k1" | "delegated";
  address: FilecoinAddress;
  sign(digest: Uint8Array): Uint8Array;
}

const SIGNATURE_TYPE = { secp256k1: 1, delegated: 3 } as const;
const SCHEME = "CurioAuth";
const DRIFT_MINUTES = 1;

/** The Authorization header is missing, malformed, or not signed by its address. */
export class CurioAuthError extends Error {
  override readonly name = "CurioAuthError";
}

/** An Ethereum key: its address is f410f…, its signatures are over keccak-256. */
export function delegatedIdentity(privateKey: string): CurioIdentity {
  const key = new SigningKey(privateKey);
  return {
    kind: "delegated",
    address: { protocol: "delegated", ethereum: computeAddress(key.publicKey) },
    sign: (digest) => flat(key.sign(keccak256(digest))),
  };
}

/** A native Filecoin key: its address is f1…, its signatures are over BLAKE2b-256. */
export function secp256k1Identity(privateKey: string): CurioIdentity {
  const key = new SigningKey(privateKey);
  return {
    kind: "secp256k1",
    address: addressOfPublicKey(key.publicKey),
    sign: (digest) => flat(key.sign(blake2b(digest, { dkLen: 32 }))),
  };
}

/** The `Authorization` header for one request; it holds for the minute it was made in and the ones beside it. */
export function curioAuthorization(identity: CurioIdentity, method: string, path: string, now: Date): string {
  const address = addressToBytes(identity.address);
  const signature = identity.sign(authDigest(address, method, path, minuteOf(now)));
  const typed = Uint8Array.from([SIGNATURE_TYPE[identity.kind], ...signature]);
  return `${SCHEME} ${identity.kind}:${base64(address)}:${base64(typed)}`;
}

/** Checks a header and returns who signed it. */
export function verifyCurioAuthorization(
  header: string | undefined,
  method: string,
  path: string,
  now: Date,
): FilecoinAddress {
  const match = /^CurioAuth (secp256k1|delegated):([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)$/.exec(header ?? "");
  if (!match) throw new CurioAuthError("the Authorization header is not CurioAuth <kind>:<address>:<signature>");
  const kind = match[1] as CurioIdentity["kind"];
  const addressBytes = getBytes(Buffer.from(match[2]!, "base64"));
  const signature = getBytes(Buffer.from(match[3]!, "base64"));
  if (signature.length !== 66 || signature[0] !== SIGNATURE_TYPE[kind])
    throw new CurioAuthError(`the signature is not of the kind ${kind}`);
  const address = addressFromBytes(addressBytes);
  for (let minutes = -DRIFT_MINUTES; minutes <= DRIFT_MINUTES; minutes++) {
    const digest = authDigest(addressBytes, method, path, minuteOf(new Date(now.getTime() + minutes * 60_000)));
    if (signerOf(kind, digest, signature.slice(1)) === formatAddress(address)) return address;
  }
  throw new CurioAuthError(
    `the signature was not made by ${formatAddress(address)} for this request and minute: check key and clock`,
  );
}

/** SHA-256(address ‖ METHOD ‖ path ‖ minute). */
function authDigest(address: Uint8Array, method: string, path: string, minute: string): Uint8Array {
  return sha256(Buffer.concat([address, Buffer.from(method.toUpperCase() + path + minute)]));
}

/** RFC 3339 in UTC, cut to the minute: `2026-05-07T10:20:00Z`. */
function minuteOf(date: Date): string {
  return `${date.toISOString().slice(0, 16)}:00Z`;
}

function signerOf(kind: CurioIdentity["kind"], digest: Uint8Array, signature: Uint8Array): string | undefined {
  try {
    const hashed = kind === "delegated" ? getBytes(keccak256(digest)) : blake2b(digest, { dkLen: 32 });
    const publicKey = SigningKey.recoverPublicKey(hashed, unflat(signature));
    return kind === "delegated"
      ? formatAddress({ protocol: "delegated", ethereum: computeAddress(publicKey) })
      : formatAddress(addressOfPublicKey(publicKey));
  } catch {
    return undefined; // no key can be recovered: the signature is not valid
  }
}

/** r ‖ s ‖ v with v 0 or 1. */
function flat(signature: Signature): Uint8Array {
  return Uint8Array.from([...getBytes(signature.r), ...getBytes(signature.s), signature.yParity]);
}

function unflat(bytes: Uint8Array): Signature {
  const hex = (from: number, to: number) => `0x${Buffer.from(bytes.slice(from, to)).toString("hex")}`;
  return Signature.from({ r: hex(0, 32), s: hex(32, 64), yParity: bytes[64] === 0 ? 0 : 1 });
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
