import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

import type { ProviderEvent, StorageProvider } from "./provider";
import { startProvider } from "./providerHttp";
import type { SectorDriver } from "./providerSectors";
import type { Settlement } from "./settlement";

interface FleetOptions {
  filecoin: SectorDriver & { createMiner(): Promise<bigint> };
  settlement: Settlement;
  /** Their pieces, and `providers.json` with their addresses. */
  folder: string;
  count: number;
  onEvent?: (event: ProviderEvent) => void;
}

/** The storage providers of a local network, and the directory in which they are found. */
export class ProviderFleet {
  readonly providers: StorageProvider[] = [];

  private constructor(private readonly options: FleetOptions) {}

  static async start(options: FleetOptions): Promise<ProviderFleet> {
    const fleet = new ProviderFleet(options);
    try {
      await mkdir(options.folder, { recursive: true });
      for (let i = 0; i < options.count; i++) await fleet.open();
      await fleet.list();
      return fleet;
    } catch (error) {
      await fleet.stop();
      throw error;
    }
  }

  get directoryFile(): string {
    return path.join(this.options.folder, "providers.json");
  }

  get(id: bigint): StorageProvider {
    const provider = this.providers.find((one) => one.id === id);
    if (provider === undefined) throw new RangeError(`There is no provider f0${id} here.`);
    return provider;
  }

  /** One more. */
  async join(): Promise<StorageProvider> {
    const provider = await this.open();
    await this.list();
    return provider;
  }

  /** All providers finish their work in progress and do what is due. */
  async advance(): Promise<void> {
    await Promise.all(this.providers.map((provider) => provider.idle()));
    await Promise.all(this.providers.map((provider) => provider.advance()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.providers.map((provider) => provider.stop()));
  }

  private async open(): Promise<StorageProvider> {
    const { folder, filecoin, settlement, onEvent } = this.options;
    const provider = await startProvider({
      id: await filecoin.createMiner(),
      folder: path.join(folder, "storage-providers"),
      filecoin,
      settlement,
      ...(onEvent === undefined ? {} : { onEvent }),
    });
    this.providers.push(provider);
    return provider;
  }

  private async list(): Promise<void> {
    const directory = this.providers.map(({ id, url }) => ({ id: id.toString(), url }));
    await writeFile(this.directoryFile, JSON.stringify(directory, null, 2));
  }
}
