import { writeFileSync } from "node:fs";
import path from "node:path";

import { ethers, network } from "hardhat";

import { type JsonRpc, ProviderRpc } from "../../src/filecoin/rpc";
import { beginUpload, type UploadTerms } from "../../src/client/upload/begin";
import { MarketChain } from "../../src/client/upload/chain";
import { MinerApi } from "../../src/client/upload/minerApi";
import { MinerUrls } from "../../src/protocol/minerUrls";
import type { UploadParts } from "../../src/client/upload/parts";
import { type UploadRecord, UploadRecords } from "../../src/client/upload/record";
import { runUpload } from "../../src/client/upload/run";
import { MarketReader } from "../../src/protocol/repairMarket";
import type { Plug } from "./crash";
import { RepairScene } from "./repairScene";

/** A client with a file, before a repair miner with storage providers; all of them real. */
export class StoreScene {
  readonly records: UploadRecords;
  readonly file: string;

  private constructor(readonly scene: RepairScene) {
    this.records = new UploadRecords(path.join(scene.folder, "stores"));
    this.file = path.join(scene.folder, "payload");
    writeFileSync(this.file, scene.payload);
  }

  static async set(options: Parameters<typeof RepairScene.set>[0] = {}): Promise<StoreScene> {
    return new StoreScene(await RepairScene.set(options));
  }

  get world() {
    return this.scene.world;
  }

  terms(overrides: Partial<UploadTerms> = {}): UploadTerms {
    const { dataShards, totalShards } = this.scene.data.layout.code;
    return {
      ...{ file: this.file, dataShards, totalShards, maxPerProvider: 1, epochs: 20_000n, expiryEpochs: 1_000n },
      ...{ providers: [], ...overrides },
    };
  }

  async parts(overrides: Partial<UploadParts> = {}, plug?: Plug): Promise<UploadParts> {
    const { world } = this;
    const rpc: JsonRpc = new ProviderRpc(network.provider);
    const addresses = { market: await world.market.getAddress(), lens: await world.lens.getAddress() };
    const reader = new MarketReader(rpc, addresses);
    const { chainId } = await ethers.provider.getNetwork();
    const { market } = addresses;
    const chain = new MarketChain(rpc, world.market.connect(world.client), world.client, world.client.address, chainId);
    const through = <T extends object>(part: T): T => (plug === undefined ? part : plugged(part, plug));
    return {
      chain: through(chain),
      reader: through(reader),
      records: plug === undefined ? this.records : pluggedSync(this.records, plug),
      urls: new MinerUrls(rpc, market, 0n),
      api: (url) => through(new MinerApi(url)),
      ...{ chainId, market, rules: world.rules, again: false, pollMs: 0, retries: 1 },
      choice: { minerUrl: this.scene.running.url },
      sleep: async () => this.scene.step(),
      ...overrides,
    };
  }

  async begin(overrides: Partial<UploadTerms> = {}, again = false): Promise<UploadRecord> {
    const { chainId, market, reader } = await this.parts();
    const owner = { chainId, market, client: this.world.client.address };
    return beginUpload(this.records, owner, this.terms(overrides), { again, reader });
  }

  async store(overrides: Partial<UploadParts> = {}, terms: Partial<UploadTerms> = {}) {
    return runUpload(await this.parts(overrides), await this.begin(terms, overrides.again));
  }

  async bids(): Promise<bigint> {
    return (await this.world.market.counts()).bids;
  }

  async stop(): Promise<void> {
    await this.scene.stop();
  }
}

/** Every call of a part goes through the plug. */
function plugged<T extends object>(part: T, plug: Plug): T {
  return new Proxy(part, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== "function") return value;
      return (...args: unknown[]) =>
        plug.through(() => (value as (...a: unknown[]) => Promise<unknown>).apply(target, args));
    },
  });
}

function pluggedSync(records: UploadRecords, plug: Plug): Pick<UploadRecords, "save" | "folderOf"> {
  return {
    folderOf: (id) => records.folderOf(id),
    save: (record) => plug.throughSync(() => records.save(record)),
  };
}
