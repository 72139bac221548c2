import { type JsonRpc, RpcError, RpcUnreachableError } from "../../filecoin/rpc";
import type { Random } from "../../devnet/random";

/** The process that asked is dead: nothing it does has any effect any more. */
export class KilledError extends Error {
  override readonly name = "KilledError";
  constructor() {
    super("The process was killed.");
  }
}

/** A node that is overloaded now and then, loses answers on their way back, and whose caller can be killed at any call. */
export class FlakyRpc implements JsonRpc {
  calls = 0;
  failures = 0;
  private killAt: number | undefined;
  private killed = false;

  constructor(
    private readonly rpc: JsonRpc,
    private readonly random: Random,
    /** The share of requests that fail. */
    public failing: number,
  ) {}

  /** Kills the caller after so many more calls. */
  killAfter(calls: number): void {
    this.killAt = this.calls + calls;
  }

  get dead(): boolean {
    return this.killed;
  }

  async request<T>(method: string, params: readonly unknown[] = [], signal?: AbortSignal): Promise<T> {
    if (this.killed) throw new KilledError();
    this.calls++;
    const fate = this.random.next();
    if (fate < this.failing / 3) throw this.failed(new RpcUnreachableError("the node", method, false, "ECONNRESET"));
    if (fate < (2 * this.failing) / 3) throw this.failed(new RpcError(method, -32005, "too many requests"));
    const answer = await this.rpc.request<T>(method, params, signal);
    if (this.killAt !== undefined && this.calls >= this.killAt) {
      this.killed = true;
      throw new KilledError();
    }
    // The worst kind: the request had its effect, and its answer is lost.
    if (fate < this.failing) throw this.failed(new RpcUnreachableError("the node", method, true, "no answer"));
    return answer;
  }

  private failed(error: Error): Error {
    this.failures++;
    return error;
  }
}
