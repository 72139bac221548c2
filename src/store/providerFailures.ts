import type { Kysely } from "kysely";

import type { ProviderFailureRow, Schema } from "./schema";

/** Which providers failed which pieces, and whether they have succeeded since. One row per provider and piece. */
export class ProviderFailures {
  constructor(private readonly db: Kysely<Schema>) {}

  /** The newest failure counts; one that was followed by a success is open again. */
  async failed(provider: bigint, piece: string, epoch: bigint, reason: string): Promise<void> {
    const change = { epoch, reason, recoveredAt: null };
    await this.db
      .insertInto("providerFailures")
      .values({ provider, piece, ...change })
      .onConflict((conflict) => conflict.columns(["provider", "piece"]).doUpdateSet(change))
      .execute();
  }

  /** A success: the provider sealed or proved something. Its failures before then no longer count. */
  async succeeded(provider: bigint, epoch: bigint): Promise<void> {
    await this.db
      .updateTable("providerFailures")
      .set({ recoveredAt: epoch })
      .where("provider", "=", provider)
      .where("recoveredAt", "is", null)
      .where("epoch", "<", epoch)
      .execute();
  }

  /** Failures of one piece however old, and all that happened at `since` or later. */
  async relevantTo(piece: string, since: bigint): Promise<Remembered[]> {
    const rows = await this.db
      .selectFrom("providerFailures")
      .selectAll()
      .where((where) => where.or([where("piece", "=", piece), where("epoch", ">=", since)]))
      .orderBy("provider")
      .orderBy("piece")
      .execute();
    return rows.map(remembered);
  }

  async all(): Promise<Remembered[]> {
    const rows = await this.db.selectFrom("providerFailures").selectAll().orderBy("epoch", "desc").execute();
    return rows.map(remembered);
  }
}

/** As `chooseProviders` takes it. */
interface Remembered {
  provider: bigint;
  piece: string;
  epoch: bigint;
  reason: string;
  recoveredAt?: bigint;
}

function remembered({ recoveredAt, ...failure }: ProviderFailureRow): Remembered {
  return recoveredAt === null ? failure : { ...failure, recoveredAt };
}
