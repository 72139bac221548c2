import { spawnSync } from "node:child_process";
import { cpus } from "node:os";
import { join } from "node:path";

import { hasRelaxedSimd } from "../../src/data/kernels";
import type { Bench } from "../bench";
import { benchCommitments } from "./commitment";
import { benchErasure } from "./erasure";
import { peakMemory } from "./memory";
import type { Measured } from "./timing";

const ROUNDS = 5;
const RELAXED = "--experimental-wasm-relaxed-simd";

/** `npm run bench -- data [quick]`: quick leaves out the 4 GiB and takes fewer rounds. */
export const bench: Bench = async (args) => {
  const quick = args.includes("quick");
  const rounds = quick ? 3 : ROUNDS;
  const erasure = await benchErasure(rounds);
  const relaxed = hasRelaxedSimd() ? [] : benchRelaxed(rounds);
  const commitments = await benchCommitments(rounds);
  const memory = (quick ? [64] : [64, 4096]).map((mib) => peakMemory(mib));
  return {
    title: `Data path, ratios in one run, best of ${rounds} rounds; Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}`,
    rows: [...erasure, ...relaxed, ...commitments].map((row) => ({ ...row })),
    notes: [
      ...memory.map(
        ({ payload, peakMiB, "MiB/s": speed }) =>
          `Encoding ${payload} 10+4 to nowhere: peak ${peakMiB} MiB of the whole process, ${speed} MiB/s.`,
      ),
      "Speeds count payload bytes a second of processor time (the row on two threads: of wall time).",
      "ratio: how many times the speed of the other, which took turns with it; absent: not installed.",
    ],
    details: { memory },
  };
};

/** Node 20 has relaxed SIMD behind a flag: the erasure code once more in a process with it. */
function benchRelaxed(rounds: number): Measured[] {
  const script = `require(${JSON.stringify(join(__dirname, "erasure.ts"))}).benchErasure(${rounds}).then((rows) => console.log(JSON.stringify(rows)))`;
  const flags = [RELAXED, "--require", "ts-node/register/transpile-only", "-e", script];
  const { status, stdout } = spawnSync(process.execPath, flags, { cwd: join(__dirname, "..", ".."), encoding: "utf8" });
  return status === 0 ? (JSON.parse(stdout) as Measured[]) : [];
}
