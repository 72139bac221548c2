import path from "node:path";

export interface LockHolder {
  pid: number;
  since: string;
  what: string;
}

/** Another process has locked this data folder. */
export class StoreLockedError extends Error {
  override readonly name = "StoreLockedError";
  constructor(
    readonly folder: string,
    readonly holder: LockHolder | undefined,
  ) {
    const who =
      holder === undefined ? "another process" : `process ${holder.pid} (${holder.what}, since ${holder.since})`;
    super(
      `The data folder ${folder} is in use by ${who}. Stop it first, or give another folder (--data; --folder for market watch, --stores for market store).`,
    );
  }
}

/** The store was made for another chain or contract. */
export class StoreIdentityError extends Error {
  override readonly name = "StoreIdentityError";
  constructor(
    readonly folder: string,
    readonly field: string,
    readonly expected: string,
    readonly found: string,
  ) {
    super(
      `The data folder ${folder} was made for another chain or contract: its ${field} is ${expected}, here it is ${found}. ` +
        `Give a new folder with --data ${path.join(path.dirname(folder), "NEW")} (market watch: --folder), or use the network ` +
        `that it was made for.`,
    );
  }
}
