/** A shard as one look at its deal finds it. */
interface SeenShard {
  shard: number;
  provider: bigint;
  sector: bigint;
  /** In a sector that is active and bound to it. */
  held: boolean;
}

interface Loss {
  since: bigint;
  provider: bigint;
  sector: bigint;
}

/** How long shards are without a proven sector, in epochs: until the sector heals, or until a new placement is proven. */
export class Recoveries {
  private readonly faultOf = new Map<string, bigint>();
  private readonly losses = new Map<string, Loss>();
  readonly times: { healed: bigint[]; replaced: bigint[] } = { healed: [], replaced: [] };

  /** A sector stops being proven at this epoch. */
  faulted(provider: bigint, sector: bigint, epoch: bigint): void {
    this.faultOf.set(`${provider}/${sector}`, epoch);
  }

  look(dealId: bigint, epoch: bigint, provenThrough: bigint, shards: readonly SeenShard[]): void {
    for (const { shard, provider, sector, held } of shards) {
      const key = `${dealId}/${shard}`;
      const loss = this.losses.get(key);
      if (!held) {
        const since = this.faultOf.get(`${provider}/${sector}`) ?? epoch;
        if (loss === undefined) this.losses.set(key, { since, provider, sector });
      } else if (loss !== undefined && provenThrough >= loss.since) {
        const sameSector = loss.provider === provider && loss.sector === sector;
        this.times[sameSector ? "healed" : "replaced"].push(epoch - loss.since);
        this.losses.delete(key);
      }
    }
  }

  /** The deal is over: what is not proven again never will be. */
  over(dealId: bigint): void {
    for (const key of this.losses.keys()) if (key.startsWith(`${dealId}/`)) this.losses.delete(key);
  }

  get open(): number {
    return this.losses.size;
  }
}

/** Median and largest; undefined when there are none. */
export function spread(values: readonly bigint[]): { median: bigint; worst: bigint } | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return { median: sorted[Math.floor(sorted.length / 2)]!, worst: sorted.at(-1)! };
}
