import type { Logger } from "pino";

import type { OpenKeeper } from "./open";
import { pause } from "./open";
import type { Metrics } from "./metrics";
import { tick, type TickReport } from "./tick";

export interface LoopState {
  lastTick?: TickReport;
  /** When the last tick ended well. */
  lastTickAt?: Date;
  lastError?: Error;
  failures: number;
}

const MAX_BACK_OFF_MS = 300_000;

/** Ticks one after the other, never two at once; a failed one is tried again, each time a little later. */
export class Loop {
  readonly state: LoopState = { failures: 0 };
  private readonly stopping = new AbortController();
  private waking = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly keeper: OpenKeeper,
    private readonly metrics: Metrics,
    private readonly intervalMs: number,
    private readonly onTick: (report: TickReport) => void,
    private readonly log: Logger,
  ) {}

  start(): void {
    this.running = this.run();
  }

  /** Does not wait for the interval: something has changed. */
  wake(): void {
    this.waking.abort();
  }

  /** Lets the tick under way finish what it has begun to send. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.waking.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      this.waking = new AbortController();
      const delayMs = await this.once(signal);
      if (!signal.aborted) await pause(delayMs, AbortSignal.any([signal, this.waking.signal]));
    }
  }

  private async once(signal: AbortSignal): Promise<number> {
    const startedAt = performance.now();
    try {
      const report = await tick(this.keeper, { signal });
      this.metrics.tickDone(report, (performance.now() - startedAt) / 1000);
      Object.assign(this.state, { lastTick: report, lastTickAt: new Date(), lastError: undefined, failures: 0 });
      this.onTick(report);
      return this.intervalMs;
    } catch (error) {
      if (signal.aborted) return 0;
      this.metrics.tickFailed();
      this.state.failures++;
      this.state.lastError = error as Error;
      const delayMs = Math.min(MAX_BACK_OFF_MS, this.intervalMs * 2 ** Math.min(this.state.failures, 10));
      this.log.error({ err: error, failures: this.state.failures, retryMs: delayMs }, "tick failed; it is tried again");
      return delayMs;
    }
  }
}
