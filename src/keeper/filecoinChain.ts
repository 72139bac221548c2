import { type Block, blockAt, blockAtOrBefore, type ReadTag } from "../filecoin/block";
import { DealStatusReader } from "../protocol/dealStatus";
import { LogRanges } from "../filecoin/logRanges";
import { LotusClient } from "../filecoin/lotus";
import type { JsonRpc } from "../filecoin/rpc";

/** The chain as the keeper reads it: `DealStatus` at a pinned block, its events, and Lotus as a second source. */
export class FilecoinChain {
  readonly deals: DealStatusReader;
  readonly logs: LogRanges;
  readonly lotus: LotusClient;

  constructor(
    readonly rpc: JsonRpc,
    contract: string,
    private readonly readTag: ReadTag,
    lotusRpc: JsonRpc = rpc,
    onMissing?: (method: string) => void,
  ) {
    this.deals = new DealStatusReader(rpc, contract);
    this.logs = new LogRanges(rpc, { address: contract });
    this.lotus = new LotusClient(lotusRpc, onMissing);
  }

  async pin(): Promise<Block> {
    return blockAt(this.rpc, this.readTag);
  }

  async latest(): Promise<Block> {
    return blockAt(this.rpc, "latest");
  }

  async blockAtOrBefore(epoch: bigint): Promise<Block> {
    return blockAtOrBefore(this.rpc, epoch);
  }
}
