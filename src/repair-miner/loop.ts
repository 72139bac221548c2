import type { Logger } from "pino";

import { pause } from "../keeper/open";
import type { MinerMetrics } from "./metrics";
import type { MinerTickReport, RepairMiner } from "./miner";

export interface LoopState {
  last?: MinerTickReport;
  lastError?: Error;
  failures: number;
}

const MAX_BACK_OFF_MS = 300_000;

/** Ticks one after the other; a failed one is tried again, each time a little later. */
export class MinerLoop {
  readonly state: LoopState = { failures: 0 };
  private readonly stopping = new AbortController();
  private waking = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly miner: Pick<RepairMiner, "tick">,
    private readonly metrics: MinerMetrics,
    private readonly intervalMs: number,
    private readonly log: Logger,
    private readonly onTick: (report: MinerTickReport) => void = () => {},
  ) {}

  start(): void {
    this.running = this.run();
  }

  /** Does not wait for the interval: something has changed. */
  wake(): void {
    this.waking.abort();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.waking.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      this.waking = new AbortController();
      const { signal: woken } = this.waking;
      const delayMs = await this.once();
      if (!signal.aborted) await pause(delayMs, AbortSignal.any([signal, woken]));
    }
  }

  private async once(): Promise<number> {
    try {
      const report = await this.miner.tick();
      Object.assign(this.state, { last: report, lastError: undefined, failures: 0 });
      await this.metrics.ticked(report);
      this.onTick(report);
      return this.intervalMs;
    } catch (error) {
      this.state.failures++;
      this.state.lastError = error as Error;
      this.metrics.failed();
      const delayMs = Math.min(MAX_BACK_OFF_MS, this.intervalMs * 2 ** Math.min(this.state.failures, 10));
      this.log.error({ err: error, failures: this.state.failures, retryMs: delayMs }, "tick failed; it is tried again");
      return delayMs;
    }
  }
}
