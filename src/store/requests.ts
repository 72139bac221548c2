import type { Kysely } from "kysely";

import type { Request, Schema } from "./schema";

interface Completion {
  marketActorId: bigint;
  providerId: bigint;
  dealId: bigint;
}

/** On-chain requests that concern the node. */
export class Requests {
  constructor(private readonly db: Kysely<Schema>) {}

  async opened(
    request: Pick<Request, "requestId" | "piece" | "client" | "fetchLink" | "openedBlock" | "raas">,
  ): Promise<void> {
    await this.db
      .insertInto("requests")
      .values({ ...request, state: "open", settled: 0n })
      .onConflict((conflict) => conflict.column("requestId").doNothing())
      .execute();
  }

  async completed(requestId: bigint, block: bigint, deal: Completion): Promise<void> {
    const update = this.db.updateTable("requests").set({ state: "completed", closedBlock: block, ...deal });
    await update.where("requestId", "=", requestId).execute();
  }

  async cancelled(requestId: bigint, block: bigint): Promise<void> {
    const update = this.db.updateTable("requests").set({ state: "cancelled", closedBlock: block, settled: 1n });
    await update.where("requestId", "=", requestId).execute();
  }

  async settle(requestIds: readonly bigint[]): Promise<void> {
    if (requestIds.length === 0) return;
    await this.db.updateTable("requests").set({ settled: 1n }).where("requestId", "in", requestIds).execute();
  }

  async get(requestId: bigint): Promise<Request | undefined> {
    return this.db.selectFrom("requests").selectAll().where("requestId", "=", requestId).executeTakeFirst();
  }

  async unsettledOn(pieces: readonly string[]): Promise<Request[]> {
    if (pieces.length === 0) return [];
    const query = this.db.selectFrom("requests").selectAll().where("settled", "=", 0n);
    return query.where("piece", "in", pieces).execute();
  }

  /** Deletes what a reorganisation undid: everything after `block`. Returns the ids of requests that no longer exist. */
  async undoAfter(block: bigint): Promise<bigint[]> {
    const gone = await this.db.deleteFrom("requests").where("openedBlock", ">", block).returning("requestId").execute();
    const open = { state: "open" as const, closedBlock: null, marketActorId: null, providerId: null, dealId: null };
    await this.db
      .updateTable("requests")
      .set({ ...open, settled: 0n })
      .where("closedBlock", ">", block)
      .execute();
    return gone.map((row) => row.requestId);
  }
}
