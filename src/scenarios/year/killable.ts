import { KilledError } from "./flakyRpc";

/**
 * An object, and whatever it has inside, of which every call fails once its process is dead: as after kill -9, no handler
 * can tidy up. Closing still works, since the operating system would do it.
 */
export function killable<T extends object>(object: T, isDead: () => boolean): T {
  return new Proxy(object, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value === "function") {
        const bound = (value as (...args: unknown[]) => unknown).bind(target);
        if (name === "close") return bound;
        return (...args: unknown[]) => {
          if (isDead()) throw new KilledError();
          return bound(...args);
        };
      }
      return typeof value === "object" && value !== null ? killable(value, isDead) : value;
    },
  });
}
