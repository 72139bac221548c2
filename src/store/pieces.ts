import type { Kysely } from "kysely";

import type { HeldPiece, Schema } from "./schema";

/** Pieces whose bytes the node holds; `file` is relative to the data folder. */
export class HeldPieces {
  constructor(private readonly db: Kysely<Schema>) {}

  async hold(piece: HeldPiece): Promise<void> {
    const insert = this.db.insertInto("pieces").values(piece);
    await insert.onConflict((conflict) => conflict.column("piece").doUpdateSet(piece)).execute();
  }

  async get(piece: string): Promise<HeldPiece | undefined> {
    return this.db.selectFrom("pieces").selectAll().where("piece", "=", piece).executeTakeFirst();
  }

  async heldAmong(pieces: readonly string[]): Promise<Map<string, HeldPiece>> {
    if (pieces.length === 0) return new Map();
    const rows = await this.db.selectFrom("pieces").selectAll().where("piece", "in", pieces).execute();
    return new Map(rows.map((row) => [row.piece, row]));
  }

  async drop(piece: string): Promise<void> {
    await this.db.deleteFrom("pieces").where("piece", "=", piece).execute();
  }
}
