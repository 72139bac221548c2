import { HDNodeWallet, Mnemonic } from "ethers";
import type { HardhatNetworkAccountsConfig } from "hardhat/types";

/** The private keys of Hardhat's own accounts. */
export function keysOf(accounts: HardhatNetworkAccountsConfig, count: number): string[] {
  if (Array.isArray(accounts)) return accounts.slice(0, count).map(({ privateKey }) => privateKey);
  const { mnemonic, passphrase, path, initialIndex } = accounts;
  const phrase = Mnemonic.fromPhrase(mnemonic, passphrase);
  return Array.from(
    { length: count },
    (_, i) => HDNodeWallet.fromMnemonic(phrase, `${path}/${initialIndex + i}`).privateKey,
  );
}
