import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { encode } from "../../src/data/encode";

/** Encodes a payload that is made while it is read, to nowhere; prints the most memory that the process held. */
async function encodeGenerated(bytes: bigint): Promise<void> {
  const pattern = new Uint8Array(1 << 22).map((_, i) => (i * 31) ^ (i >> 9));
  const read = (into: Uint8Array, at: number): void => {
    const from = at % (pattern.length - into.length);
    into.set(pattern.subarray(from, from + into.length));
  };
  const sink = { write: () => undefined };
  const start = Date.now();
  await encode({ bytes, read }, sink, { dataShards: 10, totalShards: 14 });
  const seconds = (Date.now() - start) / 1000;
  console.log(JSON.stringify({ peakMiB: peakKib() / 1024, seconds }));
}

/** On Linux the process's own peak: `maxRSS` there counts the parent's as well. */
function peakKib(): number {
  const status = existsSync("/proc/self/status") ? readFileSync("/proc/self/status", "utf8") : "";
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? process.resourceUsage().maxRSS);
}

export interface PeakMemory {
  payload: string;
  peakMiB: number;
  "MiB/s": number;
}

/** Peak memory of a process of its own that encodes 10+4. */
export function peakMemory(payloadMib: number): PeakMemory {
  const flags = ["--require", "ts-node/register/transpile-only", __filename, String(payloadMib)];
  const { stdout, stderr } = spawnSync(process.execPath, flags, { cwd: join(__dirname, "..", ".."), encoding: "utf8" });
  if (stdout === "") throw new Error(`The measurement failed: ${stderr}`);
  const { peakMiB, seconds } = JSON.parse(stdout) as { peakMiB: number; seconds: number };
  return { payload: `${payloadMib} MiB`, peakMiB: Math.round(peakMiB), "MiB/s": Math.round(payloadMib / seconds) };
}

if (require.main === module) {
  encodeGenerated(BigInt(process.argv[2]!) << 20n).catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
}
