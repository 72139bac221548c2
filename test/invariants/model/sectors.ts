import type { Hex } from "./state";

/** What miner actors, f05 and `SectorContents` would answer: the world around the market. */

export type SectorStatus = "active" | "faulty" | "dead";

export interface Sector {
  provider: number;
  number: number;
  /** The last epoch at which it lives if nothing befalls it. */
  lastEpoch: number;
  terminated: boolean;
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
  readonly sectors: Sector[] = [];
  readonly notices: Notice[] = [];
  readonly deals: StorageDeal[] = [];

  find(provider: number, number: number): Sector | undefined {
    return this.sectors.find((sector) => sector.provider === provider && sector.number === number);
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

  /** A deal is gone with its sector, not when its sector is faulty. */
  dealIsActive(deal: StorageDeal, now: number): boolean {
    return this.statusOf(deal.provider, deal.sector, now) !== "dead";
  }
}

export function statusAt(sector: Sector, now: number): SectorStatus {
  if (sector.terminated || sector.place === undefined || now > sector.lastEpoch) return "dead";
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
