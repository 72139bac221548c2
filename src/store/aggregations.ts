import { mkdirSync } from "node:fs";
import path from "node:path";

import { Kysely, type Migration, Migrator, type Selectable, type SqliteDatabase, SqliteDialect, sql } from "kysely";
import Database from "libsql";

/** A request on chain, as the aggregator follows it. */
interface RequestTable {
  requestId: bigint;
  /** The piece's key. */
  piece: string;
  fetchLink: string;
  state: "open" | "completed" | "cancelled";
  /** Why it waits, for people. */
  note: string;
  failures: bigint;
  /** Not tried again before this epoch. */
  notBefore: bigint;
}

/** One aggregate with one provider. */
interface PlacementTable {
  /** ULID: the deal's name at the provider, chosen before it is proposed. */
  identifier: string;
  providerId: bigint;
  /** Piece CID v2 of the aggregate, or of the piece itself when it goes whole. */
  cid: string;
  paddedBytes: bigint;
  /** JSON: `PlacedMember[]`, in the order of the aggregate's index. */
  members: string;
  /** planned: nothing was sent yet · proposed: may be with the provider · sealed: on chain · done · failed */
  state: "planned" | "proposed" | "sealed" | "done" | "failed";
  /** Of the deal on chain; a sector number when `marketActorId` is the provider's own. */
  dealId: bigint | null;
  /** The actor that knows the deal: f05 (or null), or, for direct onboarding, the provider. */
  marketActorId: bigint | null;
  createdEpoch: bigint;
  error: string | null;
}

interface FailureTable {
  providerId: bigint;
  piece: string;
  epoch: bigint;
  reason: string;
}

interface AggregatorSchema {
  requests: RequestTable;
  placements: PlacementTable;
  failures: FailureTable;
}

export type AggregatorRequest = Selectable<RequestTable>;
export type Placement = Selectable<PlacementTable>;
type ProviderFailure = Selectable<FailureTable>;

interface PlacedMember {
  requestId: string;
  piece: string;
  /** Piece CID v2. */
  cid: string;
}

const migrations: Record<string, Migration> = {
  "001_aggregator": {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable("requests")
        .addColumn("requestId", "bigint", (col) => col.primaryKey())
        .addColumn("piece", "text", (col) => col.notNull())
        .addColumn("fetchLink", "text", (col) => col.notNull())
        .addColumn("state", "text", (col) => col.notNull())
        .addColumn("note", "text", (col) => col.notNull())
        .addColumn("failures", "bigint", (col) => col.notNull())
        .addColumn("notBefore", "bigint", (col) => col.notNull())
        .execute();
      await db.schema
        .createTable("placements")
        .addColumn("identifier", "text", (col) => col.primaryKey())
        .addColumn("providerId", "bigint", (col) => col.notNull())
        .addColumn("cid", "text", (col) => col.notNull())
        .addColumn("paddedBytes", "bigint", (col) => col.notNull())
        .addColumn("members", "text", (col) => col.notNull())
        .addColumn("state", "text", (col) => col.notNull())
        .addColumn("dealId", "bigint")
        .addColumn("createdEpoch", "bigint", (col) => col.notNull())
        .addColumn("error", "text")
        .execute();
      await db.schema.createIndex("placementsByState").on("placements").column("state").execute();
      await db.schema
        .createTable("failures")
        .addColumn("providerId", "bigint", (col) => col.notNull())
        .addColumn("piece", "text", (col) => col.notNull())
        .addColumn("epoch", "bigint", (col) => col.notNull())
        .addColumn("reason", "text", (col) => col.notNull())
        .addPrimaryKeyConstraint("failuresKey", ["providerId", "piece"])
        .execute();
    },
  },
  "002_direct_onboarding": {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema.alterTable("placements").addColumn("marketActorId", "bigint").execute();
    },
  },
};

/** What an aggregator stores: requests, placements, and providers' failures. */
export class Aggregations {
  private constructor(private readonly db: Kysely<AggregatorSchema>) {}

  static async open(folder: string): Promise<Aggregations> {
    mkdirSync(folder, { recursive: true });
    const database = new Database(path.join(folder, "aggregator.db"));
    database.defaultSafeIntegers(true);
    database.exec("PRAGMA busy_timeout = 10000");
    database.exec("PRAGMA journal_mode = WAL");
    database.exec("PRAGMA synchronous = FULL");
    const dialect = new SqliteDialect({ database: database as unknown as SqliteDatabase });
    const db = new Kysely<AggregatorSchema>({ dialect });
    const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
    const { error } = await migrator.migrateToLatest();
    if (error !== undefined) throw error;
    return new Aggregations(db);
  }

  async close(): Promise<void> {
    await this.db.destroy();
  }

  /** Reading an event twice changes nothing. */
  async requestOpened({
    requestId,
    piece,
    fetchLink,
  }: Pick<AggregatorRequest, "requestId" | "piece" | "fetchLink">): Promise<void> {
    await this.db
      .insertInto("requests")
      .values({ requestId, piece, fetchLink, state: "open", note: "", failures: 0n, notBefore: 0n })
      .onConflict((conflict) => conflict.column("requestId").doNothing())
      .execute();
  }

  async requestClosed(requestId: bigint, state: "completed" | "cancelled"): Promise<void> {
    await this.db.updateTable("requests").set({ state, note: "" }).where("requestId", "=", requestId).execute();
  }

  async request(requestId: bigint): Promise<AggregatorRequest | undefined> {
    return this.db.selectFrom("requests").selectAll().where("requestId", "=", requestId).executeTakeFirst();
  }

  /** Requests that are due and not part of a placement under way, oldest first. */
  async due(epoch: bigint, limit: number): Promise<AggregatorRequest[]> {
    const placed = new Set(
      (await this.underWay()).flatMap((placement) => membersOf(placement).map((m) => m.requestId)),
    );
    const open = await this.db
      .selectFrom("requests")
      .selectAll()
      .where("state", "=", "open")
      .where("notBefore", "<=", epoch)
      .orderBy("requestId")
      .execute();
    return open.filter(({ requestId }) => !placed.has(requestId.toString())).slice(0, limit);
  }

  /** It could not be served: tried again from epoch `notBefore` on. */
  async postpone(requestId: bigint, notBefore: bigint, note: string): Promise<void> {
    await this.db
      .updateTable("requests")
      .set({ notBefore, note, failures: sql<bigint>`failures + 1` })
      .where("requestId", "=", requestId)
      .execute();
  }

  async openRequests(): Promise<AggregatorRequest[]> {
    return this.db.selectFrom("requests").selectAll().where("state", "=", "open").orderBy("requestId").execute();
  }

  /** Stores a placement; called before anything is sent to the provider. */
  async plan(
    placement: Pick<Placement, "identifier" | "providerId" | "cid" | "paddedBytes" | "createdEpoch">,
    members: PlacedMember[],
  ): Promise<void> {
    const row = { ...placement, members: JSON.stringify(members), dealId: null, marketActorId: null, error: null };
    await this.db
      .insertInto("placements")
      .values({ ...row, state: "planned" })
      .execute();
  }

  async move(
    identifier: string,
    state: Placement["state"],
    change: Partial<Pick<Placement, "dealId" | "marketActorId" | "error">> = {},
  ): Promise<void> {
    await this.db
      .updateTable("placements")
      .set({ state, ...change })
      .where("identifier", "=", identifier)
      .execute();
  }

  /** Neither done nor failed, oldest first. */
  async underWay(): Promise<Placement[]> {
    const query = this.db.selectFrom("placements").selectAll();
    return query.where("state", "not in", ["done", "failed"]).orderBy("identifier").execute();
  }

  async done(): Promise<Placement[]> {
    return this.db.selectFrom("placements").selectAll().where("state", "=", "done").orderBy("identifier").execute();
  }

  async ofAggregate(cid: string): Promise<Placement | undefined> {
    const query = this.db.selectFrom("placements").selectAll().where("cid", "=", cid);
    return query.where("state", "not in", ["done", "failed"]).executeTakeFirst();
  }

  /** A placement failed: its provider is remembered for each of its pieces, its requests are free again. */
  async placementFailed(placement: Placement, epoch: bigint, reason: string): Promise<void> {
    await this.db.transaction().execute(async (trx) => {
      const failed = { state: "failed" as const, error: reason };
      await trx.updateTable("placements").set(failed).where("identifier", "=", placement.identifier).execute();
      const { providerId } = placement;
      const rows = membersOf(placement).map(({ piece }) => ({ providerId, piece, epoch, reason }));
      await trx
        .insertInto("failures")
        .values(rows)
        .onConflict((conflict) => conflict.columns(["providerId", "piece"]).doUpdateSet({ epoch, reason }))
        .execute();
    });
  }

  /** The first reason is kept. */
  async remember(failure: ProviderFailure): Promise<void> {
    await this.db
      .insertInto("failures")
      .values(failure)
      .onConflict((conflict) => conflict.columns(["providerId", "piece"]).doNothing())
      .execute();
  }

  /** A deal with the provider came to its end: what it failed before that deal was made is forgotten. */
  async recovered(providerId: bigint, before: bigint): Promise<void> {
    const old = this.db.deleteFrom("failures").where("providerId", "=", providerId);
    await old.where("epoch", "<", before).execute();
  }

  async failures(pieces: readonly string[]): Promise<ProviderFailure[]> {
    if (pieces.length === 0) return [];
    return this.db.selectFrom("failures").selectAll().where("piece", "in", pieces).execute();
  }
}

export function membersOf(placement: Pick<Placement, "members">): PlacedMember[] {
  return JSON.parse(placement.members) as PlacedMember[];
}
