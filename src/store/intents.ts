import type { Kysely } from "kysely";

import type { Attempt, Intent, Receipt, Schema } from "./schema";

export type NewIntent = Pick<Intent, "id" | "kind" | "reason" | "toAddress" | "data" | "sender" | "createdEpoch"> &
  Partial<Pick<Intent, "piece" | "requestId">>;

async function storeReceipt(db: Kysely<Schema>, receipt: Receipt): Promise<void> {
  const insert = db.insertInto("receipts").values(receipt);
  await insert.onConflict((conflict) => conflict.column("intentId").doUpdateSet(receipt)).execute();
}

/** What a program intends to send, stored before it is sent, and the result. */
export class Intents {
  constructor(private readonly db: Kysely<Schema>) {}

  async plan(intent: NewIntent): Promise<Intent> {
    return this.db
      .insertInto("intents")
      .values({ ...intent, state: "planned" })
      .returningAll()
      .executeTakeFirstOrThrow();
  }

  /** Stores the signed transaction, before it is broadcast: sending it again can then never have its effect twice. */
  async sign(intentId: string, nonce: bigint, attempt: Omit<Attempt, "intentId">): Promise<void> {
    await this.db.transaction().execute(async (trx) => {
      await trx
        .insertInto("attempts")
        .values({ ...attempt, intentId })
        .execute();
      await trx.updateTable("intents").set({ state: "signed", nonce }).where("id", "=", intentId).execute();
    });
  }

  async mined(receipt: Receipt, requestId?: bigint): Promise<void> {
    await this.db.transaction().execute(async (trx) => {
      await storeReceipt(trx, receipt);
      const found = requestId === undefined ? {} : { requestId };
      await trx
        .updateTable("intents")
        .set({ state: "mined", minedBlock: receipt.block, error: null, ...found })
        .where("id", "=", receipt.intentId)
        .execute();
    });
  }

  /** It has failed for good. `receipt`: it was mined and cost gas. */
  async fail(intentId: string, error: string, receipt?: Receipt): Promise<void> {
    await this.db.transaction().execute(async (trx) => {
      if (receipt !== undefined) await storeReceipt(trx, receipt);
      await trx.updateTable("intents").set({ state: "failed", error }).where("id", "=", intentId).execute();
    });
  }

  /** Deletes an intent that was never sent and never will be: the program decides again. */
  async drop(intentId: string): Promise<void> {
    await this.db.deleteFrom("intents").where("id", "=", intentId).where("state", "=", "planned").execute();
  }

  async note(intentId: string, error: string): Promise<void> {
    await this.db.updateTable("intents").set({ error }).where("id", "=", intentId).execute();
  }

  /** The chain's events have caught up with what was mined up to `block`. */
  async finish(block: bigint): Promise<void> {
    const update = this.db.updateTable("intents").set({ state: "done" }).where("state", "=", "mined");
    await update.where("minedBlock", "<=", block).execute();
  }

  /** A reorganisation undid what was mined after `block`, with success or in vain: it is on its way again. */
  async undoAfter(block: bigint): Promise<void> {
    const undone = this.db.selectFrom("receipts").select("intentId").where("block", ">", block);
    await this.db
      .updateTable("intents")
      .set((eb) => ({
        state: "signed",
        minedBlock: null,
        error: null,
        requestId: eb.case().when("kind", "=", "submit").then(null).else(eb.ref("requestId")).end(),
      }))
      .where("id", "in", undone)
      .execute();
    await this.db.deleteFrom("receipts").where("block", ">", block).execute();
  }

  async get(id: string): Promise<Intent | undefined> {
    return this.db.selectFrom("intents").selectAll().where("id", "=", id).executeTakeFirst();
  }

  /** Planned, signed or mined and not yet seen in the events. */
  async outstanding(): Promise<Intent[]> {
    const query = this.db.selectFrom("intents").selectAll().where("state", "in", ["planned", "signed", "mined"]);
    return query.orderBy("nonce").orderBy("id").execute();
  }

  async failures(limit: number): Promise<Intent[]> {
    const query = this.db.selectFrom("intents").selectAll().where("state", "=", "failed");
    return query.orderBy("id", "desc").limit(limit).execute();
  }

  async attempts(intentId: string): Promise<Attempt[]> {
    const query = this.db.selectFrom("attempts").selectAll().where("intentId", "=", intentId);
    return query.orderBy("sentEpoch").execute();
  }

  /** attoFIL spent on gas since `epoch`, and what the transactions under way may still cost. */
  async spentSince(epoch: bigint, sender: string): Promise<bigint> {
    const paid = await this.db
      .selectFrom("receipts")
      .innerJoin("intents", "intents.id", "receipts.intentId")
      .select("costAtto")
      .where("block", ">=", epoch)
      .where("sender", "=", sender)
      .execute();
    const pending = await this.db
      .selectFrom("attempts")
      .innerJoin("intents", "intents.id", "attempts.intentId")
      .select(["intentId", "maxCostAtto"])
      .where("state", "=", "signed")
      .where("sender", "=", sender)
      .execute();
    const dearest = new Map<string, bigint>();
    for (const { intentId, maxCostAtto } of pending) {
      const cost = BigInt(maxCostAtto);
      if (cost > (dearest.get(intentId) ?? 0n)) dearest.set(intentId, cost);
    }
    const sum = (costs: Iterable<bigint>) => [...costs].reduce((total, cost) => total + cost, 0n);
    return sum(paid.map(({ costAtto }) => BigInt(costAtto))) + sum(dearest.values());
  }
}
