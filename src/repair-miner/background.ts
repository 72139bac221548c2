/** Long work that must not delay other deals: at most one of each name at a time. */
export class Background {
  private readonly running = new Map<string, Promise<void>>();
  private readonly failures = new Map<string, Error>();

  /** Begins the work unless it is under way. */
  start(name: string, work: () => Promise<void>): void {
    if (this.running.has(name)) return;
    const task = work()
      .catch((error: Error) => void this.failures.set(name, error))
      .finally(() => this.running.delete(name));
    this.running.set(name, task);
  }

  isRunning(name: string): boolean {
    return this.running.has(name);
  }

  /** The error of the last run, if it failed; given out once. */
  takeFailure(name: string): Error | undefined {
    const failure = this.failures.get(name);
    this.failures.delete(name);
    return failure;
  }

  /** Waits for all running work, at most `patienceMs` milliseconds. True: something ended. */
  async settle(patienceMs: number): Promise<boolean> {
    if (this.running.size === 0) return false;
    const all = Promise.all(this.running.values()).then(() => true);
    if (patienceMs === Infinity) return all;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), patienceMs)));
    return Promise.race([all, late]).finally(() => clearTimeout(timer));
  }
}
