import type { Kysely } from "kysely";

import type { Job, NewJob, Schema } from "./schema";

export class Jobs {
  constructor(private readonly db: Kysely<Schema>) {}

  /** All of them or none. */
  async add(jobs: NewJob[]): Promise<void> {
    if (jobs.length > 0) await this.db.insertInto("jobs").values(jobs).execute();
  }

  /** Adds the job of an on-chain request unless it is there already. */
  async addFromRequest(job: NewJob & { requestId: bigint }): Promise<void> {
    await this.db
      .insertInto("jobs")
      .values(job)
      .onConflict((conflict) => conflict.column("requestId").doNothing())
      .execute();
  }

  async get(id: string): Promise<Job | undefined> {
    return this.db.selectFrom("jobs").selectAll().where("id", "=", id).executeTakeFirst();
  }

  async list(limit: number, after = ""): Promise<Job[]> {
    return this.db.selectFrom("jobs").selectAll().where("id", ">", after).orderBy("id").limit(limit).execute();
  }

  async count(): Promise<number> {
    const query = this.db.selectFrom("jobs").select((eb) => eb.fn.countAll().as("count"));
    return Number((await query.where("state", "=", "live").executeTakeFirstOrThrow()).count);
  }

  async liveOn(pieces: readonly string[]): Promise<Job[]> {
    if (pieces.length === 0) return [];
    const query = this.db.selectFrom("jobs").selectAll().where("state", "=", "live");
    return query.where("piece", "in", pieces).execute();
  }

  /** True when it was live. */
  async remove(id: string): Promise<boolean> {
    const update = this.db
      .updateTable("jobs")
      .set({ state: "removed" })
      .where("id", "=", id)
      .where("state", "=", "live");
    return (await update.executeTakeFirst()).numUpdatedRows > 0n;
  }

  async removeOfRequest(requestId: bigint): Promise<void> {
    await this.db.updateTable("jobs").set({ state: "removed" }).where("requestId", "=", requestId).execute();
  }

  async deleteOfRequests(requestIds: readonly bigint[]): Promise<void> {
    if (requestIds.length > 0) await this.db.deleteFrom("jobs").where("requestId", "in", requestIds).execute();
  }

  /** Jobs that came from on-chain requests, the removed ones too. */
  async ofRequests(): Promise<Job[]> {
    return this.db.selectFrom("jobs").selectAll().where("requestId", "is not", null).execute();
  }

  /** As the chain says now: live, with these terms. */
  async restore(
    id: string,
    terms: Pick<Job, "replicationTarget" | "repairThreshold" | "renewThreshold">,
  ): Promise<void> {
    await this.db
      .updateTable("jobs")
      .set({ ...terms, state: "live" })
      .where("id", "=", id)
      .execute();
  }

  async updateTerms(
    requestId: bigint,
    terms: Pick<Job, "replicationTarget" | "repairThreshold" | "renewThreshold">,
  ): Promise<void> {
    await this.db.updateTable("jobs").set(terms).where("requestId", "=", requestId).execute();
  }
}
