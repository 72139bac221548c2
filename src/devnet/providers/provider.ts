import path from "node:path";

import { pieceCidV2 } from "../../data/pieceCid";
import type { Piece } from "../../data/piece";
import { DealRefused } from "./dealRefused";
import { Manners } from "./manners";
import { PieceIntake } from "./pieceIntake";
import { PieceShelf, type Shelved } from "./pieceShelf";
import { acceptProposal, addTo, settledDeal, type ProviderDeal } from "./providerDeals";
import { ProviderSectors, type SectorDriver, type SectorHealth } from "./providerSectors";
import type { Settlement } from "./settlement";
import { type ChunkLimits, CURIO_CHUNKS, UploadArea } from "./uploadArea";

export interface ProviderOptions {
  id: bigint;
  folder: string;
  filecoin: SectorDriver;
  settlement: Settlement;
  /** 0: any free port. */
  port?: number;
  sealEpochs?: bigint;
  /** Epochs to the start of a deal whose proposal does not set one. */
  startEpochs?: bigint;
  /** Whether requests to the market must be signed, as Curio has it. A signature that is there is always verified. */
  requireSignature?: boolean;
  chunks?: ChunkLimits;
  /** Called with each event. */
  onEvent?: (event: ProviderEvent) => void;
}

export interface ProviderEvent {
  provider: bigint;
  kind:
    | "accepted"
    | "checked"
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

/** A provider's HTTP while it is up. */
export interface ProviderServer {
  port: number;
  stop(): Promise<void>;
}

/** Brings a provider's HTTP up on a port of loopback; 0: any free one. */
type Serve = (provider: StorageProvider, port: number) => Promise<ProviderServer>;

const SEAL_EPOCHS = 3n;
const START_EPOCHS = 2n * 2880n;

/** A storage provider of the local network: it pulls, checks and holds real bytes, brings deals onto the chain, and
 *  serves what its healthy sectors hold. */
export class StorageProvider {
  readonly id: bigint;
  readonly deals = new Map<string, ProviderDeal>();
  readonly manners = new Manners();
  readonly intake: PieceIntake;
  readonly requireSignature: boolean;
  private readonly shelf: PieceShelf;
  private readonly held: ProviderSectors;
  private readonly work = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private server: ProviderServer | undefined;
  private port: number;

  private constructor(
    private readonly options: ProviderOptions,
    private readonly serve: Serve,
  ) {
    this.id = options.id;
    this.port = options.port ?? 0;
    this.requireSignature = options.requireSignature ?? true;
    const folder = path.join(options.folder, `f0${options.id}`);
    this.shelf = new PieceShelf(folder);
    this.held = new ProviderSectors(options.id, options.filecoin);
    const uploads = new UploadArea(path.join(folder, "uploads"), options.chunks ?? CURIO_CHUNKS);
    this.intake = new PieceIntake(this.shelf, uploads, this.manners, this.stopping.signal);
  }

  static async start(options: ProviderOptions, serve: Serve): Promise<StorageProvider> {
    const provider = new StorageProvider(options, serve);
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
    this.takeIn(deal);
  }

  /** Adds what a deal does not have yet. */
  update(deal: ProviderDeal, body: unknown): void {
    const unnamed = deal.piece === undefined;
    addTo(deal, body);
    if (unnamed && deal.piece !== undefined) this.takeIn(deal);
  }

  /** The client says that all of its upload is there. */
  finishUpload(deal: ProviderDeal, additions: unknown, how: "whole" | "chunks"): void {
    const shelve = this.intake.finish(deal, additions, how);
    this.background(deal, shelve);
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
      return holders.some((deal) => deal.sector === undefined || this.held.healthOf(deal.sector) === "active");
    });
  }

  async fault(sector: bigint): Promise<void> {
    await this.held.fault(sector);
    this.tellSector("fault", sector);
  }

  async recover(sector: bigint): Promise<void> {
    await this.held.recover(sector);
    this.tellSector("recover", sector);
  }

  async terminate(sector: bigint): Promise<void> {
    await this.held.terminate(sector);
    for (const deal of this.deals.values()) {
      const others = [...this.deals.values()].filter(
        (other) => other.sector !== sector && same(other.piece, deal.piece) && this.alive(other),
      );
      if (deal.sector === sector && others.length === 0) await this.shelf.remove(deal.piece!);
    }
    this.tellSector("terminate", sector);
  }

  /** Changes one byte of a piece on the disk. */
  async corrupt(cid: { root: Uint8Array; height?: number }): Promise<void> {
    await this.shelf.corrupt(cid);
    this.options.onEvent?.({ provider: this.id, kind: "corrupt" });
  }

  /** No answer any more, and no proofs. Its deals, sectors and bytes stay with it. */
  async vanish(): Promise<void> {
    await this.server?.stop();
    this.server = undefined;
    for (const sector of await this.held.leave()) this.tellSector("fault", sector);
    this.options.onEvent?.({ provider: this.id, kind: "vanish" });
  }

  /** Back at the same address, proving again what it left. */
  async comeBack(): Promise<void> {
    if (this.vanished) await this.listen();
    for (const sector of await this.held.comeBack()) this.tellSector("recover", sector);
    this.options.onEvent?.({ provider: this.id, kind: "return" });
  }

  sectors(): { sector: bigint; health: SectorHealth }[] {
    return this.held.list();
  }

  private async listen(): Promise<void> {
    this.server = await this.serve(this, this.port);
    this.port = this.server.port;
  }

  /** Where the bytes of a new deal come from is known: from a source, or from its client. */
  private takeIn(deal: ProviderDeal): void {
    if (deal.terms.data?.source_http === undefined) deal.state = "uploading";
    else this.background(deal, () => this.intake.pull(deal));
  }

  /** Once `taken` has brought the bytes, the deal continues by itself. */
  private background(deal: ProviderDeal, taken: () => Promise<void>): void {
    const task = this.orFail(deal, async () => {
      await taken();
      await this.publish(deal);
    }).finally(() => this.work.delete(task));
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

  private async publish(deal: ProviderDeal): Promise<void> {
    deal.dealId = await this.options.settlement.publish(settledDeal(deal, this.id));
    deal.due = (await this.options.filecoin.epoch()) + (this.options.sealEpochs ?? SEAL_EPOCHS);
    deal.state = "sealing";
    this.tell(deal.dealId === undefined ? "checked" : "published", deal);
  }

  private async commit(deal: ProviderDeal, epoch: bigint): Promise<void> {
    deal.sector = await this.options.settlement.commit(settledDeal(deal, this.id), deal.dealId, epoch);
    this.held.sealed(deal.sector);
    deal.due = epoch + 1n;
    deal.state = "indexing";
    this.tell("sealed", deal);
  }

  private alive(deal: ProviderDeal): boolean {
    return deal.state !== "failed" && (deal.sector === undefined || this.held.healthOf(deal.sector) !== "terminated");
  }

  private tell(kind: ProviderEvent["kind"], deal: ProviderDeal, reason?: string): void {
    this.options.onEvent?.({
      provider: this.id,
      kind,
      ...(deal.piece === undefined ? {} : { piece: pieceCidV2(deal.piece).toString() }),
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

function same(a: Piece | undefined, b: Piece | undefined): boolean {
  return a !== undefined && b !== undefined && a.height === b.height && Buffer.compare(a.root, b.root) === 0;
}
