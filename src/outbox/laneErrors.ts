import { formatEther } from "ethers";

import { bothForms } from "../filecoin/filecoinAddress";

/** The key cannot pay. The same transaction is tried again once the address has been funded. */
export class InsufficientFundsError extends Error {
  override readonly name = "InsufficientFundsError";
  readonly retryable = true;
  constructor(
    readonly address: string,
    readonly chainId: bigint,
    readonly balanceAtto: bigint,
    readonly neededAtto: bigint,
  ) {
    const has =
      balanceAtto === 0n
        ? "has no FIL"
        : `has ${formatEther(balanceAtto)} FIL of the ${formatEther(neededAtto)} needed`;
    const faucet = chainId === 314159n ? " (Calibration: https://faucet.calibnet.chainsafe-fil.io)" : "";
    super(`The key's address ${bothForms(address, chainId)} ${has}. Send FIL to it${faucet}.`);
  }
}

/** Sending more within 2880 epochs (a day) would exceed the limit that the operator set. */
export class SpendingLimitError extends Error {
  override readonly name = "SpendingLimitError";
  readonly retryable = true;
  constructor(
    readonly limitAtto: bigint,
    readonly spentAtto: bigint,
    readonly costAtto: bigint,
  ) {
    super(
      `The daily spending limit is ${formatEther(limitAtto)} FIL; ${formatEther(spentAtto)} FIL are spent or under way and ` +
        `this transaction may cost ${formatEther(costAtto)} FIL. It waits until less was spent in the last 2880 epochs; raise ` +
        `--daily-limit to send it now.`,
    );
  }
}

/** A transaction waits for one with a lower nonce that does not exist: the node accepted it, and cannot mine it. */
export class NonceGapError extends Error {
  override readonly name = "NonceGapError";
  readonly retryable = true;
  constructor(
    readonly address: string,
    readonly nonce: bigint,
    readonly next: bigint,
  ) {
    super(
      `The transaction with nonce ${nonce} of ${address} waits for nonce ${next}, which no transaction has. ` +
        `An empty transaction to the address itself was sent to fill it.`,
    );
  }
}

/** Another program sent a transaction with the same key under the nonce of this one, which can no longer be mined. */
export class NonceTakenError extends Error {
  override readonly name = "NonceTakenError";
  constructor(
    readonly address: string,
    readonly nonce: bigint,
  ) {
    super(
      `Nonce ${nonce} of ${address} was used by another program. What to send is decided again; ` +
        `give each program a key of its own, so that they do not use each other's nonces.`,
    );
  }
}

/** It was stuck, and by then the contract would have refused it: an empty transaction took its nonce. */
export class WithdrawnError extends Error {
  override readonly name = "WithdrawnError";
  constructor(readonly action: string) {
    super(
      `The transaction (${action}) waited so long that the contract would refuse it now; an empty one took its nonce.`,
    );
  }
}
