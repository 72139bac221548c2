/** What befalls a request to an unreliable provider. */
export type Mishap = "error" | "reset";

/** How a provider may be told to behave. */
export class Manners {
  /** Refuses every proposal: 426. */
  refuse = false;
  /** Is overloaded: 429 for every proposal. */
  overloaded = false;
  /** Waits before each answer. */
  delayMs = 0;
  /** Takes deals and never seals them. */
  stall = false;
  private chance: (() => number) | undefined;
  private share = 0;

  /** From now on this share of all requests fails, half of them with 500 and half with a reset connection; which ones
   *  is the seed's. */
  beFlaky(share: number, seed: number): void {
    this.share = share;
    this.chance = share > 0 ? chances(seed) : undefined;
  }

  /** What befalls the next request. */
  mishap(): Mishap | undefined {
    const drawn = this.chance?.() ?? 1;
    if (drawn >= this.share) return undefined;
    return drawn < this.share / 2 ? "error" : "reset";
  }
}

/** Numbers in [0, 1), the same ones for the same seed: a 32-bit Weyl sequence, well mixed. */
function chances(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}
