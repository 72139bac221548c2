import { blake2b } from "@noble/hashes/blake2";
import { getAddress } from "ethers";
import { base32 } from "multiformats/bases/base32";

/** The Ethereum Address Manager's actor id: delegated addresses of EVM accounts are f4 with this namespace. */
const ETHEREUM_ADDRESS_MANAGER = 10;

/** The f410 form of an EVM address; `t410` on test networks, as their wallets and faucets write it. */
export function f410Of(address: string, prefix: "f" | "t" = "f"): string {
  const payload = Buffer.from(getAddress(address).slice(2), "hex");
  const checksum = blake2b(Buffer.concat([Buffer.from([4, ETHEREUM_ADDRESS_MANAGER]), payload]), { dkLen: 4 });
  const text = base32.baseEncode(Buffer.concat([payload, checksum]));
  return `${prefix}4${ETHEREUM_ADDRESS_MANAGER}f${text}`;
}

/** Both forms, for people: one is in the explorer, the other in the faucet. */
export function bothForms(address: string, chainId: bigint | number): string {
  return `${getAddress(address)} (${f410Of(address, BigInt(chainId) === 314n ? "f" : "t")})`;
}
