/** A set of sector numbers as Lotus writes it (RLE+): alternating run lengths, starting with those that are absent. */
export class SectorSet {
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];

  constructor(runs: readonly number[]) {
    let position = 0;
    runs.forEach((length, index) => {
      if (!Number.isSafeInteger(length) || length < 0)
        throw new RangeError(`A bit field has the run length ${length}, which is not a whole number of 0 or more.`);
      if (index % 2 === 1 && length > 0) {
        this.starts.push(position);
        this.ends.push(position + length);
      }
      position += length;
    });
  }

  has(sector: bigint | number): boolean {
    const number = Number(sector);
    let low = 0;
    let high = this.starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.ends[middle]! <= number) low = middle + 1;
      else high = middle;
    }
    return low < this.starts.length && this.starts[low]! <= number;
  }

  get isEmpty(): boolean {
    return this.starts.length === 0;
  }
}
