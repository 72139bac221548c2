import type { Logger } from "pino";
import { ulid } from "ulid";

import type { Block } from "../chain/block";
import type { TransactionLane } from "../chain/lane";
import type { ChainReceipt } from "../chain/receipts";
import type { Intents } from "../store/intents";
import type { Intent } from "../store/schema";

export interface Call {
  /** The bid or deal that it concerns; undefined: none. */
  dealId?: bigint;
  to: string;
  data: string;
  reason: string;
}

/** mined: it did what it should · waiting: it, or another one about this deal, is on its way · failed: mined in vain. */
export type Sent = "mined" | "waiting" | "failed";

/** The miner's transactions, through the one lane of its key: at most one at a time about each deal. */
export class Transactions {
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly intents: Intents,
    readonly lane: Pick<TransactionLane, "address" | "send" | "look">,
    private readonly log: Logger,
  ) {}

  /** What became of those on their way; what never left is forgotten and decided anew. */
  async confirm(pinned: Block): Promise<number> {
    return this.inTurn(async () => {
      let waiting = 0;
      for (const intent of await this.intents.outstanding()) {
        if (intent.state === "planned") await this.intents.drop(intent.id);
        else if (intent.state === "signed" && (await this.look(intent, pinned)) === "waiting") waiting++;
      }
      await this.intents.finish(pinned.number);
      return waiting;
    });
  }

  /** One about this deal whose effect the block that is believed does not show yet. */
  async underWay(call: Pick<Call, "dealId" | "data">): Promise<Intent | undefined> {
    const same = ({ requestId, data }: Intent) =>
      call.dealId === undefined ? data === call.data : requestId === call.dealId;
    return (await this.intents.outstanding()).find(same);
  }

  /** Stores the intent, sends it, and looks once. Throws the contract's refusal: nothing has happened then. */
  async send(call: Call, at: Block): Promise<Sent> {
    return this.inTurn(async () => {
      if ((await this.underWay(call)) !== undefined) return "waiting";
      const { dealId, to, data, reason } = call;
      const intent = await this.intents.plan({
        ...{ id: ulid(), kind: "call", reason, toAddress: to, data },
        ...{ sender: this.lane.address, createdEpoch: at.number },
        ...(dealId === undefined ? {} : { requestId: dealId }),
      });
      await this.broadcast(intent);
      this.log.info({ deal: dealId?.toString(), reason }, "sent");
      return this.look((await this.intents.get(intent.id))!, at);
    });
  }

  private async broadcast(intent: Intent): Promise<void> {
    try {
      await this.lane.send(intent);
    } catch (error) {
      // Signed and stored, but not heard to be taken: it is on its way for all we know.
      if ((await this.intents.get(intent.id))?.state === "signed") return;
      await this.intents.drop(intent.id);
      throw error;
    }
  }

  private async look(intent: Intent, pinned: Block): Promise<Sent> {
    const outcome = await this.lane.look(intent, pinned);
    if (outcome.state === "mined") {
      await this.intents.mined(receiptRow(intent, outcome.receipt));
      return "mined";
    }
    if (outcome.state === "failed") {
      await this.intents.fail(intent.id, outcome.error.message);
      this.log.error({ deal: intent.requestId?.toString(), error: outcome.error.message }, "a transaction failed");
      return "failed";
    }
    if (outcome.problem !== undefined && outcome.problem.message !== intent.error) {
      await this.intents.note(intent.id, outcome.problem.message);
      this.log.warn({ problem: outcome.problem.message }, "a transaction is waiting");
    }
    return "waiting";
  }

  /** One after the other: the next nonce is known only when the one before is stored. */
  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(work);
    this.turn = mine.catch(() => undefined);
    return mine;
  }
}

function receiptRow(intent: Intent, { hash, block, gasUsed, costAtto }: ChainReceipt) {
  return { intentId: intent.id, hash, block, succeeded: 1n, gasUsed, costAtto: costAtto.toString() };
}
