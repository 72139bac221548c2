import type { JsonRpc } from "../../src/filecoin/rpc";
import type { SqlStore } from "../../src/store/store";

export class Crash extends Error {
  override readonly name = "Crash";
}

/**
 * Pulls the plug at the n-th call to the outside: before it had its effect, or after, so that nobody heard the answer.
 * From then on nothing goes through, as after kill -9: no handler can tidy up.
 */
export class Plug {
  calls = 0;
  private pulled = false;

  constructor(
    private readonly at: number,
    private readonly when: "before" | "after",
  ) {}

  async through<T>(work: () => Promise<T>): Promise<T> {
    if (this.pulled) throw new Crash();
    const mine = ++this.calls;
    if (mine === this.at && this.when === "before") this.pull();
    const result = await work();
    if (mine === this.at && this.when === "after") this.pull();
    return result;
  }

  /** The same for a call that does not wait. */
  throughSync<T>(work: () => T): T {
    if (this.pulled) throw new Crash();
    const mine = ++this.calls;
    if (mine === this.at && this.when === "before") this.pull();
    const result = work();
    if (mine === this.at && this.when === "after") this.pull();
    return result;
  }

  private pull(): never {
    this.pulled = true;
    throw new Crash();
  }

  rpc(rpc: JsonRpc): JsonRpc {
    return { request: (method, params, signal) => this.through(() => rpc.request(method, params, signal)) };
  }

  /** The store with each call of each of its parts, and what is inside a transaction, going through the plug. */
  store(store: SqlStore): SqlStore {
    return this.wrap(store, (part) => (typeof part === "object" && part !== null ? this.wrap(part) : part)) as SqlStore;
  }

  private wrap<T extends object>(target: T, deeper?: (part: unknown) => unknown): T {
    return new Proxy(target, {
      get: (object, name) => {
        const value = Reflect.get(object, name) as unknown;
        if (name === "close") return (value as () => unknown).bind(object);
        if (name === "transaction") {
          const run = object as unknown as SqlStore;
          return (work: (inside: SqlStore) => Promise<unknown>) =>
            this.through(() => run.transaction((inside) => work(this.store(inside))));
        }
        if (typeof value === "function") {
          return (...args: unknown[]) =>
            this.through(() => (value as (...a: unknown[]) => Promise<unknown>).apply(object, args));
        }
        return deeper === undefined ? value : deeper(value);
      },
    });
  }
}
