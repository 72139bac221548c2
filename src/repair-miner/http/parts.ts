import type { LoopState } from "../../service/loop";
import type { MinerMetrics } from "../metrics";
import type { MinerTickReport, RepairMiner } from "../miner";

/** What the routes of the repair miner answer from. */
export interface ServerParts {
  miner: RepairMiner;
  chainId: bigint;
  metrics: MinerMetrics;
  loop: LoopState<MinerTickReport>;
  requestsPerMinute: number;
  /** Strangers may reach it: also through a proxy, whose address then is the only one seen. */
  open: boolean;
}
