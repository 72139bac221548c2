import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const LOOK_MS = 20;

/** A process of this size is left alone; above it, garbage is collected each time it has grown by so much. */
const FREE_BYTES = 700 * 2 ** 20;
const GROWTH_BYTES = 64 * 2 ** 20;

/**
 * Collects garbage whenever the process has grown. Each answer of the in-process chain holds the trace of what was
 * executed, megabytes outside of V8's heap behind an object of a few bytes: V8 sees no reason to collect those, and a run
 * would take gigabytes.
 */
export function collectGarbageOnGrowth(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  let collected = process.memoryUsage.rss();
  const look = () => {
    if (process.memoryUsage.rss() < Math.max(FREE_BYTES, collected + GROWTH_BYTES)) return;
    collect();
    collected = process.memoryUsage.rss();
  };
  setInterval(look, LOOK_MS).unref();
}
