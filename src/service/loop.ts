import type { Logger } from "pino";

import { pause } from "./pause";

export interface LoopState<Report> {
  lastTick?: Report;
  /** When the last tick succeeded. */
  lastTickAt?: Date;
  lastError?: Error;
  failures: number;
}

interface LoopOptions<Report> {
  tick(signal: AbortSignal): Promise<Report>;
  /** Pause between two ticks. */
  intervalMs: number;
  /** Called after each tick that succeeded, with its duration in seconds. */
  onTick(report: Report, seconds: number): void | Promise<void>;
  onFailure(error: Error): void;
  log: Logger;
}

const MAX_BACK_OFF_MS = 300_000;

/** Ticks one after the other, never two at once; a failed one is tried again, each time after twice the pause (5 minutes at
 *  most). */
export class Loop<Report> {
  readonly state: LoopState<Report> = { failures: 0 };
  private readonly stopping = new AbortController();
  private waking = new AbortController();
  private running: Promise<void> | undefined;

  constructor(private readonly options: LoopOptions<Report>) {}

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
      const { signal: woken } = this.waking;
      const delayMs = await this.once(signal);
      if (!signal.aborted) await pause(delayMs, AbortSignal.any([signal, woken]));
    }
  }

  private async once(signal: AbortSignal): Promise<number> {
    const { intervalMs, log } = this.options;
    const startedAt = performance.now();
    try {
      const report = await this.options.tick(signal);
      Object.assign(this.state, { lastTick: report, lastTickAt: new Date(), lastError: undefined, failures: 0 });
      await this.options.onTick(report, (performance.now() - startedAt) / 1000);
      return intervalMs;
    } catch (error) {
      if (signal.aborted) return 0;
      this.options.onFailure(error as Error);
      this.state.failures++;
      this.state.lastError = error as Error;
      const delayMs = Math.min(MAX_BACK_OFF_MS, intervalMs * 2 ** Math.min(this.state.failures, 10));
      log.error({ err: error, failures: this.state.failures, retryMs: delayMs }, "tick failed; it will be tried again");
      return delayMs;
    }
  }
}
