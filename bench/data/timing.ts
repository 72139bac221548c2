/** The fastest of several rounds. */
export interface Timing {
  /** Of processor time, of all threads together: hardly minds what else the machine does. */
  processorSeconds: number;
  wallSeconds: number;
}

/** Contenders take turns, so that a busy machine is busy for all of them. */
export async function fastest<Name extends string>(
  rounds: number,
  contenders: Record<Name, (() => unknown) | undefined>,
): Promise<Record<Name, Timing>> {
  const best = {} as Record<Name, Timing>;
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(contenders) as [Name, (() => unknown) | undefined][]) {
      if (run === undefined) continue;
      const [start, before] = [process.hrtime.bigint(), process.cpuUsage()];
      await run();
      const { user, system } = process.cpuUsage(before);
      const wallSeconds = Number(process.hrtime.bigint() - start) / 1e9;
      const known = best[name] ?? { processorSeconds: Infinity, wallSeconds: Infinity };
      best[name] = {
        processorSeconds: Math.min(known.processorSeconds, (user + system) / 1e6),
        wallSeconds: Math.min(known.wallSeconds, wallSeconds),
      };
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
