/** What sequences did and saw; of several runs they add up. */
export class Counts {
  steps = 0;
  sequences = 0;
  readonly accepted: Record<string, number> = {};
  readonly refused: Record<string, number> = {};
  readonly errors: Record<string, number> = {};
  /** Deals and bids that came into a state. */
  readonly states: Record<string, number> = {};
  /** Steps at a deadline, or one epoch before or after one. */
  readonly deadlines: Record<string, number> = {};

  static add(record: Record<string, number>, key: string, by = 1): void {
    record[key] = (record[key] ?? 0) + by;
  }

  join(other: Counts): this {
    this.steps += other.steps;
    this.sequences += other.sequences;
    for (const name of ["accepted", "refused", "errors", "states", "deadlines"] as const) {
      for (const [key, count] of Object.entries(other[name])) Counts.add(this[name], key, count);
    }
    return this;
  }
}
