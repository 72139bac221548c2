import type { MarketReader } from "../protocol/repairMarket";
import { isOver } from "../policy/repairHealth";
import type { DealView } from "../protocol/repairRecords";
import { isTooMuchAtOnce } from "../filecoin/rpcErrors";

const PAGE = 50;
/** A deal that has been over for so many epochs cannot come back by a reorganisation. */
const FINAL_EPOCHS = 900n;

type Reader = Pick<MarketReader, "counts" | "deals" | "bids">;

/** The open deals of the market, page by page; pages in which every deal is over are not read again. */
export class OpenDeals {
  private readonly overSince = new Map<bigint, bigint>();

  constructor(private readonly reader: Reader) {}

  async *read(epoch: bigint): AsyncGenerator<DealView> {
    const { bids } = await this.reader.counts(epoch);
    for (let page = 0n; page * BigInt(PAGE) < bids; page++) {
      const since = this.overSince.get(page);
      if (since !== undefined && epoch > since + FINAL_EPOCHS) continue;
      const first = page * BigInt(PAGE) + 1n;
      const deals = await this.deals(first, PAGE, epoch);
      const open = deals.filter((deal) => !isOver(deal));
      yield* open;
      const isFull = bids >= first + BigInt(PAGE) - 1n;
      if (open.length > 0 || !isFull || !(await this.bidsAreOver(first, epoch))) this.overSince.delete(page);
      else if (since === undefined) this.overSince.set(page, epoch);
    }
  }

  /** As many at once as the node can do. */
  private async deals(first: bigint, count: number, epoch: bigint): Promise<DealView[]> {
    try {
      return await this.reader.deals(first, count, epoch);
    } catch (error) {
      if (count === 1 || !isTooMuchAtOnce(error)) throw error;
    }
    const half = count >> 1;
    const head = await this.deals(first, half, epoch);
    return [...head, ...(await this.deals(first + BigInt(half), count - half, epoch))];
  }

  /** None of the page can still become a deal. */
  private async bidsAreOver(first: bigint, epoch: bigint): Promise<boolean> {
    return (await this.reader.bids(first, PAGE, epoch)).every(({ state }) => state !== "open");
  }
}
