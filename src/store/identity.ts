import type { Kysely } from "kysely";

import { StoreIdentityError } from "./errors";
import type { Schema } from "./schema";

interface ChainIdentity {
  chainId: string;
  genesis: string;
  contract: string;
}

const FIELDS = { chainId: "chain id", genesis: "genesis block", contract: "contract" } as const;

/** A store belongs to one chain and one contract, and refuses another. */
export class Identity {
  constructor(private readonly db: Kysely<Schema>) {}

  async get(): Promise<Partial<ChainIdentity>> {
    const rows = await this.db.selectFrom("identity").selectAll().execute();
    return Object.fromEntries(rows.map((row) => [row.name, row.value]));
  }

  /** Remembers the identity on first use; throws when the store was made for another. */
  async claim(folder: string, identity: ChainIdentity): Promise<void> {
    const known = await this.get();
    for (const name of Object.keys(FIELDS) as (keyof ChainIdentity)[]) {
      const expected = known[name];
      if (expected !== undefined && expected !== identity[name]) {
        throw new StoreIdentityError(folder, FIELDS[name], expected, identity[name]);
      }
    }
    if (known.contract !== undefined) return;
    const rows = Object.entries(identity).map(([name, value]: [string, string]) => ({ name, value }));
    await this.db
      .insertInto("identity")
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}
