import { Random } from "../random";

/** How a request to an unreliable provider fails. */
type Failure = "error" | "reset";

/** The switches for a provider's behaviour. */
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

  /** From now on this share of all requests fails, half of them with 500 and half with a reset connection; the
   *  seed decides which ones. */
  beFlaky(share: number, seed: number): void {
    this.share = share;
    this.random = share > 0 ? new Random(seed) : undefined;
  }

  /** How the next request fails; undefined: it does not. */
  nextFailure(): Failure | undefined {
    const drawn = this.random?.next() ?? 1;
    if (drawn >= this.share) return undefined;
    return drawn < this.share / 2 ? "error" : "reset";
  }
}
