import { type Kysely, type Migration, Migrator } from "kysely";

import type { Schema } from "./schema";

/** Only column types and clauses that SQLite and PostgreSQL share. A migration, once released, is never edited. */
const migrations: Record<string, Migration> = {
  "001_keeper": {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable("jobs")
        .addColumn("id", "text", (col) => col.primaryKey())
        .addColumn("piece", "text", (col) => col.notNull())
        .addColumn("cid", "text", (col) => col.notNull())
        .addColumn("replicationTarget", "bigint", (col) => col.notNull())
        .addColumn("repairThreshold", "bigint", (col) => col.notNull())
        .addColumn("renewThreshold", "bigint", (col) => col.notNull())
        .addColumn("fetchLink", "text")
        .addColumn("requestId", "bigint", (col) => col.unique())
        .addColumn("state", "text", (col) => col.notNull())
        .addColumn("createdAt", "text", (col) => col.notNull())
        .execute();
      await db.schema.createIndex("jobsByPiece").on("jobs").columns(["state", "piece"]).execute();
      await db.schema
        .createTable("requests")
        .addColumn("requestId", "bigint", (col) => col.primaryKey())
        .addColumn("piece", "text", (col) => col.notNull())
        .addColumn("client", "text", (col) => col.notNull())
        .addColumn("fetchLink", "text", (col) => col.notNull())
        .addColumn("openedBlock", "bigint", (col) => col.notNull())
        .addColumn("state", "text", (col) => col.notNull())
        .addColumn("closedBlock", "bigint")
        .addColumn("marketActorId", "bigint")
        .addColumn("providerId", "bigint")
        .addColumn("dealId", "bigint")
        .addColumn("raas", "bigint", (col) => col.notNull())
        .addColumn("settled", "bigint", (col) => col.notNull())
        .execute();
      await db.schema.createIndex("requestsByPiece").on("requests").columns(["settled", "piece"]).execute();
      await db.schema
        .createTable("intents")
        .addColumn("id", "text", (col) => col.primaryKey())
        .addColumn("kind", "text", (col) => col.notNull())
        .addColumn("piece", "text")
        .addColumn("requestId", "bigint")
        .addColumn("reason", "text", (col) => col.notNull())
        .addColumn("toAddress", "text", (col) => col.notNull())
        .addColumn("data", "text", (col) => col.notNull())
        .addColumn("state", "text", (col) => col.notNull())
        .addColumn("sender", "text", (col) => col.notNull())
        .addColumn("nonce", "bigint")
        .addColumn("createdEpoch", "bigint", (col) => col.notNull())
        .addColumn("minedBlock", "bigint")
        .addColumn("error", "text")
        .execute();
      await db.schema.createIndex("intentsByState").on("intents").columns(["state", "piece"]).execute();
      await db.schema
        .createTable("attempts")
        .addColumn("hash", "text", (col) => col.primaryKey())
        .addColumn("intentId", "text", (col) => col.notNull())
        .addColumn("raw", "text", (col) => col.notNull())
        .addColumn("maxCostAtto", "text", (col) => col.notNull())
        .addColumn("maxFeeAtto", "text", (col) => col.notNull())
        .addColumn("priorityFeeAtto", "text", (col) => col.notNull())
        .addColumn("sentEpoch", "bigint", (col) => col.notNull())
        .execute();
      await db.schema.createIndex("attemptsByIntent").on("attempts").column("intentId").execute();
      await db.schema
        .createTable("receipts")
        .addColumn("intentId", "text", (col) => col.primaryKey())
        .addColumn("hash", "text", (col) => col.notNull())
        .addColumn("block", "bigint", (col) => col.notNull())
        .addColumn("succeeded", "bigint", (col) => col.notNull())
        .addColumn("gasUsed", "bigint", (col) => col.notNull())
        .addColumn("costAtto", "text", (col) => col.notNull())
        .execute();
      await db.schema.createIndex("receiptsByBlock").on("receipts").column("block").execute();
      await db.schema
        .createTable("observations")
        .addColumn("providerId", "bigint", (col) => col.notNull())
        .addColumn("sector", "bigint", (col) => col.notNull())
        .addColumn("firstSeenEpoch", "bigint", (col) => col.notNull())
        .addColumn("source", "text", (col) => col.notNull())
        .addPrimaryKeyConstraint("observationsKey", ["providerId", "sector"])
        .execute();
      await db.schema
        .createTable("faultChecks")
        .addColumn("piece", "text", (col) => col.primaryKey())
        .addColumn("checkedEpoch", "bigint", (col) => col.notNull())
        .execute();
      await db.schema
        .createTable("pieces")
        .addColumn("piece", "text", (col) => col.primaryKey())
        .addColumn("cid", "text", (col) => col.notNull())
        .addColumn("payloadBytes", "bigint", (col) => col.notNull())
        .addColumn("file", "text", (col) => col.notNull())
        .execute();
      await db.schema
        .createTable("cursors")
        .addColumn("name", "text", (col) => col.notNull())
        .addColumn("block", "bigint", (col) => col.notNull())
        .addColumn("hash", "text", (col) => col.notNull())
        .addPrimaryKeyConstraint("cursorsKey", ["name", "block"])
        .execute();
      await db.schema
        .createTable("identity")
        .addColumn("name", "text", (col) => col.primaryKey())
        .addColumn("value", "text", (col) => col.notNull())
        .execute();
    },
  },
  "002_provider_failures": {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable("providerFailures")
        .addColumn("provider", "bigint", (col) => col.notNull())
        .addColumn("piece", "text", (col) => col.notNull())
        .addColumn("epoch", "bigint", (col) => col.notNull())
        .addColumn("reason", "text", (col) => col.notNull())
        .addColumn("recoveredAt", "bigint")
        .addPrimaryKeyConstraint("providerFailuresKey", ["provider", "piece"])
        .execute();
    },
  },
};

/** Brings the store to the newest schema; a failed migration is an error, never a log line. */
export async function migrate(db: Kysely<Schema>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}
