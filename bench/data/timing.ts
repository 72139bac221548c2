/** Seconds of the fastest of several rounds; contenders take turns, so that a busy machine is busy for all of them. */
export async function fastest(
  rounds: number,
  contenders: Record<string, () => unknown>,
): Promise<Record<string, number>> {
  const best: Record<string, number> = {};
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(contenders)) {
      const start = process.hrtime.bigint();
      await run();
      const seconds = Number(process.hrtime.bigint() - start) / 1e9;
      best[name] = Math.min(best[name] ?? Infinity, seconds);
    }
  }
  return best;
}

export const MIB = 1 << 20;

export interface Measured {
  what: string;
  "MiB/s": number;
  ratio: number | string;
  to: string;
  target: string;
}

export function against(what: string, speed: number, to: string, other: number | undefined, target = ""): Measured {
  return {
    what,
    "MiB/s": Math.round(speed),
    ratio: other === undefined ? "absent" : Number((speed / other).toFixed(2)),
    to,
    target,
  };
}
