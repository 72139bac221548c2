import type { Kysely } from "kysely";

import type { CursorPoint, Schema } from "./schema";

/** How many past points are kept: as far back as a reorganisation can be followed without reading everything anew. */
const KEPT_POINTS = 64;

/** How far events have been read: block numbers with their hashes, so that a reorganisation shows. */
export class Cursors {
  constructor(private readonly db: Kysely<Schema>) {}

  /** Newest first. */
  async points(name: string): Promise<CursorPoint[]> {
    const query = this.db.selectFrom("cursors").select(["block", "hash"]).where("name", "=", name);
    return query.orderBy("block", "desc").execute();
  }

  async advance(name: string, point: CursorPoint): Promise<void> {
    const insert = this.db.insertInto("cursors").values({ name, ...point });
    await insert
      .onConflict((conflict) => conflict.columns(["name", "block"]).doUpdateSet({ hash: point.hash }))
      .execute();
    const points = await this.points(name);
    const oldest = points[KEPT_POINTS - 1];
    if (oldest === undefined) return;
    await this.db.deleteFrom("cursors").where("name", "=", name).where("block", "<", oldest.block).execute();
  }

  async undoAfter(name: string, block: bigint): Promise<void> {
    await this.db.deleteFrom("cursors").where("name", "=", name).where("block", ">", block).execute();
  }
}
