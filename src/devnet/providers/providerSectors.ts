/** What a storage provider needs of the chain. */
export interface SectorDriver {
  epoch(): Promise<bigint>;
  sector(provider: bigint, sector: bigint): Promise<{ status: "dead" | "active" | "faulty" }>;
  fault(provider: bigint, sector: bigint): Promise<void>;
  recover(provider: bigint, sector: bigint): Promise<void>;
  terminate(provider: bigint, sector: bigint): Promise<void>;
}

export type SectorHealth = "active" | "faulty" | "terminated";

/** A provider's sectors, as the provider treats them: what it proves, what it does not prove, what it gave up. */
export class ProviderSectors {
  private readonly health = new Map<bigint, SectorHealth>();
  /** Not proven because the provider is away. */
  private readonly unattended = new Set<bigint>();

  constructor(
    private readonly provider: bigint,
    private readonly filecoin: SectorDriver,
  ) {}

  sealed(sector: bigint): void {
    this.health.set(sector, "active");
  }

  healthOf(sector: bigint): SectorHealth | undefined {
    return this.health.get(sector);
  }

  list(): { sector: bigint; health: SectorHealth }[] {
    return [...this.health].map(([sector, health]) => ({ sector, health }));
  }

  async fault(sector: bigint): Promise<void> {
    this.known(sector);
    await this.filecoin.fault(this.provider, sector);
    this.health.set(sector, "faulty");
  }

  async recover(sector: bigint): Promise<void> {
    this.known(sector);
    await this.filecoin.recover(this.provider, sector);
    this.health.set(sector, "active");
  }

  async terminate(sector: bigint): Promise<void> {
    this.known(sector);
    await this.filecoin.terminate(this.provider, sector);
    this.health.set(sector, "terminated");
  }

  /** The provider is away and proves nothing: every sector that was proven so far is faulty from its next deadline on. */
  async leave(): Promise<bigint[]> {
    const left: bigint[] = [];
    for (const { sector, health } of this.list()) {
      if (health !== "active" || (await this.died(sector))) continue;
      await this.fault(sector);
      this.unattended.add(sector);
      left.push(sector);
    }
    return left;
  }

  /** Proves the sectors again that are not dead; those that it did not prove before it left stay as they were. */
  async comeBack(): Promise<bigint[]> {
    const recovered: bigint[] = [];
    for (const sector of this.unattended) {
      if (this.health.get(sector) !== "faulty" || (await this.died(sector))) continue;
      await this.recover(sector);
      recovered.push(sector);
    }
    this.unattended.clear();
    return recovered;
  }

  /** A sector may have expired, or been terminated for its fault, since the last look. */
  private async died(sector: bigint): Promise<boolean> {
    if ((await this.filecoin.sector(this.provider, sector)).status !== "dead") return false;
    this.health.set(sector, "terminated");
    return true;
  }

  private known(sector: bigint): void {
    if (!this.health.has(sector)) throw new Error(`Provider f0${this.provider} has no sector ${sector}.`);
  }
}
