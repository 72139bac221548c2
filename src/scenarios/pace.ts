import { setTimeout as pause } from "node:timers/promises";

/** Mines one epoch after another, and lets something happen after each; neither waits for the other, and neither
 *  overlaps itself. */
export class Pace {
  private readonly stopping = new AbortController();
  private readonly loops: Promise<void>[];
  private wake: () => void = () => undefined;

  constructor(
    private readonly epochMs: number,
    private readonly mine: () => Promise<void>,
    private readonly step: () => Promise<void>,
    private readonly onError: (error: Error) => void,
  ) {
    this.loops = [this.mining(), this.stepping()];
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await Promise.all(this.loops);
  }

  private async mining(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.orTell(this.mine);
      this.wake();
      await pause(this.epochMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private async stepping(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const nextEpoch = new Promise<void>((resolve) => (this.wake = resolve));
      await this.orTell(this.step);
      await nextEpoch;
    }
  }

  private async orTell(run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      if (!this.stopping.signal.aborted) this.onError(error as Error);
    }
  }
}
