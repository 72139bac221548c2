import { hexOf } from "./block";
import type { JsonRpc, RawLog } from "./rpc";
import { isTooMuchAtOnce } from "./rpcErrors";

/** Nodes with default settings answer for at most this many epochs. */
const MAX_EPOCHS = 2_880n;

export interface LogFilter {
  address: string;
  topics?: (string | readonly string[] | null)[];
}

/** Reads logs in ranges that the node can answer: halved when it cannot, doubled again when it can. */
export class LogRanges {
  private range = MAX_EPOCHS;

  constructor(
    private readonly rpc: JsonRpc,
    private readonly filter: LogFilter,
  ) {}

  /** The logs of the next range from `fromBlock`, and the range's end, at most `toBlock`. */
  async next(fromBlock: bigint, toBlock: bigint, signal?: AbortSignal): Promise<{ logs: RawLog[]; end: bigint }> {
    for (;;) {
      const end = fromBlock + this.range - 1n < toBlock ? fromBlock + this.range - 1n : toBlock;
      const filter = { ...this.filter, fromBlock: hexOf(fromBlock), toBlock: hexOf(end) };
      try {
        const logs = await this.rpc.request<RawLog[]>("eth_getLogs", [filter], signal);
        if (this.range < MAX_EPOCHS) this.range *= 2n;
        if (this.range > MAX_EPOCHS) this.range = MAX_EPOCHS;
        return { logs, end };
      } catch (error) {
        if (end === fromBlock || !isTooMuchAtOnce(error)) throw error;
        this.range = (end - fromBlock + 1n) / 2n;
      }
    }
  }
}
