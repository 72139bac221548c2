import type { ProviderFleet } from "../../devnet/providers/fleet";
import type { StorageProvider } from "../../devnet/providers/provider";
import type { SectorDriver } from "../../devnet/providers/providerSectors";
import type { Random } from "../../devnet/random";
import type { Recoveries } from "./recoveries";
import type { Happening, ProviderCondition } from "./weather";

/** Applies the weather to the providers of a fleet, and keeps the condition of each. */
export class Weathered {
  private readonly away = new Map<bigint, number>();
  private readonly gone = new Set<bigint>();

  constructor(
    private readonly fleet: ProviderFleet,
    private readonly filecoin: Pick<SectorDriver, "sector">,
    private readonly random: Random,
    private readonly recoveries: Recoveries,
    private readonly httpFailing: number,
  ) {
    for (const provider of fleet.providers) this.unreliable(provider);
  }

  conditions(): ProviderCondition[] {
    return this.fleet.providers.map((provider) => {
      const { id, vanished, manners } = provider;
      const sectors = provider.sectors();
      const of = (health: string) => sectors.filter((one) => one.health === health).map(({ sector }) => sector);
      const daysAway = this.away.get(id) ?? 0;
      if (vanished) this.away.set(id, daysAway + 1);
      return {
        ...{ id, present: !vanished, daysAway, gone: this.gone.has(id), refusing: manners.refuse },
        ...{ activeSectors: of("active"), faultySectors: of("faulty") },
      };
    });
  }

  /** So many of those that are there vanish at once, and come back like others do. */
  disaster(count: number): Happening[] {
    const present = this.fleet.providers.filter(({ vanished }) => !vanished).map(({ id }) => id);
    const vanishing: Happening[] = [];
    while (vanishing.length < count && present.length > 0) {
      const [provider] = present.splice(this.random.below(present.length), 1);
      vanishing.push({ kind: "vanish", provider: provider!, forGood: false });
    }
    return vanishing;
  }

  async apply(happening: Happening, epoch: bigint): Promise<void> {
    if (happening.kind === "join") {
      this.unreliable(await this.fleet.join());
      return;
    }
    const provider = this.fleet.get(happening.provider);
    if (happening.kind !== "return" && provider.vanished) return;
    switch (happening.kind) {
      case "vanish":
        for (const { sector, health } of provider.sectors())
          if (health === "active") this.recoveries.faulted(provider.id, sector, epoch);
        await provider.vanish();
        if (happening.forGood) this.gone.add(provider.id);
        break;
      case "return":
        this.away.delete(provider.id);
        await provider.comeBack();
        break;
      case "fault":
      case "recover":
      case "terminate":
        if ((await this.filecoin.sector(provider.id, happening.sector)).status === "dead") return;
        if (happening.kind !== "recover") this.recoveries.faulted(provider.id, happening.sector, epoch);
        await provider[happening.kind](happening.sector);
        break;
      case "corrupt":
        for (const { piece } of provider.deals.values()) if (piece !== undefined) await provider.corrupt(piece);
        break;
      case "refuse":
      case "accept":
        provider.manners.refuse = happening.kind === "refuse";
        break;
    }
  }

  private unreliable(provider: StorageProvider): void {
    provider.manners.beFlaky(this.httpFailing, this.random.below(2 ** 31));
  }
}
