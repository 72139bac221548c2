import { blake2b } from "@noble/hashes/blake2b";
import { getAddress, getBytes, SigningKey } from "ethers";
import { base32 } from "multiformats/bases/base32";

/** A Filecoin address: an actor id (f0), the hash of a secp256k1 key (f1), or an Ethereum address (f410f). */
export type FilecoinAddress =
  | { protocol: "id"; id: bigint }
  | { protocol: "secp256k1"; hash: Uint8Array }
  | { protocol: "delegated"; ethereum: string };

/** The actor id of the Ethereum address manager, the namespace of f410f addresses. */
const ETHEREUM_ADDRESS_MANAGER = 10;
const MAINNET = 314n;
const CHECKSUM_BYTES = 4;
const HASH_BYTES = 20;

export class FilecoinAddressError extends Error {
  override readonly name = "FilecoinAddressError";
  constructor(address: string, reason: string) {
    super(
      `"${address}" is not a Filecoin address that this program can use: ${reason}. Give one that starts with f0, f1 or f410f.`,
    );
  }
}

/** The address of an uncompressed or compressed secp256k1 public key. */
export function addressOfPublicKey(publicKey: string): FilecoinAddress {
  const uncompressed = getBytes(SigningKey.computePublicKey(publicKey, false));
  return { protocol: "secp256k1", hash: blake2b(uncompressed, { dkLen: HASH_BYTES }) };
}

/** The bytes of an address as actors and wire formats carry it. */
export function addressToBytes(address: FilecoinAddress): Uint8Array {
  switch (address.protocol) {
    case "id":
      return Uint8Array.from([0, ...leb128(address.id)]);
    case "secp256k1":
      return Uint8Array.from([1, ...address.hash]);
    case "delegated":
      return Uint8Array.from([4, ETHEREUM_ADDRESS_MANAGER, ...getBytes(address.ethereum)]);
  }
}

export function addressFromBytes(bytes: Uint8Array): FilecoinAddress {
  const shown = `0x${Buffer.from(bytes).toString("hex")}`;
  const payload = bytes.slice(1);
  switch (bytes[0]) {
    case 0:
      return { protocol: "id", id: fromLeb128(payload, shown) };
    case 1:
      if (payload.length !== HASH_BYTES) throw new FilecoinAddressError(shown, "its hash does not have 20 bytes");
      return { protocol: "secp256k1", hash: payload };
    case 4:
      return { protocol: "delegated", ethereum: ethereumOf(payload, shown) };
    default:
      throw new FilecoinAddressError(shown, `its protocol ${bytes[0] ?? "(none)"} is not supported`);
  }
}

/** `f01003`, `f1…`, `f410f…`; with `t` in front as test networks' wallets and faucets write it. */
export function formatAddress(address: FilecoinAddress, network: "f" | "t" = "f"): string {
  const bytes = addressToBytes(address);
  switch (address.protocol) {
    case "id":
      return `${network}0${address.id}`;
    case "secp256k1":
      return `${network}1${checksummed(bytes.slice(1), bytes)}`;
    case "delegated":
      return `${network}4${ETHEREUM_ADDRESS_MANAGER}f${checksummed(bytes.slice(2), bytes)}`;
  }
}

/** Both forms of an EVM address, for people: one is in the explorer, the other in the faucet. */
export function bothForms(address: string, chainId: bigint | number): string {
  const network = BigInt(chainId) === MAINNET ? "f" : "t";
  return `${getAddress(address)} (${formatAddress({ protocol: "delegated", ethereum: address }, network)})`;
}

/** Reads an address of mainnet (f…) or a test network (t…); the checksum must be right. */
export function parseAddress(text: string): FilecoinAddress {
  const body = text.slice(2);
  if (!/^[ft]/.test(text)) throw new FilecoinAddressError(text, "it does not start with f or t");
  switch (text[1]) {
    case "0":
      if (!/^\d{1,20}$/.test(body)) throw new FilecoinAddressError(text, "its id is not a decimal number");
      return { protocol: "id", id: BigInt(body) };
    case "1": {
      const hash = unchecksum(body, (payload) => [1, ...payload], text);
      return addressFromBytes(Uint8Array.from([1, ...hash]));
    }
    case "4": {
      const [namespace, subaddress] = [body.slice(0, body.indexOf("f")), body.slice(body.indexOf("f") + 1)];
      if (namespace !== String(ETHEREUM_ADDRESS_MANAGER))
        throw new FilecoinAddressError(text, "its namespace is not 10");
      const payload = unchecksum(subaddress, (p) => [4, ETHEREUM_ADDRESS_MANAGER, ...p], text);
      return addressFromBytes(Uint8Array.from([4, ETHEREUM_ADDRESS_MANAGER, ...payload]));
    }
    default:
      throw new FilecoinAddressError(text, `its protocol ${text[1] ?? "(none)"} is not supported`);
  }
}

function ethereumOf(payload: Uint8Array, shown: string): string {
  if (payload[0] !== ETHEREUM_ADDRESS_MANAGER || payload.length !== HASH_BYTES + 1)
    throw new FilecoinAddressError(shown, "it is not an Ethereum address");
  return getAddress(`0x${Buffer.from(payload.slice(1)).toString("hex")}`);
}

function checksum(bytes: Uint8Array): Uint8Array {
  return blake2b(bytes, { dkLen: CHECKSUM_BYTES });
}

function checksummed(payload: Uint8Array, addressBytes: Uint8Array): string {
  return base32.baseEncode(Uint8Array.from([...payload, ...checksum(addressBytes)]));
}

function unchecksum(text: string, bytesOf: (payload: Uint8Array) => number[], shown: string): Uint8Array {
  let decoded: Uint8Array;
  try {
    decoded = base32.baseDecode(text);
  } catch (cause) {
    throw Object.assign(new FilecoinAddressError(shown, "it is not base32"), { cause });
  }
  const payload = decoded.slice(0, -CHECKSUM_BYTES);
  const given = decoded.slice(-CHECKSUM_BYTES);
  if (Buffer.compare(checksum(Uint8Array.from(bytesOf(payload))), given) !== 0)
    throw new FilecoinAddressError(shown, "its checksum is wrong");
  return payload;
}

function leb128(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    if (rest < 0x80n) return [...bytes, Number(rest)];
    bytes.push(Number(rest & 0x7fn) | 0x80);
  }
}

function fromLeb128(bytes: Uint8Array, shown: string): bigint {
  let value = 0n;
  for (const [i, byte] of bytes.entries()) {
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (byte < 0x80 && i === bytes.length - 1) return value;
  }
  throw new FilecoinAddressError(shown, "its id is incomplete");
}
