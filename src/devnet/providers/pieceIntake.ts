import { setTimeout as pause } from "node:timers/promises";

import { pieceCidV2 } from "../../data/pieceCid";
import { verifyPiece } from "../../providers/verifyPiece";
import { DealRefused } from "./dealRefused";
import type { Manners } from "./manners";
import type { PieceShelf } from "./pieceShelf";
import { addTo, type ProviderDeal } from "./providerDeals";
import type { UploadArea } from "./uploadArea";

/** Bytes, at most, of a piece that the client has not named yet. */
const UNNAMED_LIMIT_BYTES = 1n << 30n;

/** How the bytes of a deal come to its provider: pulled from where the client said, or sent by the client. Nothing is
 *  kept that is not the piece. */
export class PieceIntake {
  constructor(
    private readonly shelf: PieceShelf,
    private readonly uploads: UploadArea,
    private readonly manners: Manners,
    private readonly signal: AbortSignal,
  ) {}

  async pull(deal: ProviderDeal): Promise<void> {
    deal.state = "processing";
    if (this.manners.delayMs > 0)
      await pause(this.manners.delayMs, undefined, { signal: this.signal }).catch(() => undefined);
    const urls = [...(deal.terms.data?.source_http?.urls ?? [])].sort(
      (a, b) => Number(a.fallback) - Number(b.fallback) || a.priority - b.priority,
    );
    const failures: string[] = [];
    for (const { url, headers } of urls) {
      try {
        const flat = Object.entries(headers ?? {}).flatMap(([name, values]) =>
          values.map((value): [string, string] => [name, value]),
        );
        const response = await fetch(url, { headers: flat, signal: this.signal });
        if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
        return await this.shelf.add(deal.piece!, response.body as AsyncIterable<Uint8Array>, deal.members);
      } catch (error) {
        failures.push(`${url}: ${(error as Error).message}`);
      }
    }
    throw new Error(`no source gave the piece: ${failures.join("; ")}`);
  }

  /** The client's upload in one stream; what is known not to be the piece is refused at once. */
  async receive(deal: ProviderDeal, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const { identifier } = deal.terms;
    this.waiting(deal);
    await this.uploads.take(identifier, bytes, deal.piece?.payloadBytes ?? UNNAMED_LIMIT_BYTES);
    if (deal.piece === undefined) return;
    await verifyPiece(this.uploads.open(identifier)!, deal.piece).catch(async (cause: unknown) => {
      await this.uploads.drop(identifier);
      throw new DealRefused(400, (cause as Error).message);
    });
  }

  start(deal: ProviderDeal, rawBytes: bigint, chunkBytes: number): void {
    this.waiting(deal);
    if (deal.piece !== undefined && deal.piece.payloadBytes !== rawBytes)
      throw new DealRefused(400, `${pieceCidV2(deal.piece)} has ${deal.piece.payloadBytes} bytes, not ${rawBytes}`);
    this.uploads.start(deal.terms.identifier, rawBytes, chunkBytes);
  }

  async chunk(deal: ProviderDeal, number: number, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    await this.uploads.chunk(deal.terms.identifier, number, bytes);
  }

  status(deal: ProviderDeal) {
    this.waiting(deal);
    const status = this.uploads.status(deal.terms.identifier);
    if (status === undefined) throw new DealRefused(425, "upload not initiated");
    return status;
  }

  /** The client says that all of it is there. Returns a function that stores the piece, which may take long. */
  finish(deal: ProviderDeal, additions: unknown, how: "whole" | "chunks"): () => Promise<void> {
    const { identifier } = deal.terms;
    this.waiting(deal);
    const chunked = this.uploads.status(identifier);
    if ((how === "chunks") !== (chunked !== undefined)) throw new DealRefused(404, "deal not found: no such upload");
    const bytes = this.uploads.open(identifier);
    if (bytes === undefined)
      throw how === "chunks"
        ? new DealRefused(400, "deal upload has not finished")
        : new DealRefused(404, "deal not found: nothing was uploaded");
    if (additions !== undefined) addTo(deal, additions);
    if (deal.piece === undefined) throw new DealRefused(400, "cannot finalize deal with missing data source");
    deal.state = "processing";
    return async () => {
      await this.shelf.add(deal.piece!, bytes, deal.members);
      await this.uploads.drop(identifier);
    };
  }

  private waiting(deal: ProviderDeal): void {
    if (deal.state !== "uploading") throw new DealRefused(404, `deal ${deal.terms.identifier} waits for no upload`);
  }
}
