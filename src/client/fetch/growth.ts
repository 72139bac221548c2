import { stat } from "node:fs/promises";

/** Watches a file that is being written: reports its size in bytes, and aborts when it stops growing. */
export class Growth {
  private readonly stalled = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private bytes = 0;
  private quietMs = 0;

  constructor(
    private readonly file: string,
    private readonly stallMs: number,
    private readonly onBytes: (bytes: number) => void,
    signal?: AbortSignal,
  ) {
    const everyMs = Math.min(1_000, stallMs / 4);
    this.timer = setInterval(() => void this.look(everyMs), everyMs);
    this.signal = signal === undefined ? this.stalled.signal : AbortSignal.any([signal, this.stalled.signal]);
  }

  readonly signal: AbortSignal;

  get hasStalled(): boolean {
    return this.stalled.signal.aborted;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async look(everyMs: number): Promise<void> {
    const bytes = await stat(this.file).then(
      ({ size }) => size,
      () => 0,
    );
    this.quietMs = bytes === this.bytes ? this.quietMs + everyMs : 0;
    this.bytes = bytes;
    this.onBytes(bytes);
    if (this.quietMs >= this.stallMs) this.stalled.abort();
  }
}
