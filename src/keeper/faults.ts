import type { Block } from "../filecoin/block";
import type { SectorSet } from "../filecoin/runLengths";
import type { ObservedDeal } from "../protocol/dealRecords";
import type { Observation } from "../store/schema";
import type { Keeper } from "./ports";

type ProviderFaults = { faults: SectorSet; recoveries: SectorSet | undefined };

/**
 * Adds to the deals what the market actor does not know: which sectors are faulty, and since when. Asked of Lotus once
 * per provider and tick; where Lotus does not serve it, of the contract piece by piece, the longest unchecked first.
 */
export class FaultFinder {
  private readonly providers = new Map<bigint, ProviderFaults | undefined>();
  private readonly known: Map<string, Observation>;
  private checksLeft: number;

  private constructor(
    private readonly keeper: Keeper,
    private readonly block: Block,
    known: Observation[],
  ) {
    this.known = new Map(known.map((fault) => [sectorKey(fault), fault]));
    this.checksLeft = keeper.settings.faultChecksPerTick;
  }

  static async start(keeper: Keeper, block: Block): Promise<FaultFinder> {
    return new FaultFinder(keeper, block, await keeper.store.observations.faults());
  }

  async look(pieces: Map<string, ObservedDeal[]>, signal?: AbortSignal): Promise<void> {
    const unanswered = new Set<string>();
    for (const [piece, deals] of pieces) {
      for (const deal of deals.filter(inSector)) {
        const faults = await this.faultsOf(deal.providerId);
        if (faults === undefined) unanswered.add(piece);
        else await this.apply(deal, faults);
      }
    }
    if (unanswered.size > 0) await this.askContract(pieces, unanswered, signal);
  }

  /** Undefined when Lotus cannot be asked. */
  private async faultsOf(providerId: bigint): Promise<ProviderFaults | undefined> {
    if (!this.providers.has(providerId)) this.providers.set(providerId, await this.askLotus(providerId));
    return this.providers.get(providerId);
  }

  private async askLotus(providerId: bigint): Promise<ProviderFaults | undefined> {
    const { lotus } = this.keeper.chain;
    try {
      const faults = await lotus.minerFaults(providerId);
      if (faults === undefined) return undefined;
      return { faults, recoveries: faults.isEmpty ? undefined : await lotus.minerRecoveries(providerId) };
    } catch (error) {
      this.keeper.log.warn(
        { provider: `f0${providerId}`, error: (error as Error).message },
        "Lotus could not be asked for faults",
      );
      return undefined;
    }
  }

  private async apply(deal: ObservedDeal, { faults, recoveries }: ProviderFaults): Promise<void> {
    if (!faults.has(deal.sector)) return this.clearFault(deal);
    await this.markFaulty(deal, recoveries?.has(deal.sector));
  }

  private async markFaulty(deal: ObservedDeal, recovering?: boolean): Promise<void> {
    let fault = this.known.get(sectorKey(deal));
    if (fault === undefined) {
      const { providerId, sector } = deal;
      const since = await this.faultySince(deal);
      const source = since === undefined ? ("keeper" as const) : ("chain" as const);
      const seen = { providerId, sector, firstSeenEpoch: since ?? this.block.number, source };
      fault = await this.keeper.store.observations.faultSeen(seen);
      this.known.set(sectorKey(deal), fault);
    }
    deal.fault = { since: fault.firstSeenEpoch, source: fault.source, recovering };
  }

  private async faultySince({ providerId, sector }: ObservedDeal): Promise<bigint | undefined> {
    try {
      return await this.keeper.chain.lotus.faultySince(providerId, sector);
    } catch (error) {
      this.keeper.log.warn(
        { provider: `f0${providerId}`, error: (error as Error).message },
        "the fault's age is unknown",
      );
      return undefined;
    }
  }

  private async clearFault(deal: ObservedDeal): Promise<void> {
    if (!this.known.delete(sectorKey(deal))) return;
    await this.keeper.store.observations.faultOver(deal.providerId, deal.sector);
  }

  private async askContract(
    pieces: Map<string, ObservedDeal[]>,
    unanswered: ReadonlySet<string>,
    signal?: AbortSignal,
  ): Promise<void> {
    const names = [...unanswered];
    const checked = await this.keeper.store.observations.checkedEpochs(names);
    const isFaulty = (piece: string) => pieces.get(piece)!.some((deal) => this.known.has(sectorKey(deal)));
    const order = (piece: string) => (isFaulty(piece) ? -2n : (checked.get(piece) ?? -1n));
    names.sort((a, b) => (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : 0));
    const chosen = names.slice(0, this.checksLeft);
    this.checksLeft -= chosen.length;
    for (const piece of chosen) await this.check(piece, pieces.get(piece)!, signal);
    await this.keeper.store.observations.checked(chosen, this.block.number);
    for (const piece of names.slice(chosen.length)) {
      for (const deal of pieces.get(piece)!) if (this.known.has(sectorKey(deal))) await this.markFaulty(deal);
    }
  }

  private async check(piece: string, deals: ObservedDeal[], signal?: AbortSignal): Promise<void> {
    const { chain, log } = this.keeper;
    let found;
    try {
      found = await chain.deals.faultyDeals(piece, this.block, signal);
    } catch (error) {
      log.warn({ piece, error: (error as Error).message }, "faults of this piece could not be read");
      for (const deal of deals) if (this.known.has(sectorKey(deal))) await this.markFaulty(deal);
      return;
    }
    const statuses = new Map(found.map((deal) => [sectorKey(deal), deal.status]));
    for (const deal of deals.filter(inSector)) {
      const status = statuses.get(sectorKey(deal));
      if (status === "dead") deal.sectorDead = true;
      else if (status === "faulty") await this.markFaulty(deal);
      else await this.clearFault(deal);
    }
  }
}

function inSector(deal: ObservedDeal): boolean {
  return deal.state === "active";
}

function sectorKey(deal: { providerId: bigint; sector: bigint }): string {
  return `${deal.providerId}/${deal.sector}`;
}
