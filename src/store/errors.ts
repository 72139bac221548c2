import path from "node:path";

export interface LockHolder {
  pid: number;
  since: string;
  what: string;
}

/** Another process acts on this data folder. */
export class StoreLockedError extends Error {
  override readonly name = "StoreLockedError";
  constructor(
    readonly folder: string,
    readonly holder: LockHolder | undefined,
  ) {
    const who =
      holder === undefined ? "another process" : `process ${holder.pid} (${holder.what}, since ${holder.since})`;
    super(`The data folder ${folder} is in use by ${who}. Stop it first, or give another folder with --data.`);
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
      `The data folder ${folder} belongs to another chain: its ${field} is ${expected}, this chain's is ${found}. ` +
        `Give a fresh folder with --data ${path.join(path.dirname(folder), "NEW")}, or go back to the chain it was made for.`,
    );
  }
}
