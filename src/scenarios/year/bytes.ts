import { createReadStream } from "node:fs";

import { commitPiece } from "../../data/piece";
import { parsePieceCid } from "../../data/pieceCid";
import type { ProviderFleet } from "../../devnet/providers/fleet";
import type { Shelved } from "../../devnet/providers/pieceShelf";

/** A deal's data could not be fetched although enough shards could be read. */
export class LostBytesError extends Error {
  override readonly name = "LostBytesError";
  constructor(
    readonly dealId: bigint,
    readonly readable: number,
    readonly needed: number,
    options?: ErrorOptions,
  ) {
    const why = options?.cause === undefined ? "different bytes came back" : (options.cause as Error).message;
    super(
      `Deal ${dealId}: ${readable} shards can be read, only ${needed} are needed, and still the fetch failed: ${why}`,
      options,
    );
  }
}

/** Which shards could be read from somebody: what a repair can start from. */
export class BytesAudit {
  constructor(private readonly fleet: ProviderFleet) {}

  /** How many of these pieces some provider serves with the right bytes. */
  async readable(cids: readonly string[]): Promise<number> {
    let count = 0;
    for (const cid of cids) if (await this.served(cid)) count++;
    return count;
  }

  private async served(cid: string): Promise<boolean> {
    const piece = parsePieceCid(cid);
    for (const provider of this.fleet.providers) {
      const shelved = provider.vanished ? undefined : provider.readable(piece);
      if (shelved !== undefined && (await rootOf(shelved)).equals(piece.root)) return true;
    }
    return false;
  }
}

async function rootOf({ file, offset, payloadBytes }: Shelved): Promise<Buffer> {
  const [start, end] = [Number(offset), Number(offset + payloadBytes) - 1];
  return Buffer.from((await commitPiece(createReadStream(file, { start, end }))).root);
}
