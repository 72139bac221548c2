import type { Kysely } from "kysely";

import type { Observation, Schema } from "./schema";

/** Faults: since when, as the chain says or as the keeper first saw it; and when a piece was last checked. */
export class Observations {
  constructor(private readonly db: Kysely<Schema>) {}

  /** Keeps the earliest: a fault that is seen again is not a new fault. */
  async faultSeen(fault: Observation): Promise<Observation> {
    await this.db
      .insertInto("observations")
      .values(fault)
      .onConflict((conflict) => conflict.columns(["providerId", "sector"]).doNothing())
      .execute();
    return (await this.fault(fault.providerId, fault.sector))!;
  }

  async fault(providerId: bigint, sector: bigint): Promise<Observation | undefined> {
    const query = this.db.selectFrom("observations").selectAll().where("providerId", "=", providerId);
    return query.where("sector", "=", sector).executeTakeFirst();
  }

  async faults(): Promise<Observation[]> {
    return this.db.selectFrom("observations").selectAll().execute();
  }

  /** The sector is proven again, or dead: a later fault is a new one. */
  async faultOver(providerId: bigint, sector: bigint): Promise<void> {
    const gone = this.db.deleteFrom("observations").where("providerId", "=", providerId);
    await gone.where("sector", "=", sector).execute();
  }

  async checked(pieces: readonly string[], epoch: bigint): Promise<void> {
    if (pieces.length === 0) return;
    await this.db
      .insertInto("faultChecks")
      .values(pieces.map((piece) => ({ piece, checkedEpoch: epoch })))
      .onConflict((conflict) => conflict.column("piece").doUpdateSet({ checkedEpoch: epoch }))
      .execute();
  }

  async checkedEpochs(pieces: readonly string[]): Promise<Map<string, bigint>> {
    if (pieces.length === 0) return new Map();
    const rows = await this.db.selectFrom("faultChecks").selectAll().where("piece", "in", pieces).execute();
    return new Map(rows.map((row) => [row.piece, row.checkedEpoch]));
  }
}
