import { randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import hre from "hardhat";
import { ulid } from "ulid";

import { commitPiece, type Piece } from "../../src/data/piece";
import { pieceCidV2 } from "../../src/data/pieceCid";
import { SettlementByTerms } from "../../src/devnet/providers/directOnboarding";
import { SimulatedFilecoin } from "../../src/devnet/actors/filecoin";
import type { StorageProvider, ProviderEvent, ProviderOptions } from "../../src/devnet/providers/provider";
import { startProvider } from "../../src/devnet/providers/providerHttp";
import { delegatedIdentity } from "../../src/providers/curioAuth";
import { formatAddress } from "../../src/filecoin/filecoinAddress";
import { Mk20Client, Mk20Error } from "../../src/providers/mk20";
import type { Mk20Deal } from "../../src/providers/mk20Wire";
import { simulatedFilecoin } from "./chain";

export const CLIENT_KEY = `0x${"42".repeat(32)}`;

/** Changes to the example deal, part by part. */
export interface DealOverrides {
  data?: object;
  ddo?: object;
  deal?: object;
}

/** One storage provider on a simulated Filecoin, a client of it, and a source that it can pull from. */
export class ProviderScene {
  readonly identity = delegatedIdentity(CLIENT_KEY);
  readonly payload = Uint8Array.from(randomBytes(1000));
  /** What the source gives, by path. */
  readonly served = new Map<string, Uint8Array>();
  readonly events: ProviderEvent[] = [];
  provider!: StorageProvider;
  piece!: Piece;
  client!: Mk20Client;

  private started = false;

  private constructor(
    readonly filecoin: SimulatedFilecoin,
    readonly folder: string,
    private readonly source: Server,
  ) {}

  /** Of the chain as it is, with simulated actors; nothing else on it if `fresh`. */
  static async open({ fresh = true }: { fresh?: boolean } = {}): Promise<ProviderScene> {
    const filecoin = fresh ? await simulatedFilecoin() : await SimulatedFilecoin.attach(hre.network.provider);
    const folder = await mkdtemp(path.join(tmpdir(), "raas-provider-"));
    const source = createServer((request, response) => {
      const bytes = scene.served.get(request.url!);
      if (bytes === undefined) response.writeHead(404).end();
      else response.end(bytes);
    });
    const scene = new ProviderScene(filecoin, folder, source);
    await new Promise<void>((resolve) => source.listen(0, "127.0.0.1", resolve));
    scene.piece = await commitPiece(scene.payload);
    return scene;
  }

  get sourceUrl(): string {
    return `http://127.0.0.1:${(this.source.address() as AddressInfo).port}`;
  }

  /** A new provider with nothing in it. */
  async start(options: Partial<ProviderOptions> = {}): Promise<void> {
    if (this.started) await this.provider.stop();
    this.started = true;
    this.served.clear();
    this.served.set("/piece", this.payload);
    this.events.length = 0;
    this.provider = await startProvider({
      id: await this.filecoin.createMiner(),
      folder: this.folder,
      filecoin: this.filecoin,
      settlement: new SettlementByTerms(this.filecoin),
      onEvent: (event) => this.events.push(event),
      ...options,
    });
    this.client = new Mk20Client(this.provider.url, { identity: this.identity });
  }

  async close(): Promise<void> {
    this.source.closeAllConnections();
    await new Promise((resolve) => this.source.close(resolve));
    await rm(this.folder, { recursive: true, force: true });
  }

  exampleDeal(overrides: DealOverrides = {}): Mk20Deal {
    return {
      identifier: ulid(),
      client: formatAddress(this.identity.address),
      data: {
        piece_cid: { "/": pieceCidV2(this.piece).toString() },
        format: { raw: {} },
        source_http: { urls: [{ url: `${this.sourceUrl}/piece`, headers: {}, priority: 0, fallback: false }] },
        ...overrides.data,
      },
      products: {
        ddo_v1: { provider: `f0${this.provider.id}`, start_epoch: null, duration: 518_400, ...overrides.ddo },
        retrieval_v1: { announce_piece: false },
      },
      ...overrides.deal,
    } as Mk20Deal;
  }

  /** Lets a proposed deal go as far as its sector. */
  async seal(identifier: string): Promise<{ dealId: bigint | undefined; sector: bigint }> {
    await this.provider.idle();
    await this.filecoin.skip(3n);
    await this.provider.advance();
    const { dealId, sector, error } = this.provider.deals.get(identifier)!;
    if (sector === undefined) throw new Error(`not sealed: ${error}`);
    return { dealId, sector };
  }

  async proposeAndSeal(deal = this.exampleDeal()): Promise<{ dealId: bigint | undefined; sector: bigint }> {
    await this.client.proposeDeal(deal);
    return this.seal(deal.identifier);
  }

  async statusOf(identifier: string): Promise<{ status: string; errorMsg: string }> {
    return (await this.client.dealStatus(identifier))!.ddo_v1;
  }

  async bytesOf(cid: string, range?: { first: bigint; last: bigint }): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of (await this.client.piece(cid, range)) as AsyncIterable<Uint8Array>) chunks.push(chunk);
    return Buffer.concat(chunks);
  }
}

/** The refusal that an attempt must end in. */
export async function refusal(attempt: Promise<unknown>): Promise<Mk20Error> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof Mk20Error) return error;
    throw error;
  }
  throw new Error("it was not refused");
}
