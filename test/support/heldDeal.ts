import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

import { getBytes } from "ethers";
import { network } from "hardhat";
import { ulid } from "ulid";

import { ProviderRpc } from "../../src/filecoin/rpc";
import { encodeFile, shardFileName } from "../../src/data/encode";
import type { Manifest } from "../../src/data/manifest";
import { pieceCidV2 } from "../../src/data/pieceCid";
import { SettlementByTerms } from "../../src/devnet/providers/directOnboarding";
import type { StorageProvider } from "../../src/devnet/providers/provider";
import { startProvider } from "../../src/devnet/providers/providerHttp";
import { MarketReader } from "../../src/protocol/repairMarket";
import { delegatedIdentity } from "../../src/providers/curioAuth";
import { formatAddress } from "../../src/filecoin/filecoinAddress";
import { Mk20Client } from "../../src/providers/mk20";
import type { IRepairMiner } from "../../typechain-types";
import { exampleBytes } from "./exampleBytes";
import { marketFixture, type MarketWorld, type Sealed } from "./repairMarket";

const CLIENT_KEY = `0x${"42".repeat(32)}`;

/** A deal whose shards lie, bytes and all, with a local storage provider each. */
export class HeldDeal {
  readonly rpc = new ProviderRpc(network.provider);
  readonly providers: StorageProvider[] = [];
  readonly sealed: Sealed[] = [];
  dealId!: bigint;
  reader!: MarketReader;

  private constructor(
    readonly folder: string,
    readonly world: MarketWorld,
    readonly miner: IRepairMiner,
    readonly payload: Uint8Array,
    readonly manifest: Manifest,
    private readonly source: Server,
  ) {}

  static async make(k: number, n: number, payloadBytes: number): Promise<HeldDeal> {
    const world = await marketFixture();
    const folder = mkdtempSync(path.join(tmpdir(), "held-deal-"));
    const payload = exampleBytes(payloadBytes);
    writeFileSync(path.join(folder, "payload"), payload);
    const manifest = await encodeFile(path.join(folder, "payload"), path.join(folder, "shards"), {
      dataShards: k,
      totalShards: n,
    });
    const { readFileSync } = await import("node:fs");
    const source = createServer((request, response) => {
      response.end(readFileSync(path.join(folder, "shards", path.basename(request.url!))));
    });
    await new Promise<void>((resolve) => source.listen(0, "127.0.0.1", resolve));
    const held = new HeldDeal(folder, world, await world.createMiner(), payload, manifest, source);
    held.reader = new MarketReader(held.rpc, {
      market: await world.market.getAddress(),
      lens: await world.lens.getAddress(),
    });
    held.dealId = await world.addDeal(manifest, held.miner);
    return held;
  }

  /** Providers for so many shards, which they seal and the miner places; all of them make the deal begin. */
  async place(shards = this.manifest.shards.map((_, shard) => shard)): Promise<void> {
    const { world } = this;
    for (const shard of shards) {
      const provider = await startProvider({
        id: await world.filecoin.createMiner(),
        folder: path.join(this.folder, "providers"),
        filecoin: world.filecoin,
        settlement: new SettlementByTerms(world.filecoin),
      });
      this.providers[shard] = provider;
      this.sealed[shard] = await this.seal(provider, shard);
      await this.miner.placeShards(this.dealId, [await world.placement(this.manifest, shard, this.sealed[shard]!)]);
    }
    if (shards.length === this.manifest.shards.length) await world.prove(this.dealId, this.sealed);
    this.writeDirectory();
  }

  private async seal(provider: StorageProvider, shard: number): Promise<Sealed> {
    const { world } = this;
    const identity = delegatedIdentity(CLIENT_KEY);
    const identifier = ulid();
    const { port } = this.source.address() as AddressInfo;
    const payload = getBytes(await world.payloadFor(await this.miner.getAddress()));
    await new Mk20Client(provider.url, { identity }).proposeDeal({
      identifier,
      client: formatAddress(identity.address),
      data: {
        piece_cid: { "/": pieceCidV2(this.manifest.shards[shard]!).toString() },
        format: { raw: {} },
        source_http: {
          urls: [
            { url: `http://127.0.0.1:${port}/${shardFileName(shard)}`, headers: {}, priority: 0, fallback: false },
          ],
        },
      },
      products: {
        ddo_v1: {
          provider: `f0${provider.id}`,
          start_epoch: null,
          duration: 600_000,
          notification_address: formatAddress({ protocol: "delegated", ethereum: world.contents }),
          notification_payload: Buffer.from(payload).toString("base64"),
        },
        retrieval_v1: { announce_piece: false },
      },
    });
    await provider.idle();
    await world.filecoin.skip(3n);
    await provider.advance();
    const { sector, error } = provider.deals.get(identifier)!;
    if (sector === undefined) throw new Error(`shard ${shard} was not sealed: ${error}`);
    return { provider: provider.id, sector };
  }

  get directoryFile(): string {
    return path.join(this.folder, "providers.json");
  }

  writeDirectory(shards = [...this.providers.keys()]): void {
    const known = shards.flatMap((shard) => this.providers[shard] ?? []);
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(this.directoryFile, JSON.stringify(known.map(({ id, url }) => ({ id: String(id), url }))));
  }

  /** A name in the scene's own folder. */
  file(name: string): string {
    return path.join(this.folder, name);
  }

  async close(): Promise<void> {
    for (const provider of this.providers) await provider?.stop();
    this.source.closeAllConnections();
    await new Promise((resolve) => this.source.close(resolve));
    rmSync(this.folder, { recursive: true, force: true });
  }
}
