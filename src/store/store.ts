import type { Kysely } from "kysely";

import { Cursors } from "./cursors";
import { Identity } from "./identity";
import { Intents } from "./intents";
import { Jobs } from "./jobs";
import { Observations } from "./observations";
import { HeldPieces } from "./pieces";
import { ProviderFailures } from "./providerFailures";
import { Requests } from "./requests";
import type { Schema } from "./schema";

/** What a program stores. Each part is a table or two; `transaction` makes several writes one. */
export class SqlStore {
  readonly jobs: Jobs;
  readonly requests: Requests;
  readonly intents: Intents;
  readonly observations: Observations;
  readonly pieces: HeldPieces;
  readonly cursors: Cursors;
  readonly identity: Identity;
  readonly providerFailures: ProviderFailures;

  constructor(private readonly db: Kysely<Schema>) {
    this.jobs = new Jobs(db);
    this.requests = new Requests(db);
    this.intents = new Intents(db);
    this.observations = new Observations(db);
    this.pieces = new HeldPieces(db);
    this.cursors = new Cursors(db);
    this.identity = new Identity(db);
    this.providerFailures = new ProviderFailures(db);
  }

  async transaction<T>(work: (store: SqlStore) => Promise<T>): Promise<T> {
    return this.db.transaction().execute((trx) => work(new SqlStore(trx)));
  }

  /** The next `limit` pieces after `after` that a live job or an unsettled request or intent names, in key order. */
  async piecesAfter(after: string, limit: number): Promise<string[]> {
    const rows = await this.db
      .selectFrom("jobs")
      .select("piece")
      .where("state", "=", "live")
      .where("piece", ">", after)
      .union(this.db.selectFrom("requests").select("piece").where("settled", "=", 0n).where("piece", ">", after))
      .orderBy("piece")
      .limit(limit)
      .execute();
    return rows.map((row) => row.piece);
  }

  /** A known piece with this root (hex), whatever its height. */
  async pieceWithRoot(root: string): Promise<string | undefined> {
    const pattern = `${root}-%`;
    const row = await this.db
      .selectFrom("pieces")
      .select("piece")
      .where("piece", "like", pattern)
      .union(this.db.selectFrom("jobs").select("piece").where("piece", "like", pattern))
      .limit(1)
      .executeTakeFirst();
    return row?.piece;
  }

  async close(): Promise<void> {
    await this.db.destroy();
  }
}
