import { type Interface, Transaction, Wallet } from "ethers";

import type { Intents } from "../store/intents";
import type { Attempt, Intent } from "../store/schema";
import { balanceAttoOf, baseFeeAtto, type Block, blockAt, hexOf, nonceOf } from "../filecoin/block";
import {
  InsufficientFundsError,
  NonceGapError,
  NonceTakenError,
  SpendingLimitError,
  WithdrawnError,
} from "./laneErrors";
import { type ChainReceipt, findBySenderAndNonce, receiptOf } from "../filecoin/receipts";
import { ContractRevertError, decodeRevert } from "../filecoin/revert";
import { type JsonRpc, RpcError } from "../filecoin/rpc";
import { isAlreadyKnown, isNonceTooLow } from "../filecoin/rpcErrors";

export interface LaneSettings {
  /** Gas limit = estimate × this, in percent. On Filecoin never below 125. */
  gasPercent: bigint;
  /** A transaction not mined after so many epochs is sent again with a higher fee. */
  stuckEpochs: bigint;
  /** attoFIL that may be spent on gas in 2880 epochs; undefined: no limit. */
  dailyLimitAtto?: bigint;
}

export const LANE_DEFAULTS: LaneSettings = { gasPercent: 130n, stuckEpochs: 20n };

const DAY_EPOCHS = 2_880n;
/** A replacement must offer at least a quarter more. */
const FEE_STEP_PERCENT = 130n;

/** The result of an intent: mined with this receipt, still on its way, or failed for good (a receipt shows what it cost). */
export type Outcome =
  | { state: "mined"; receipt: ChainReceipt }
  | { state: "waiting"; problem?: Error }
  | { state: "failed"; error: Error; receipt?: ChainReceipt };

/**
 * The one way out for a key's transactions: populate, simulate, sign, store, send, and later confirm. A signed
 * transaction is stored before it leaves, and an intent never gets a second nonce while its first may still be mined:
 * whatever is sent again, and however often, is the same transaction.
 */
export class TransactionLane {
  readonly address: string;

  constructor(
    private readonly rpc: JsonRpc,
    private readonly key: Wallet,
    private readonly chainId: bigint,
    private readonly intents: Intents,
    private readonly contract: Interface,
    private readonly settings: LaneSettings = LANE_DEFAULTS,
  ) {
    this.address = key.address;
  }

  /** Signs, stores and broadcasts a planned intent. Throws when it cannot: the intent then stays planned. */
  async send(intent: Intent): Promise<void> {
    const call = { from: this.address, to: intent.toAddress, data: intent.data };
    const balance = await balanceAttoOf(this.rpc, this.address);
    if (balance === 0n) throw new InsufficientFundsError(this.address, this.chainId, 0n, 0n);
    const gasLimit = await this.simulate(call, intent.kind);
    const { maxFee, priorityFee } = await this.fees();
    const head = await blockAt(this.rpc, "latest");
    const cost = gasLimit * maxFee;
    const spent = await this.intents.spentSince(head.number - DAY_EPOCHS, this.address);
    this.checkFunds(balance, cost, spent);
    const attempt = await this.signAttempt(call, await this.nextNonce(), gasLimit, maxFee, priorityFee, head);
    await this.intents.sign(intent.id, attempt.nonce, attempt.stored);
    await this.broadcast(attempt.stored.raw);
  }

  /** Looks up a signed intent on chain. Sends it again if needed, with a higher fee when it is stuck. */
  async look(intent: Intent, pinned: Block): Promise<Outcome> {
    const attempts = await this.intents.attempts(intent.id);
    for (const { hash, raw } of attempts) {
      const receipt = await receiptOf(this.rpc, hash);
      if (receipt === undefined) continue;
      const withdrawn = Transaction.from(raw).data !== intent.data;
      if (withdrawn) return { state: "failed", error: new WithdrawnError(intent.kind), receipt };
      return this.outcomeOf(intent, receipt);
    }
    const nonce = intent.nonce!;
    const next = await nonceOf(this.rpc, this.address, "latest");
    if (next > nonce) return this.lookByNonce(intent, attempts, pinned);
    return this.resendOrReplace(intent, attempts, next);
  }

  private async simulate(call: { from: string; to: string; data: string }, kind: string): Promise<bigint> {
    try {
      await this.rpc.request("eth_call", [call, "latest"]);
      const estimate = BigInt(await this.rpc.request<string>("eth_estimateGas", [call]));
      return (estimate * this.settings.gasPercent) / 100n;
    } catch (error) {
      throw decodeRevert(error, kind, this.contract);
    }
  }

  private async fees(): Promise<{ maxFee: bigint; priorityFee: bigint }> {
    const priorityFee = BigInt(await this.rpc.request<string>("eth_maxPriorityFeePerGas"));
    // Twice the base fee stays enough over several full blocks.
    return { maxFee: 2n * (await baseFeeAtto(this.rpc)) + priorityFee, priorityFee };
  }

  private checkFunds(balance: bigint, cost: bigint, spentAtto: bigint): void {
    if (balance < cost) throw new InsufficientFundsError(this.address, this.chainId, balance, cost);
    const limit = this.settings.dailyLimitAtto;
    if (limit !== undefined && spentAtto + cost > limit) throw new SpendingLimitError(limit, spentAtto, cost);
  }

  /** After every transaction that the node has and every one that is stored as signed. */
  private async nextNonce(): Promise<bigint> {
    let next = await nonceOf(this.rpc, this.address, "pending");
    for (const { state, nonce, sender } of await this.intents.outstanding()) {
      if (state === "signed" && sender === this.address && nonce !== null && nonce >= next) next = nonce + 1n;
    }
    return next;
  }

  private async signAttempt(
    call: { to: string; data: string },
    nonce: bigint,
    gasLimit: bigint,
    maxFeePerGas: bigint,
    maxPriorityFeePerGas: bigint,
    head: Block,
  ): Promise<{ nonce: bigint; stored: Omit<Attempt, "intentId"> }> {
    const { to, data } = call;
    const fees = { gasLimit, maxFeePerGas, maxPriorityFeePerGas };
    const transaction = Transaction.from({ type: 2, chainId: this.chainId, to, data, nonce: Number(nonce), ...fees });
    const raw = await this.key.signTransaction(transaction);
    const stored = {
      hash: Transaction.from(raw).hash!,
      raw,
      maxCostAtto: (gasLimit * maxFeePerGas).toString(),
      maxFeeAtto: maxFeePerGas.toString(),
      priorityFeeAtto: maxPriorityFeePerGas.toString(),
      sentEpoch: head.number,
    };
    return { nonce, stored };
  }

  private async broadcast(raw: string): Promise<void> {
    try {
      await this.rpc.request("eth_sendRawTransaction", [raw]);
    } catch (error) {
      // Too low: it, or another one, has been mined. `look` finds out which.
      if (!isAlreadyKnown(error) && !isNonceTooLow(error)) throw error;
    }
  }

  private async outcomeOf(intent: Intent, receipt: ChainReceipt): Promise<Outcome> {
    if (receipt.succeeded) return { state: "mined", receipt };
    const call = { from: this.address, to: intent.toAddress, data: intent.data };
    let error: unknown = new Error(`Transaction ${receipt.hash} was mined and failed.`);
    try {
      await this.rpc.request("eth_call", [call, hexOf(receipt.block - 1n)]);
    } catch (why) {
      error = decodeRevert(why, intent.kind, this.contract);
    }
    return { state: "failed", error: error as Error, receipt };
  }

  /** The nonce is used up, but by none of the hashes that are known. */
  private async lookByNonce(intent: Intent, attempts: Attempt[], pinned: Block): Promise<Outcome> {
    const head = await blockAt(this.rpc, "latest");
    const from = attempts[0]?.sentEpoch ?? intent.createdEpoch;
    const found = await findBySenderAndNonce(this.rpc, this.address, intent.nonce!, from, head.number);
    if (found === undefined) {
      // Once the block that is believed has the nonce used up, the events up to it show what happened (`tick`).
      const seen = (await nonceOf(this.rpc, this.address, pinned.number)) > intent.nonce!;
      const problem = new NonceTakenError(this.address, intent.nonce!);
      return seen ? { state: "failed", error: problem } : { state: "waiting", problem };
    }
    const same = found.to?.toLowerCase() === intent.toAddress.toLowerCase() && found.input === intent.data;
    if (!same) return { state: "failed", error: new NonceTakenError(this.address, intent.nonce!) };
    const receipt = await receiptOf(this.rpc, found.hash);
    return receipt === undefined ? { state: "waiting" } : this.outcomeOf(intent, receipt);
  }

  /** Not mined yet: sends it again, with a higher fee when it is stuck, and returns what keeps it from being mined. */
  private async resendOrReplace(intent: Intent, attempts: Attempt[], next: bigint): Promise<Outcome> {
    const last = attempts.at(-1)!;
    const balance = await balanceAttoOf(this.rpc, this.address);
    const needed = BigInt(last.maxCostAtto);
    if (balance < needed) {
      const problem = new InsufficientFundsError(this.address, this.chainId, balance, needed);
      return { state: "waiting", problem };
    }
    const head = await blockAt(this.rpc, "latest");
    try {
      if (head.number - last.sentEpoch < this.settings.stuckEpochs) await this.broadcast(last.raw);
      else await this.replace(intent, last, head);
    } catch (problem) {
      if (!(problem instanceof RpcError)) throw problem;
      return { state: "waiting", problem }; // The node refuses it as it is; once it counts as stuck it is replaced.
    }
    const missing = await this.firstMissing(next, intent.nonce!);
    if (missing === undefined) return { state: "waiting" };
    await this.fill(missing, head);
    return { state: "waiting", problem: new NonceGapError(this.address, intent.nonce!, missing) };
  }

  private async replace(intent: Intent, last: Attempt, head: Block): Promise<void> {
    const market = await this.fees();
    const dearer = (fee: string, now: bigint) => {
      const raised = (BigInt(fee) * FEE_STEP_PERCENT) / 100n + 1n;
      return raised > now ? raised : now;
    };
    const maxFee = dearer(last.maxFeeAtto, market.maxFee);
    const priorityFee = dearer(last.priorityFeeAtto, market.priorityFee);
    const { call, gasLimit } = await this.stillPossible(intent);
    const capped = priorityFee > maxFee ? maxFee : priorityFee;
    const { nonce, stored } = await this.signAttempt(call, intent.nonce!, gasLimit, maxFee, capped, head);
    await this.intents.sign(intent.id, nonce, stored);
    await this.broadcast(stored.raw);
  }

  /** The intent's call; or, when the contract would refuse it by now, an empty call to itself, which frees the nonce. */
  private async stillPossible(intent: Intent): Promise<{ call: { to: string; data: string }; gasLimit: bigint }> {
    const call = { from: this.address, to: intent.toAddress, data: intent.data };
    try {
      return { call, gasLimit: await this.simulate(call, intent.kind) };
    } catch (error) {
      if (!(error instanceof ContractRevertError)) throw error;
      const empty = { from: this.address, to: this.address, data: "0x" };
      return { call: empty, gasLimit: await this.simulate(empty, "empty") };
    }
  }

  /** The first nonce in [next, nonce) that no stored transaction has, or undefined. */
  private async firstMissing(next: bigint, nonce: bigint): Promise<bigint | undefined> {
    const pending = await nonceOf(this.rpc, this.address, "pending");
    const stored = new Set((await this.intents.outstanding()).map((intent) => intent.nonce));
    for (let number = next > pending ? next : pending; number < nonce; number++) {
      if (!stored.has(number)) return number;
    }
    return undefined;
  }

  /** An empty transaction to itself, so that those behind it can be mined. */
  private async fill(nonce: bigint, head: Block): Promise<void> {
    const call = { from: this.address, to: this.address, data: "0x" };
    const gasLimit = await this.simulate(call, "fill");
    const { maxFee, priorityFee } = await this.fees();
    const { stored } = await this.signAttempt(call, nonce, gasLimit, maxFee, priorityFee, head);
    await this.broadcast(stored.raw);
  }
}
