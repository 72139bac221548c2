import type { AddressInfo } from "node:net";

import { isLoopback } from "../service/http/guard";
import { buildServer } from "./http/server";
import { Loop } from "../service/loop";
import { MinerMetrics } from "./metrics";
import type { MinerTickReport, RepairMiner } from "./miner";
import { openRepairMiner, type RepairMinerOptions } from "./open";

export { openRepairMiner, type RepairMinerOptions } from "./open";

export interface RepairMinerNodeOptions extends RepairMinerOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /** The port to listen on; 0 (default): any free one. */
  port?: number;
  /** Milliseconds between two ticks; undefined: the caller calls `tick`. */
  intervalMs?: number;
  requestsPerMinute?: number;
  onTick?: (report: MinerTickReport) => void;
}

export interface RunningRepairMiner {
  /** Where it listens. */
  url: string;
  miner: RepairMiner;
  wake(): void;
  stop(): Promise<void>;
}

/** A tick of the service leaves long work to the next one, so that no deadline waits for a slow provider. */
const PATIENCE_MS = 2_000;
const REQUESTS_PER_MINUTE = 1_200;

/** The repair miner as a service: negotiation and pieces over HTTP, and a loop of ticks. */
export async function startRepairMiner(options: RepairMinerNodeOptions): Promise<RunningRepairMiner> {
  const { host = "127.0.0.1", port = 0, intervalMs, log } = options;
  let loop: Loop<MinerTickReport> | undefined;
  const wake = () => {
    loop?.wake();
    options.wake?.();
  };
  const patienceMs = options.patienceMs ?? (intervalMs === undefined ? Infinity : PATIENCE_MS);
  const { miner, chainId, serveAt } = await openRepairMiner({ ...options, wake, patienceMs });
  try {
    const metrics = new MinerMetrics(miner.parts.failures);
    loop = new Loop<MinerTickReport>({
      ...{ intervalMs: intervalMs ?? 0, log },
      tick: () => miner.tick(),
      onTick: async (report) => {
        await metrics.ticked(report);
        options.onTick?.(report);
      },
      onFailure: () => metrics.failed(),
    });
    const requestsPerMinute = options.requestsPerMinute ?? REQUESTS_PER_MINUTE;
    const open = options.publicUrl !== undefined || !isLoopback(host);
    const server = await buildServer({ miner, chainId, metrics, loop: loop.state, requestsPerMinute, open });
    await server.listen({ host, port });
    const { address, port: bound, family } = server.server.address() as AddressInfo;
    const url = `http://${family === "IPv6" ? `[${address}]` : address}:${bound}`;
    serveAt(url);
    if (intervalMs !== undefined) loop.start();
    const stop = async () => {
      await loop!.stop();
      await server.close();
      await miner.close();
    };
    return { url, miner, wake, stop };
  } catch (error) {
    await miner.close();
    throw error;
  }
}
