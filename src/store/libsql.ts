import { mkdirSync } from "node:fs";
import path from "node:path";

import { Kysely, type SqliteDatabase, SqliteDialect } from "kysely";
import Database from "libsql";

import { migrate } from "./migrations";
import type { Schema } from "./schema";
import { SqlStore } from "./store";

/** Opens the embedded store of a data folder; any number of processes may open it, only one may send (`lockFolder`). */
export async function openLibsqlStore(folder: string): Promise<SqlStore> {
  mkdirSync(folder, { recursive: true });
  const database = new Database(path.join(folder, "keeper.db"));
  // Without this a number such as 2^60 is returned rounded, without an error.
  database.defaultSafeIntegers(true);
  database.exec("PRAGMA busy_timeout = 10000");
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL");
  const dialect = new SqliteDialect({ database: database as unknown as SqliteDatabase });
  const db = new Kysely<Schema>({ dialect });
  await migrate(db);
  return new SqlStore(db);
}
