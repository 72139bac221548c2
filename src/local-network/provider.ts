import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { pieceCidV2 } from "../data/pieceCid";
import type { Piece } from "../data/piece";
import { parseAddress } from "../storage/filecoinAddress";
import { PieceShelf, type Shelved } from "./pieceShelf";
import { acceptProposal, DealRefused, type ProviderDeal } from "./providerDeals";
import { serveProvider, type ProviderServer } from "./providerHttp";
import type { SettledDeal, Settlement } from "./settlement";

/** What a storage provider needs of the chain. */
export interface SectorDriver {
  epoch(): Promise<bigint>;
  fault(provider: bigint, sector: bigint): Promise<void>;
  recover(provider: bigint, sector: bigint): Promise<void>;
  terminate(provider: bigint, sector: bigint): Promise<void>;
}

export interface ProviderOptions {
  id: bigint;
  folder: string;
  filecoin: SectorDriver;
  settlement: Settlement;
  /** 0: any free port. */
  port?: number;
  sealEpochs?: bigint;
  /** How far off the start of a deal is whose proposal leaves it open. */
  startEpochs?: bigint;
  /** Told what happens, in a few words. */
  onEvent?: (event: ProviderEvent) => void;
}

export interface ProviderEvent {
  provider: bigint;
  kind:
    | "accepted"
    | "refused"
    | "published"
    | "sealed"
    | "complete"
    | "failed"
    | "fault"
    | "recover"
    | "terminate"
    | "vanish"
    | "return"
    | "corrupt";
  dealId?: bigint;
  sector?: bigint;
  piece?: string;
  reason?: string;
}

/** How a provider may be told to behave. */
export interface Manners {
  /** Refuses every proposal: 426. */
  refuse: boolean;
  /** Is overloaded: 429 for every proposal. */
  overloaded: boolean;
  /** Waits before each answer. */
  delayMs: number;
  /** Takes deals and never seals them. */
  stall: boolean;
}

type SectorHealth = "active" | "faulty" | "terminated";

const SEAL_EPOCHS = 3n;
const START_EPOCHS = 2n * 2880n;

/** A storage provider of the local network: it pulls, checks and holds real bytes, brings deals onto the chain, and
 *  serves what its healthy sectors hold. */
export class StorageProvider {
  readonly id: bigint;
  readonly deals = new Map<string, ProviderDeal>();
  readonly manners: Manners = { refuse: false, overloaded: false, delayMs: 0, stall: false };
  private readonly shelf: PieceShelf;
  private readonly health = new Map<bigint, SectorHealth>();
  private readonly work = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private server: ProviderServer | undefined;
  private port: number;

  private constructor(private readonly options: ProviderOptions) {
    this.id = options.id;
    this.port = options.port ?? 0;
    this.shelf = new PieceShelf(path.join(options.folder, `f0${options.id}`));
  }

  static async start(options: ProviderOptions): Promise<StorageProvider> {
    const provider = new StorageProvider(options);
    await provider.listen();
    return provider;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get vanished(): boolean {
    return this.server === undefined;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.server?.stop();
    this.server = undefined;
    await this.idle();
  }

  /** Takes a proposal on or refuses it. The identifier is the client's: the same one twice is one deal. */
  async propose(body: unknown): Promise<void> {
    if (this.manners.overloaded) throw new DealRefused(429, "too many deals");
    if (this.manners.refuse) throw new DealRefused(426, "not for this client");
    const epoch = await this.options.filecoin.epoch();
    const deal = acceptProposal(body, this.id, epoch, this.options.startEpochs ?? START_EPOCHS);
    if (this.deals.has(deal.terms.identifier))
      throw new DealRefused(400, `there is a deal ${deal.terms.identifier} already`);
    this.deals.set(deal.terms.identifier, deal);
    this.tell("accepted", deal);
    if (deal.terms.data.source_http === undefined) deal.state = "uploading";
    else this.background(deal, () => this.pull(deal));
  }

  /** The client's own upload, for a deal whose source is `source_http_put`. */
  async receive(identifier: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const deal = this.deals.get(identifier);
    if (deal === undefined) throw new DealRefused(404, `no deal ${identifier}`);
    if (deal.state !== "uploading") throw new DealRefused(400, `deal ${identifier} waits for no upload`);
    await this.shelf.add(deal.piece, bytes, deal.members).catch((cause: unknown) => {
      throw new DealRefused(400, (cause as Error).message);
    });
  }

  /** The client says that all of it is there. */
  finishUpload(identifier: string): void {
    const deal = this.deals.get(identifier);
    if (deal === undefined) throw new DealRefused(404, `no deal ${identifier}`);
    if (deal.state !== "uploading" || this.shelf.find(deal.piece) === undefined)
      throw new DealRefused(400, `deal ${identifier} has no upload to finish`);
    this.background(deal, () => this.publish(deal));
  }

  /** Waits for what is under way: pulling, publishing. */
  async idle(): Promise<void> {
    while (this.work.size > 0) await Promise.all(this.work);
  }

  /** Takes every deal on as far as the epoch allows. */
  async advance(): Promise<void> {
    const epoch = await this.options.filecoin.epoch();
    for (const deal of this.deals.values()) {
      if (this.manners.stall || this.vanished || epoch < deal.due) continue;
      if (deal.state === "sealing") await this.orFail(deal, () => this.commit(deal, epoch));
      else if (deal.state === "indexing") {
        deal.state = "complete";
        this.tell("complete", deal);
      }
    }
  }

  /** Where a piece can be read: only from a container whose sector is healthy, or that is not sealed yet. */
  readable(cid: { root: Uint8Array; height?: number }): Shelved | undefined {
    return this.shelf.find(cid, (container) => {
      const holders = [...this.deals.values()].filter((deal) => same(deal.piece, container));
      return holders.some((deal) => deal.sector === undefined || this.health.get(deal.sector) === "active");
    });
  }

  async fault(sector: bigint): Promise<void> {
    this.known(sector);
    await this.options.filecoin.fault(this.id, sector);
    this.health.set(sector, "faulty");
    this.tellSector("fault", sector);
  }

  async recover(sector: bigint): Promise<void> {
    this.known(sector);
    await this.options.filecoin.recover(this.id, sector);
    this.health.set(sector, "active");
    this.tellSector("recover", sector);
  }

  async terminate(sector: bigint): Promise<void> {
    this.known(sector);
    await this.options.filecoin.terminate(this.id, sector);
    this.health.set(sector, "terminated");
    for (const deal of this.deals.values()) {
      const others = [...this.deals.values()].filter(
        (other) => other.sector !== sector && same(other.piece, deal.piece) && this.alive(other),
      );
      if (deal.sector === sector && others.length === 0) await this.shelf.remove(deal.piece);
    }
    this.tellSector("terminate", sector);
  }

  /** Turns over a byte of a piece on the disk. */
  async corrupt(cid: { root: Uint8Array; height?: number }): Promise<void> {
    await this.shelf.corrupt(cid);
    this.options.onEvent?.({ provider: this.id, kind: "corrupt" });
  }

  /** No answer any more, and no proofs. */
  async vanish(): Promise<void> {
    await this.server?.stop();
    this.server = undefined;
    for (const [sector, health] of this.health) if (health === "active") await this.fault(sector);
    this.options.onEvent?.({ provider: this.id, kind: "vanish" });
  }

  /** Back at the same address, proving again. */
  async comeBack(): Promise<void> {
    await this.listen();
    for (const [sector, health] of this.health) if (health === "faulty") await this.recover(sector);
    this.options.onEvent?.({ provider: this.id, kind: "return" });
  }

  sectors(): { sector: bigint; health: SectorHealth }[] {
    return [...this.health].map(([sector, health]) => ({ sector, health }));
  }

  private async listen(): Promise<void> {
    this.server = await serveProvider(this, this.port);
    this.port = this.server.port;
  }

  private background(deal: ProviderDeal, run: () => Promise<void>): void {
    const task = this.orFail(deal, run).finally(() => this.work.delete(task));
    this.work.add(task);
  }

  private async orFail(deal: ProviderDeal, run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      deal.state = "failed";
      deal.error = (error as Error).message;
      this.tell("failed", deal, deal.error);
    }
  }

  private async pull(deal: ProviderDeal): Promise<void> {
    deal.state = "processing";
    if (this.manners.delayMs > 0)
      await pause(this.manners.delayMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    const urls = [...(deal.terms.data.source_http?.urls ?? [])].sort(
      (a, b) => Number(a.fallback) - Number(b.fallback) || a.priority - b.priority,
    );
    const failures: string[] = [];
    for (const { url, headers } of urls) {
      try {
        const flat = Object.entries(headers ?? {}).flatMap(([name, values]) =>
          values.map((value): [string, string] => [name, value]),
        );
        const response = await fetch(url, { headers: flat, signal: this.stopping.signal });
        if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status}`);
        await this.shelf.add(deal.piece, response.body as AsyncIterable<Uint8Array>, deal.members);
        return await this.publish(deal);
      } catch (error) {
        failures.push(`${url}: ${(error as Error).message}`);
      }
    }
    throw new Error(`no source gave the piece: ${failures.join("; ")}`);
  }

  private async publish(deal: ProviderDeal): Promise<void> {
    deal.dealId = await this.options.settlement.publish(this.settled(deal));
    deal.due = (await this.options.filecoin.epoch()) + (this.options.sealEpochs ?? SEAL_EPOCHS);
    deal.state = "sealing";
    this.tell("published", deal);
  }

  private async commit(deal: ProviderDeal, epoch: bigint): Promise<void> {
    deal.sector = await this.options.settlement.commit(this.settled(deal), deal.dealId, epoch);
    this.health.set(deal.sector, "active");
    deal.due = epoch + 1n;
    deal.state = "indexing";
    this.tell("sealed", deal);
  }

  private settled(deal: ProviderDeal): SettledDeal {
    const { notification_address: receiver, notification_payload: payload } = deal.terms.products.ddo_v1;
    return {
      provider: this.id,
      client: deal.client,
      piece: deal.piece,
      label: deal.terms.identifier,
      startEpoch: deal.startEpoch,
      endEpoch: deal.endEpoch,
      startGiven: deal.startGiven,
      ...(receiver === undefined || payload === undefined
        ? {}
        : { notification: { receiver: parseAddress(receiver), payload: Buffer.from(payload, "base64") } }),
    };
  }

  private alive(deal: ProviderDeal): boolean {
    return deal.state !== "failed" && (deal.sector === undefined || this.health.get(deal.sector) !== "terminated");
  }

  private known(sector: bigint): void {
    if (!this.health.has(sector)) throw new Error(`Provider f0${this.id} has no sector ${sector}.`);
  }

  private tell(kind: ProviderEvent["kind"], deal: ProviderDeal, reason?: string): void {
    this.options.onEvent?.({
      provider: this.id,
      kind,
      piece: pieceCidV2(deal.piece).toString(),
      ...(deal.dealId === undefined ? {} : { dealId: deal.dealId }),
      ...(deal.sector === undefined ? {} : { sector: deal.sector }),
      ...(reason === undefined ? {} : { reason }),
    });
  }

  private tellSector(kind: ProviderEvent["kind"], sector: bigint): void {
    const deal = [...this.deals.values()].find((held) => held.sector === sector);
    if (deal === undefined) this.options.onEvent?.({ provider: this.id, kind, sector });
    else this.tell(kind, deal);
  }
}

function same(a: Piece, b: Piece): boolean {
  return a.height === b.height && Buffer.compare(a.root, b.root) === 0;
}
