import { mkdirSync } from "node:fs";
import path from "node:path";

import { type Insertable, Kysely, Migrator, type SqliteDatabase, SqliteDialect } from "kysely";
import Database from "libsql";

import type { RepairDealState } from "../protocol/negotiationWire";
import {
  type RepairDeal,
  repairDealMigrations,
  type RepairDealsSchema,
  type ShardCopy,
  type ShardLoss,
} from "./repairDealsSchema";

export type { RepairDeal, ShardCopy, ShardLoss } from "./repairDealsSchema";

const CLOSED: RepairDealState[] = ["finished", "failed", "refused", "expired"];
/** Not on chain yet: their capacity must not be promised again. */
const PROMISED: RepairDealState[] = ["tentative", "awaiting-data", "verifying", "accepted", "adding"];
const UNDER_WAY: ShardCopy["state"][] = ["planned", "proposed", "sealed"];

type NewDeal = Pick<
  RepairDeal,
  "id" | "proposal" | "client" | "askId" | "droot" | "size" | "priceAtto" | "createdEpoch" | "offeredUntil"
>;
type DealChange = Partial<Omit<RepairDeal, "id">>;

/** What a repair miner stores: its deals, the copies of their shards, and which shards are lost since when. */
export class RepairDeals {
  private constructor(private readonly db: Kysely<RepairDealsSchema>) {}

  static async open(folder: string): Promise<RepairDeals> {
    mkdirSync(folder, { recursive: true });
    const database = new Database(path.join(folder, "repair-miner.db"));
    database.defaultSafeIntegers(true);
    database.exec("PRAGMA busy_timeout = 10000");
    database.exec("PRAGMA journal_mode = WAL");
    database.exec("PRAGMA synchronous = FULL");
    const dialect = new SqliteDialect({ database: database as unknown as SqliteDatabase });
    const db = new Kysely<RepairDealsSchema>({ dialect });
    const migrator = new Migrator({ db, provider: { getMigrations: async () => repairDealMigrations } });
    const { error } = await migrator.migrateToLatest();
    if (error !== undefined) throw error;
    return new RepairDeals(db);
  }

  async close(): Promise<void> {
    await this.db.destroy();
  }

  // ───────────────────────────── Deals ─────────────────────────────

  /** A proposal that is there already stays as it is. */
  async propose(deal: NewDeal): Promise<RepairDeal> {
    const empty = { bidId: null, bidExpiry: null, authorisation: null, acceptance: null, manifest: null, reason: null };
    const row: Insertable<RepairDealsSchema["repairDeals"]> = {
      ...{ ...deal, ...empty },
      ...{ state: "tentative", local: 0n, doing: "[]" },
    };
    await this.db
      .insertInto("repairDeals")
      .values(row)
      .onConflict((conflict) => conflict.column("id").doNothing())
      .execute();
    return (await this.get(deal.id))!;
  }

  async get(id: string): Promise<RepairDeal | undefined> {
    return this.db.selectFrom("repairDeals").selectAll().where("id", "=", id).executeTakeFirst();
  }

  async ofBid(bidId: bigint): Promise<RepairDeal | undefined> {
    return this.db.selectFrom("repairDeals").selectAll().where("bidId", "=", bidId).executeTakeFirst();
  }

  /** Changes a deal only from the state that was seen; false: its state has changed meanwhile. */
  async change(id: string, from: RepairDealState, change: DealChange): Promise<boolean> {
    const update = this.db.updateTable("repairDeals").set(change).where("id", "=", id).where("state", "=", from);
    return (await update.executeTakeFirst()).numUpdatedRows > 0n;
  }

  async open(): Promise<RepairDeal[]> {
    return this.db.selectFrom("repairDeals").selectAll().where("state", "not in", CLOSED).orderBy("id").execute();
  }

  async promised(): Promise<RepairDeal[]> {
    return this.db.selectFrom("repairDeals").selectAll().where("state", "in", PROMISED).orderBy("id").execute();
  }

  async list(limit: number, after = ""): Promise<RepairDeal[]> {
    const query = this.db.selectFrom("repairDeals").selectAll().where("id", ">", after);
    return query.orderBy("id").limit(limit).execute();
  }

  async countByState(): Promise<Map<RepairDealState, number>> {
    const query = this.db.selectFrom("repairDeals").select((eb) => ["state", eb.fn.countAll().as("count")]);
    const rows = await query.groupBy("state").execute();
    return new Map(rows.map(({ state, count }) => [state, Number(count)]));
  }

  /** Deletes expired offers that no client answered. */
  async forgetOffers(before: bigint): Promise<void> {
    const old = this.db.deleteFrom("repairDeals").where("state", "=", "expired").where("bidId", "is", null);
    await old.where("offeredUntil", "<", before).execute();
  }

  // ───────────────────────────── Shards ─────────────────────────────

  /** The data was verified: stores the roots of its shards. */
  async verified(id: string, manifest: string, roots: readonly string[]): Promise<void> {
    await this.db.transaction().execute(async (trx) => {
      const rows = roots.map((root, shard) => ({ root, deal: id, shard: BigInt(shard) }));
      await trx
        .insertInto("shardRoots")
        .values(rows)
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      const change = { manifest, local: 1n, state: "accepted" as const };
      await trx.updateTable("repairDeals").set(change).where("id", "=", id).where("state", "=", "verifying").execute();
    });
  }

  /** Shards with this root, of deals that are open. */
  async shardsWithRoot(root: string): Promise<{ deal: string; shard: number }[]> {
    const rows = await this.db
      .selectFrom("shardRoots")
      .innerJoin("repairDeals", "repairDeals.id", "shardRoots.deal")
      .select(["deal", "shard"])
      .where("root", "=", root)
      .where("state", "not in", CLOSED)
      .execute();
    return rows.map(({ deal, shard }) => ({ deal, shard: Number(shard) }));
  }

  /** Keeps the earliest: a loss that is seen again is not a new loss. */
  async lost(loss: ShardLoss): Promise<ShardLoss> {
    const known = await this.losses(loss.deal);
    const same = known.find(({ shard }) => shard === loss.shard);
    if (same?.provider === loss.provider && same.sector === loss.sector) return same;
    const { provider, sector, sinceEpoch } = loss;
    await this.db
      .insertInto("shardLosses")
      .values(loss)
      .onConflict((conflict) => conflict.columns(["deal", "shard"]).doUpdateSet({ provider, sector, sinceEpoch }))
      .execute();
    return loss;
  }

  async losses(deal: string): Promise<ShardLoss[]> {
    return this.db.selectFrom("shardLosses").selectAll().where("deal", "=", deal).execute();
  }

  async lossOver(deal: string, shard: bigint): Promise<void> {
    await this.db.deleteFrom("shardLosses").where("deal", "=", deal).where("shard", "=", shard).execute();
  }

  // ───────────────────────────── Copies ─────────────────────────────

  /** Stores a copy; called before anything is sent to the provider. */
  async plan(copy: Omit<ShardCopy, "state" | "sector" | "commitment" | "error">): Promise<void> {
    const row = { ...copy, state: "planned" as const, sector: null, commitment: null, error: null };
    await this.db.insertInto("copies").values(row).execute();
  }

  async moveCopy(
    identifier: string,
    state: ShardCopy["state"],
    change: Partial<Pick<ShardCopy, "sector" | "commitment" | "error">> = {},
  ): Promise<void> {
    const update = this.db.updateTable("copies").set({ state, ...change });
    await update.where("identifier", "=", identifier).execute();
  }

  /** Planned, proposed or sealed, oldest first. */
  async copiesUnderWay(deal?: string): Promise<ShardCopy[]> {
    let query = this.db.selectFrom("copies").selectAll().where("state", "in", UNDER_WAY);
    if (deal !== undefined) query = query.where("deal", "=", deal);
    return query.orderBy("identifier").execute();
  }

  /** Whether a copy in this sector is stored already. */
  async hasCopyIn(providerId: bigint, sector: bigint): Promise<boolean> {
    const query = this.db.selectFrom("copies").select("identifier").where("providerId", "=", providerId);
    return (await query.where("sector", "=", sector).executeTakeFirst()) !== undefined;
  }

  async copiesOf(deal: string): Promise<ShardCopy[]> {
    return this.db.selectFrom("copies").selectAll().where("deal", "=", deal).orderBy("identifier").execute();
  }
}
