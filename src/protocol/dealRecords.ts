import type { WordOf } from "./enums";

/** What the chain says of a storage deal: the contracts' `DealState`, in words. */
export type DealState = WordOf<"DealState">;

/** A deal's name: `marketActorId` is 5, or the provider's own id for a sector onboarded directly. */
export interface DealId {
  marketActorId: bigint;
  providerId: bigint;
  dealId: bigint;
}

/** A sector that misses its proofs. `since` is the epoch that the chain gives, else the one at which the keeper first saw it. */
export interface Fault {
  since: bigint;
  source: "chain" | "keeper";
  recovering?: boolean;
}

/** One deal as it was read at one block. */
export interface ObservedDeal extends DealId {
  sector: bigint;
  state: DealState;
  endEpoch: bigint;
  fault?: Fault;
  sectorDead?: boolean;
}

/** The same deal has the same key. */
export function dealKey(deal: DealId): string {
  return `${deal.marketActorId}/${deal.providerId}/${deal.dealId}`;
}

/** Why a repair miner brings a copy of a shard to a provider. */
export type CopyPurpose = "place" | "repair" | "renew";
