import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import Database from "libsql";

import { type LockHolder, StoreLockedError } from "./errors";

/**
 * Locks a data folder for one process; throws a `StoreLockedError` when another has it. It is an operating-system lock on
 * a database file, so it ends with its process, also after kill -9; the JSON beside it only says who holds it.
 */
export function lockFolder(folder: string, what: string): { release(): void } {
  const database = new Database(path.join(folder, "lock.db"));
  const holderFile = path.join(folder, "lock.json");
  try {
    database.exec("PRAGMA busy_timeout = 0");
    database.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    database.close();
    if ((cause as { code?: string }).code !== "SQLITE_BUSY") throw cause;
    throw new StoreLockedError(folder, readHolder(holderFile));
  }
  const holder: LockHolder = { pid: process.pid, since: new Date().toISOString(), what };
  writeFileSync(holderFile, JSON.stringify(holder));
  return { release: () => void database.close() };
}

function readHolder(file: string): LockHolder | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as LockHolder;
  } catch {
    return undefined; // Locked, but the JSON is not written yet: only the lock counts.
  }
}
