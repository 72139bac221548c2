import type { Hex } from "./state";

/** What miner actors, f05 and `SectorContents` would answer: the world around the market. */

export type SectorStatus = "active" | "faulty" | "dead";

export interface Sector {
  provider: number;
  number: number;
  /** The last epoch at which it lives if nothing befalls it. */
  lastEpoch: number;
  /** 0: it was not. */
  terminatedAt: number;
  faulty: boolean;
  /** While faulty: the last epoch before its fault kills it; 0: it expires before. */
  lastFaultyEpoch: number;
  /** Where it is; undefined once it is in no partition. */
  place: { deadline: number; partition: number } | undefined;
}

/** A piece that a sector told `SectorContents` of, for one repair miner. */
export interface Notice {
  provider: number;
  sector: number;
  pieceRoot: Hex;
  pieceHeight: number;
  /** The actor of the repair miner. */
  miner: Hex;
  commitment: number;
}

export interface StorageDeal {
  id: number;
  provider: number;
  sector: number;
  pieceRoot: Hex;
  pieceHeight: number;
  client: number;
  end: number;
  verified: boolean;
}

export class Sectors {
  private readonly known = new Map<string, Sector>();

  constructor(
    readonly notices: Notice[] = [],
    readonly deals: StorageDeal[] = [],
    sectors: Iterable<Sector> = [],
  ) {
    for (const sector of sectors) this.put(sector);
  }

  put(sector: Sector): void {
    this.known.set(`${sector.provider}/${sector.number}`, sector);
  }

  find(provider: number, number: number): Sector | undefined {
    return this.known.get(`${provider}/${number}`);
  }

  all(): Sector[] {
    return [...this.known.values()];
  }

  statusOf(provider: number, number: number, now: number): SectorStatus {
    const sector = this.find(provider, number);
    return sector === undefined ? "dead" : statusAt(sector, now);
  }

  /** Where the sector is, as `[deadline, partition]` in CBOR. */
  locationOf(provider: number, number: number): Hex {
    const place = this.find(provider, number)?.place;
    return place === undefined ? NOWHERE : location(place.deadline, place.partition);
  }

  /** Whether a miner actor would say so: the status is right, and the location is the present one. */
  confirms(provider: number, number: number, status: SectorStatus, at: Hex, now: number): boolean {
    return at === this.locationOf(provider, number) && this.statusOf(provider, number, now) === status;
  }

  /** A deal is gone when its sector dies before the deal's end; one that ended stays until somebody settles it. */
  dealIsActive(deal: StorageDeal, now: number): boolean {
    const sector = this.find(deal.provider, deal.sector);
    if (sector === undefined) return false;
    const deaths = [sector.terminatedAt, sector.faulty ? sector.lastFaultyEpoch + 1 : 0].filter((epoch) => epoch > 1);
    return !deaths.some((epoch) => epoch <= now && epoch < deal.end);
  }
}

export function statusAt(sector: Sector, now: number): SectorStatus {
  if (sector.terminatedAt > 0 || sector.place === undefined || now > sector.lastEpoch) return "dead";
  if (!sector.faulty) return "active";
  return sector.lastFaultyEpoch !== 0 && now > sector.lastFaultyEpoch ? "dead" : "faulty";
}

export const NOWHERE: Hex = "0x822020";

export const location = (deadline: number, partition: number): Hex => `0x82${cborUint(deadline)}${cborUint(partition)}`;

function cborUint(value: number): string {
  if (value < 24) return value.toString(16).padStart(2, "0");
  if (value < 256) return `18${value.toString(16).padStart(2, "0")}`;
  return `19${value.toString(16).padStart(4, "0")}`;
}
