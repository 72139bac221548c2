import { type Kysely, type Migration, type Selectable } from "kysely";

import type { RepairDealState } from "../protocol/negotiationWire";
import type { CopyPurpose } from "../protocol/dealRecords";

/** A deal on the repair miner's side, from the first proposal on. */
interface RepairDealTable {
  /** ULID of the client's choice. */
  id: string;
  state: RepairDealState;
  /** The proposal, as JSON. */
  proposal: string;
  client: string;
  askId: bigint;
  droot: string;
  /** Padded bytes of all shards. */
  size: bigint;
  /** attoFIL per GiB and epoch that will be paid: the ask's. */
  priceAtto: string;
  createdEpoch: bigint;
  offeredUntil: bigint;
  /** From the bid notice on; one bid belongs to one deal. */
  bidId: bigint | null;
  bidExpiry: bigint | null;
  authorisation: string | null;
  /** The binding acceptance, as JSON, stored before it is given to the client. */
  acceptance: string | null;
  /** The manifest (DAG-CBOR, hex) from verification on. */
  manifest: string | null;
  /** Whether the shards' bytes are here. */
  local: bigint;
  /** What is being done, and why: JSON, for people. */
  doing: string;
  reason: string | null;
}

/** A copy of a shard at a provider. */
interface CopyTable {
  /** ULID: the deal's name at the provider, chosen before it is proposed. */
  identifier: string;
  deal: string;
  shard: bigint;
  providerId: bigint;
  /** Piece CID v2. */
  cid: string;
  /** planned: nothing was sent yet · proposed: may be with the provider · sealed · placed: the market names it ·
   *  spent: replaced or no longer needed · failed */
  state: "planned" | "proposed" | "sealed" | "placed" | "spent" | "failed";
  purpose: CopyPurpose;
  reason: string;
  durationEpochs: bigint;
  createdEpoch: bigint;
  sector: bigint | null;
  /** The epoch through which the sector is committed. */
  commitment: bigint | null;
  error: string | null;
}

/** Which shard a piece is. */
interface ShardRootTable {
  root: string;
  deal: string;
  shard: bigint;
}

/** Since when a shard is not held where it lies. */
interface ShardLossTable {
  deal: string;
  shard: bigint;
  provider: bigint;
  sector: bigint;
  sinceEpoch: bigint;
}

export interface RepairDealsSchema {
  repairDeals: RepairDealTable;
  copies: CopyTable;
  shardRoots: ShardRootTable;
  shardLosses: ShardLossTable;
}

export type RepairDeal = Selectable<RepairDealTable>;
export type ShardCopy = Selectable<CopyTable>;
export type ShardLoss = Selectable<ShardLossTable>;

export const repairDealMigrations: Record<string, Migration> = {
  "001_repair_miner": {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable("repairDeals")
        .addColumn("id", "text", (col) => col.primaryKey())
        .addColumn("state", "text", (col) => col.notNull())
        .addColumn("proposal", "text", (col) => col.notNull())
        .addColumn("client", "text", (col) => col.notNull())
        .addColumn("askId", "bigint", (col) => col.notNull())
        .addColumn("droot", "text", (col) => col.notNull())
        .addColumn("size", "bigint", (col) => col.notNull())
        .addColumn("priceAtto", "text", (col) => col.notNull())
        .addColumn("createdEpoch", "bigint", (col) => col.notNull())
        .addColumn("offeredUntil", "bigint", (col) => col.notNull())
        .addColumn("bidId", "bigint", (col) => col.unique())
        .addColumn("bidExpiry", "bigint")
        .addColumn("authorisation", "text")
        .addColumn("acceptance", "text")
        .addColumn("manifest", "text")
        .addColumn("local", "bigint", (col) => col.notNull())
        .addColumn("doing", "text", (col) => col.notNull())
        .addColumn("reason", "text")
        .execute();
      await db.schema.createIndex("repairDealsByState").on("repairDeals").column("state").execute();
      await db.schema
        .createTable("copies")
        .addColumn("identifier", "text", (col) => col.primaryKey())
        .addColumn("deal", "text", (col) => col.notNull())
        .addColumn("shard", "bigint", (col) => col.notNull())
        .addColumn("providerId", "bigint", (col) => col.notNull())
        .addColumn("cid", "text", (col) => col.notNull())
        .addColumn("state", "text", (col) => col.notNull())
        .addColumn("purpose", "text", (col) => col.notNull())
        .addColumn("reason", "text", (col) => col.notNull())
        .addColumn("durationEpochs", "bigint", (col) => col.notNull())
        .addColumn("createdEpoch", "bigint", (col) => col.notNull())
        .addColumn("sector", "bigint")
        .addColumn("commitment", "bigint")
        .addColumn("error", "text")
        .execute();
      await db.schema.createIndex("copiesByDeal").on("copies").columns(["deal", "state"]).execute();
      await db.schema.createIndex("copiesByState").on("copies").column("state").execute();
      await db.schema
        .createTable("shardRoots")
        .addColumn("root", "text", (col) => col.notNull())
        .addColumn("deal", "text", (col) => col.notNull())
        .addColumn("shard", "bigint", (col) => col.notNull())
        .addPrimaryKeyConstraint("shardRootsKey", ["root", "deal", "shard"])
        .execute();
      await db.schema
        .createTable("shardLosses")
        .addColumn("deal", "text", (col) => col.notNull())
        .addColumn("shard", "bigint", (col) => col.notNull())
        .addColumn("provider", "bigint", (col) => col.notNull())
        .addColumn("sector", "bigint", (col) => col.notNull())
        .addColumn("sinceEpoch", "bigint", (col) => col.notNull())
        .addPrimaryKeyConstraint("shardLossesKey", ["deal", "shard"])
        .execute();
    },
  },
};
