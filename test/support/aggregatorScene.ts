import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import hre from "hardhat";

import { Aggregator } from "../../src/aggregator/aggregator";
import type { AggregatorEvent, AggregatorSettings } from "../../src/aggregator/options";
import { valuesOf } from "../../src/protocol/enums";
import { HttpRpc } from "../../src/filecoin/rpc";
import { commitPiece, type Piece } from "../../src/data/piece";
import { pieceCidV2 } from "../../src/data/pieceCid";
import { keysOf } from "../../src/cli/local/accounts";
import { SettlementByTerms } from "../../src/devnet/providers/directOnboarding";
import { SimulatedFilecoin } from "../../src/devnet/actors/filecoin";
import { LotusEndpoint } from "../../src/devnet/lotus/endpoint";
import type { StorageProvider } from "../../src/devnet/providers/provider";
import { startProvider } from "../../src/devnet/providers/providerHttp";
import { serveRpc } from "../../src/devnet/lotus/rpcServer";
import { DealStatus__factory, type DealStatus } from "../../typechain-types";
import { deployed } from "./chain";

/** DealStatus on a simulated Filecoin, storage providers, and a client who has pieces. */
export class AggregatorScene {
  readonly events: AggregatorEvent[] = [];
  readonly pieces: Piece[] = [];
  aggregator!: Aggregator;

  private constructor(
    readonly filecoin: SimulatedFilecoin,
    readonly providers: StorageProvider[],
    readonly dealStatus: DealStatus,
    readonly rpcUrl: string,
    readonly linkUrl: string,
    private readonly folder: string,
    private readonly bytes: Map<string, Uint8Array>,
    private readonly close: () => Promise<void>,
    private readonly sectorContents: string | undefined,
  ) {}

  /** `direct`: deals are onboarded directly instead of going through f05. */
  static async set(providerCount: number, { direct = false } = {}): Promise<AggregatorScene> {
    const { DealStatus } = await deployed("DealStatus");
    const { provider: chain } = hre.network;
    const filecoin = await SimulatedFilecoin.attach(chain);
    const folder = await mkdtemp(path.join(tmpdir(), "raas-aggregator-"));
    const providers: StorageProvider[] = [];
    for (let i = 0; i < providerCount; i++)
      providers.push(
        await startProvider({
          id: await filecoin.createMiner(),
          folder: path.join(folder, "providers"),
          filecoin,
          settlement: new SettlementByTerms(filecoin),
        }),
      );
    const rpc = await serveRpc(new LotusEndpoint(filecoin, chain).answer, { host: "127.0.0.1", port: 0 });
    const bytes = new Map<string, Uint8Array>();
    const links = createServer((request, response) => {
      const found = bytes.get(request.url!);
      if (found === undefined) response.writeHead(404).end();
      else response.end(found);
    });
    await new Promise<void>((resolve) => links.listen(0, "127.0.0.1", resolve));
    const close = async () => {
      for (const provider of providers) await provider.stop();
      await rpc.stop();
      links.closeAllConnections();
      await new Promise((resolve) => links.close(resolve));
      await rm(folder, { recursive: true, force: true });
    };
    const linkUrl = `http://127.0.0.1:${(links.address() as AddressInfo).port}`;
    const [client] = await hre.ethers.getSigners();
    const dealStatus = DealStatus__factory.connect(DealStatus!.address, client);
    const contents = direct ? await dealStatus.sectorContents() : undefined;
    const scene = new AggregatorScene(
      filecoin,
      providers,
      dealStatus,
      rpc.url,
      linkUrl,
      folder,
      bytes,
      close,
      contents,
    );
    await scene.startAggregator();
    return scene;
  }

  /** A new one where the old one left off. */
  async startAggregator(settings: Partial<AggregatorSettings> = {}): Promise<void> {
    this.aggregator = await Aggregator.start({
      folder: path.join(this.folder, "aggregator"),
      rpc: new HttpRpc(this.rpcUrl),
      dealStatus: await this.dealStatus.getAddress(),
      sectorContents: this.sectorContents,
      privateKey: keysOf(hre.config.networks.hardhat.accounts, 3)[2]!,
      providers: async () => this.providers.map(({ id, url }) => ({ id, url })),
      readTag: "latest",
      settings,
      onEvent: (event) => this.events.push(event),
    });
  }

  /** A piece that somebody wants stored; its bytes are at the fetch link unless they are withheld. */
  async submit(
    payloadBytes: number,
    { withhold = false, again }: { withhold?: boolean; again?: Piece } = {},
  ): Promise<bigint> {
    const payload = Uint8Array.from(randomBytes(payloadBytes));
    const piece = again ?? (await commitPiece(payload));
    const place = `/${pieceCidV2(piece)}`;
    if (!withhold && again === undefined) this.bytes.set(place, payload);
    this.pieces.push(piece);
    const link = Buffer.from(this.linkUrl + place);
    await (await this.dealStatus["submit(bytes,bytes)"](pieceCidV2(piece).bytes, link)).wait();
    return this.dealStatus.requestCount();
  }

  /** An epoch passes, and the providers do what is due. */
  async providersAdvance(): Promise<void> {
    await this.filecoin.skip(1n);
    for (const provider of this.providers) await provider.idle();
    for (const provider of this.providers) await provider.advance();
  }

  async round(): Promise<void> {
    await this.providersAdvance();
    await this.aggregator.tick();
  }

  async rounds(count: number): Promise<void> {
    for (let i = 0; i < count; i++) await this.round();
  }

  /** Listed deals of a piece: provider ids and deal ids. */
  async dealsOf(piece: Piece): Promise<{ marketActorId: bigint; providerId: bigint; dealId: bigint }[]> {
    const deals = await this.dealStatus["getAllDeals(bytes,uint64,uint64)"](pieceCidV2(piece).bytes, 0, 100);
    return deals.map(({ marketActorId, providerId, dealId }) => ({ marketActorId, providerId, dealId }));
  }

  async isCompleted(requestId: bigint): Promise<boolean> {
    return (await this.dealStatus.requestOf(requestId)).state === valuesOf("RequestState").Completed;
  }

  async stop(): Promise<void> {
    await this.aggregator.stop();
    await this.close();
  }
}
