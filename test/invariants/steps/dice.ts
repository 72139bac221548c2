/** Chance that is the same for the same seed (mulberry32). */
export class Dice {
  constructor(private state: number) {}

  /** From 0 to `sides` − 1. */
  roll(sides: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * sides) | 0;
  }

  between(least: number, most: number): number {
    return least + this.roll(most - least + 1);
  }

  /** True in `percent` of 100. */
  chance(percent: number): boolean {
    return this.roll(100) < percent;
  }

  one<T>(list: readonly T[]): T {
    return list[this.roll(list.length)]!;
  }

  maybe<T>(list: readonly T[]): T | undefined {
    return list.length === 0 ? undefined : this.one(list);
  }

  shuffled<T>(list: readonly T[]): T[] {
    const copy = [...list];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.roll(i + 1);
      [copy[i], copy[j]] = [copy[j]!, copy[i]!];
    }
    return copy;
  }
}
