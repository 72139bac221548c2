import type { Event } from "../world/logs";

/** What the chain's events told of a deal so far. */
export interface DealHistory {
  total: bigint;
  /** Locked at the beginning. */
  stake: bigint;
  slashed: bigint;
  /** Credited to the miner's owner. */
  paid: bigint;
  /** Of each shard: when its sector was shown to be Active, by whatever call. */
  shardProofs: number[];
  shardRoots: bigint[];
  /** Through which all shards were proven, and since when only new proofs count. */
  complete: number;
  struckAt: number | undefined;
  /** Epochs between complete proofs without a strike between them. */
  covered: number;
  /** What a proof near the end covers beyond its own epoch. */
  tail: number;
  /** Epochs of strikes taken. */
  strikeEpochs: Set<number>;
}

/** What the chain's events told so far. */
export class History {
  readonly deals = new Map<number, DealHistory>();
  /** How often each bid was filled, cancelled or expired. */
  readonly ends = new Map<number, number>();

  /** Counts what ends bids, and opens a page for each deal. */
  note(events: Event[], shardsOf: (id: number) => number): void {
    for (const { name, args } of events) {
      if (name === "BidCancelled" || name === "BidExpired") this.ended(Number(args.bidId));
      if (name !== "DealAdded") continue;
      const id = Number(args.dealId);
      this.ended(id);
      const none = Array.from({ length: shardsOf(id) }, () => 0);
      this.deals.set(id, {
        ...{ total: args.total!, stake: args.stake!, slashed: 0n, paid: 0n, shardProofs: none, complete: 0 },
        ...{ shardRoots: none.map(() => 0n), struckAt: undefined, covered: 0, tail: 0, strikeEpochs: new Set() },
      });
    }
  }

  private ended(id: number): void {
    this.ends.set(id, (this.ends.get(id) ?? 0) + 1);
  }
}
