import type { Interface, Wallet } from "ethers";
import type { Logger } from "pino";
import { ulid } from "ulid";

import { baseFeeAtto, type Block } from "../filecoin/block";
import { LANE_DEFAULTS, type LaneSettings, type Outcome as LaneOutcome, TransactionLane } from "./lane";
import type { ChainReceipt } from "../filecoin/receipts";
import { ContractRevertError, decodeRevert } from "../filecoin/revert";
import { type JsonRpc, RpcError, RpcUnreachableError } from "../filecoin/rpc";
import type { Intents } from "../store/intents";
import type { Intent } from "../store/schema";

/** A transaction that a program wants sent. */
export interface Call {
  to: string;
  data: string;
  /** Why, for people. */
  reason: string;
  /** Default: "call". */
  kind?: Intent["kind"];
  /** The piece, or another name of what it is about. */
  piece?: string;
  /** The request, bid or deal that it is about. */
  requestId?: bigint;
  /** True: nothing is sent while another about the same thing is under way (see `underWay`). */
  single?: boolean;
}

/** The result of an intent: mined and successful, failed (mined or not), or still on its way. */
export type Seen =
  | { state: "mined"; intent: Intent; receipt: ChainReceipt }
  | {
      state: "failed";
      intent: Intent;
      error: Error;
      /** The contract's refusal, if it gives one: somebody else was first, or it was never allowed. */
      refusal?: ContractRevertError;
      /** attoFIL that the failed attempt cost. */
      costAtto: bigint;
    }
  | { state: "waiting"; intent: Intent };

/** How the programs differ. */
export interface OutboxOptions {
  /**
   * What was planned and never sent, because its process ended or the key could not pay: `resend` sends just that one,
   * as long as the contract accepts it; `forget` drops it, for a program that decides again from the chain's state.
   */
  planned: "resend" | "forget";
  /**
   * When a mined transaction is no longer under way: as soon as the believed block includes it (`block`), or when
   * the program has read the contract's events up to there and says so with `Intents.finish` (`events`).
   */
  seen: "block" | "events";
  /** The fields by which log lines name what an intent is about. */
  about?: (intent: Intent) => Record<string, unknown>;
  /** The request that a mined intent opened; stored in one step with its receipt. */
  opened?: (intent: Intent, receipt: ChainReceipt) => bigint | undefined;
}

export interface OutboxParts {
  intents: Intents;
  lane: Pick<TransactionLane, "address" | "send" | "look">;
  rpc: JsonRpc;
  log: Logger;
  /** Names the errors of the contracts that are called. */
  errors: Interface;
}

/**
 * The one way out for all transactions of a program: intent stored → signed (stored before it leaves) → sent → seen, its
 * receipt stored with what it cost. A process that is killed between any two of these neither loses nor repeats one.
 */
export class Outbox {
  readonly lane: OutboxParts["lane"];
  private readonly intents: Intents;
  private readonly log: Logger;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly parts: OutboxParts,
    private readonly options: OutboxOptions,
  ) {
    this.lane = parts.lane;
    this.intents = parts.intents;
    this.log = parts.log;
  }

  get address(): string {
    return this.lane.address;
  }

  /**
   * Stores the intent and sends it. Throws the contract's refusal: nothing was sent then. With `forget` it also throws any
   * other error that kept it from being signed; with `resend` that error is stored with the intent, which stays planned.
   * Returns the other intent when a `single` one finds one under way.
   */
  async send(call: Call, at: Pick<Block, "number">): Promise<Intent> {
    return this.inTurn(async () => (await this.post(call, at)).intent);
  }

  /** The same, and looks the result up once. */
  async sendAndLook(call: Call, at: Block): Promise<Seen> {
    return this.inTurn(async () => {
      const { intent, isNew } = await this.post(call, at);
      return isNew && intent.state === "signed" ? this.look(intent, at) : { state: "waiting", intent };
    });
  }

  /**
   * Looks up on chain everything that is on its way, and sends or drops what was only planned (see `planned`). One that the
   * node gives no answer about stays on its way, and keeps nothing back that is known of the others. Where no events are
   * read (`seen: "block"`), so does one that was mined after `pinned`.
   */
  async settle(pinned: Block): Promise<Seen[]> {
    return this.inTurn(async () => {
      const seen: Seen[] = [];
      for (const intent of await this.intents.outstanding()) {
        if (intent.state === "planned") seen.push(...(await this.resumePlanned(intent)));
        else if (intent.state === "signed") seen.push(await this.look(intent, pinned, this.options.seen === "block"));
      }
      if (this.options.seen === "block") await this.intents.finish(pinned.number);
      return seen;
    });
  }

  /** One about the same request or deal, else of the same name, else with the same calldata, whose effect is not seen yet. */
  async underWay(call: Pick<Call, "requestId" | "piece" | "data">): Promise<Intent | undefined> {
    const same = ({ requestId, piece, data }: Intent) => {
      if (call.requestId !== undefined) return requestId === call.requestId;
      return call.piece !== undefined ? piece === call.piece : data === call.data;
    };
    return (await this.intents.outstanding()).find(same);
  }

  /** attoFIL of gas that the call would cost now. Throws the contract's refusal. */
  async price({ to, data, piece, kind = "call" }: Call): Promise<bigint> {
    const { rpc, errors } = this.parts;
    try {
      const gas = BigInt(await rpc.request<string>("eth_estimateGas", [{ from: this.address, to, data }]));
      const priority = BigInt(await rpc.request<string>("eth_maxPriorityFeePerGas"));
      return gas * ((await baseFeeAtto(rpc)) + priority);
    } catch (error) {
      throw decodeRevert(error, piece ?? kind, errors);
    }
  }

  private async post(call: Call, at: Pick<Block, "number">): Promise<{ intent: Intent; isNew: boolean }> {
    const { to, data, reason, kind = "call", piece, requestId, single = false } = call;
    const other = single ? await this.underWay(call) : undefined;
    if (other !== undefined) return { intent: other, isNew: false };
    const planned = await this.intents.plan({
      ...{ id: ulid(), kind, reason, toAddress: to, data, sender: this.address, createdEpoch: at.number },
      ...{ piece, requestId },
    });
    return { intent: await this.dispatch(planned), isNew: true };
  }

  private async dispatch(planned: Intent): Promise<Intent> {
    try {
      await this.lane.send(planned);
    } catch (cause) {
      const error = cause as Error;
      const stored = await this.intents.get(planned.id);
      // Not signed: nothing has happened.
      if (stored?.state !== "signed") return this.handleUnsent(planned, error);
      // Signed and stored, but the node did not confirm it: it may be on its way, and is treated as such.
      await this.warnOnce(stored, error, "the node may not have accepted the transaction");
    }
    const signed = (await this.intents.get(planned.id))!;
    const [attempt] = await this.intents.attempts(planned.id);
    this.log.info({ ...this.about(signed), reason: signed.reason, hash: attempt!.hash }, "sent");
    return signed;
  }

  private async handleUnsent(planned: Intent, error: Error): Promise<Intent> {
    if (this.options.planned === "forget") {
      await this.intents.drop(planned.id);
      throw error;
    }
    if (error instanceof ContractRevertError) {
      await this.intents.fail(planned.id, error.message);
      throw error;
    }
    await this.warnOnce(planned, error, "a transaction could not be sent yet");
    return planned;
  }

  /** A planned intent that an earlier process, or an earlier try, left behind. */
  private async resumePlanned(planned: Intent): Promise<Seen[]> {
    if (this.options.planned === "forget") {
      await this.intents.drop(planned.id);
      return [];
    }
    try {
      return [{ state: "waiting", intent: await this.dispatch(planned) }];
    } catch (error) {
      if (!(error instanceof ContractRevertError)) throw error;
      this.log.error({ ...this.about(planned), error: error.message }, "a transaction failed");
      return [{ state: "failed", intent: planned, error, refusal: error, costAtto: 0n }];
    }
  }

  private async look(intent: Intent, pinned: Block, believedOnly = false): Promise<Seen> {
    try {
      return await this.lookUp(intent, pinned, believedOnly);
    } catch (error) {
      if (!isAnswerOfNode(error)) throw error;
      await this.warnOnce(intent, error, "a transaction could not be looked up; the next look tries again");
      return { state: "waiting", intent };
    }
  }

  private async lookUp(intent: Intent, pinned: Block, believedOnly: boolean): Promise<Seen> {
    const outcome = await this.lane.look(intent, pinned);
    if (outcome.state === "mined") {
      // A reorganisation may undo a later block; it is looked up again until it is in one that is believed.
      if (believedOnly && outcome.receipt.block > pinned.number) return { state: "waiting", intent };
      return this.mined(intent, outcome.receipt);
    }
    if (outcome.state === "failed") return this.failed(intent, outcome);
    if (outcome.problem !== undefined) await this.warnOnce(intent, outcome.problem, "a transaction is waiting");
    return { state: "waiting", intent };
  }

  private async mined(intent: Intent, receipt: ChainReceipt): Promise<Seen> {
    const opened = this.options.opened?.(intent, receipt);
    await this.intents.mined(rowOf(intent, receipt), opened);
    const { hash, gasUsed, costAtto } = receipt;
    const cost = { gasUsed: Number(gasUsed), costAtto: costAtto.toString() };
    this.log.info({ ...this.about({ ...intent, requestId: opened ?? intent.requestId }), hash, ...cost }, "mined");
    return { state: "mined", intent, receipt };
  }

  private async failed(
    intent: Intent,
    { error, receipt }: Extract<LaneOutcome, { state: "failed" }>,
  ): Promise<Extract<Seen, { state: "failed" }>> {
    const refusal = error instanceof ContractRevertError ? error : await this.refusalNow(intent);
    const why =
      refusal === undefined || refusal === error
        ? error.message
        : `${error.message} The same call now: ${refusal.message}`;
    await this.intents.fail(intent.id, why, receipt === undefined ? undefined : rowOf(intent, receipt));
    this.log.error({ ...this.about(intent), hash: receipt?.hash, error: why }, "a transaction failed");
    return { state: "failed", intent, error, refusal, costAtto: receipt?.costAtto ?? 0n };
  }

  /** The contract's answer to the same call now: another transaction of the same block may have come before it. */
  private async refusalNow({ toAddress, data, kind }: Intent): Promise<ContractRevertError | undefined> {
    try {
      await this.parts.rpc.request("eth_call", [{ from: this.address, to: toAddress, data }, "latest"]);
      return undefined;
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      const decoded = decodeRevert(error, kind, this.parts.errors);
      return decoded instanceof ContractRevertError ? decoded : undefined;
    }
  }

  /** Logs the same problem once, also across restarts of the process. */
  private async warnOnce(intent: Intent, problem: Error, message: string): Promise<void> {
    if (problem.message === intent.error) return;
    this.log.warn({ ...this.about(intent), problem: problem.message }, message);
    await this.intents.note(intent.id, problem.message);
  }

  private about(intent: Intent): Record<string, unknown> {
    const { kind, piece, requestId } = intent;
    const about = this.options.about?.(intent) ?? { kind, piece: piece ?? undefined, request: requestId?.toString() };
    return { intent: intent.id, ...about };
  }

  /** One after the other: the next nonce is known only when the one before is stored. */
  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(work);
    this.turn = mine.catch(() => undefined);
    return mine;
  }
}

/** Errors of the node, or of a contract on it: the program and its store are in order. */
function isAnswerOfNode(error: unknown): error is Error {
  return [RpcError, RpcUnreachableError, ContractRevertError].some((kind) => error instanceof kind);
}

/** How many of them are still on their way. */
export function countWaiting(seen: readonly Seen[]): number {
  return seen.filter(({ state }) => state === "waiting").length;
}

/** The outbox of a key, with a lane of its own. */
export function openOutbox(
  parts: Omit<OutboxParts, "lane"> & { key: Wallet; chainId: bigint; settings?: Partial<LaneSettings> },
  options: OutboxOptions,
): Outbox {
  const { rpc, key, chainId, intents, errors, settings } = parts;
  const lane = new TransactionLane(rpc, key, chainId, intents, errors, { ...LANE_DEFAULTS, ...settings });
  return new Outbox({ ...parts, lane }, options);
}

function rowOf(intent: Intent, { hash, block, succeeded, gasUsed, costAtto }: ChainReceipt) {
  return {
    ...{ intentId: intent.id, hash, block, succeeded: succeeded ? 1n : 0n },
    ...{ gasUsed, costAtto: costAtto.toString() },
  };
}
