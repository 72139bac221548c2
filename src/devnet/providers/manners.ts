import { Random } from "../random";

/** What befalls a request to an unreliable provider. */
type Mishap = "error" | "reset";

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
  private random: Random | undefined;
  private share = 0;

  /** From now on this share of all requests fails, half of them with 500 and half with a reset connection; which ones
   *  is the seed's. */
  beFlaky(share: number, seed: number): void {
    this.share = share;
    this.random = share > 0 ? new Random(seed) : undefined;
  }

  /** What befalls the next request. */
  mishap(): Mishap | undefined {
    const drawn = this.random?.next() ?? 1;
    if (drawn >= this.share) return undefined;
    return drawn < this.share / 2 ? "error" : "reset";
  }
}
