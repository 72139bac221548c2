import type { JsonRpc } from "../../src/filecoin/rpc";
import type { OpenKeeper } from "../../src/keeper/open";
import { tick } from "../../src/keeper/tick";
import { ChainStandIn } from "../../test/support/chainStandIn";
import { exampleJob, examplePiece, openTestKeeper, temporaryFolder } from "../../test/support/keeper";
import type { Bench } from "../bench";

const DEALS_PER_PIECE = 3;
const PROVIDERS = 300;

/** Times what the chain takes, so that the keeper's own seconds are what is left. */
class TimedRpc implements JsonRpc {
  seconds = 0;
  readonly calls = new Map<string, number>();
  peakHeapBytes = 0;

  constructor(private readonly rpc: JsonRpc) {}

  async request<T>(method: string, params?: readonly unknown[]): Promise<T> {
    this.calls.set(method, (this.calls.get(method) ?? 0) + 1);
    this.peakHeapBytes = Math.max(this.peakHeapBytes, process.memoryUsage().heapUsed);
    const startedAt = performance.now();
    try {
      return await this.rpc.request<T>(method, params);
    } finally {
      this.seconds += (performance.now() - startedAt) / 1000;
    }
  }
}

/** `jobs` pieces, each with three active deals on distinct providers; one provider in ten has a faulty sector. */
function standIn(jobs: number, withLotus: boolean): ChainStandIn {
  const chain = new ChainStandIn();
  for (let number = 0; number < jobs; number++) {
    for (let copy = 0; copy < DEALS_PER_PIECE; copy++) {
      const dealId = BigInt(number * DEALS_PER_PIECE + copy);
      const providerId = 1_000n + ((BigInt(number) + BigInt(copy) * 97n) % BigInt(PROVIDERS));
      chain.list(examplePiece(number), { dealId, providerId, sector: dealId });
    }
  }
  if (withLotus)
    chain.lotus = (method) => (method === "Filecoin.StateSectorExpiration" ? { OnTime: 1, Early: 0 } : [0]);
  return chain;
}

async function measure(jobs: number, withLotus: boolean): Promise<Record<string, string | number>> {
  const folder = temporaryFolder();
  const rpc = new TimedRpc(standIn(jobs, withLotus));
  const keeper = await openTestKeeper(new ChainStandIn(), folder.folder, {}, { rpc });
  await addJobs(keeper, jobs);
  await tick(keeper); // The first one reads the past and fills caches.
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  Object.assign(rpc, { seconds: 0, peakHeapBytes: 0 });
  rpc.calls.clear();
  const startedAt = performance.now();
  const report = await tick(keeper);
  const seconds = (performance.now() - startedAt) / 1000;
  await keeper.close();
  folder.remove();
  if (report.pieces !== jobs || report.urgency.ok !== jobs) throw new Error("the tick did not see every piece healthy");
  const lotusCalls = [...rpc.calls].filter(([method]) => method.startsWith("Filecoin.")).map(([, count]) => count);
  return {
    jobs,
    "fault source": withLotus ? "Lotus" : "contract",
    eth_call: rpc.calls.get("eth_call") ?? 0,
    "Lotus calls": lotusCalls.reduce((sum, count) => sum + count, 0),
    "own seconds": (seconds - rpc.seconds).toFixed(2),
    "stand-in's seconds": rpc.seconds.toFixed(2),
    "own ms a piece": (((seconds - rpc.seconds) * 1000) / jobs).toFixed(3),
    "heap growth, MiB": Math.max(0, (rpc.peakHeapBytes - before) / 2 ** 20).toFixed(0),
  };
}

async function addJobs(keeper: OpenKeeper, jobs: number): Promise<void> {
  for (let from = 0; from < jobs; from += 500) {
    const some = Array.from({ length: Math.min(500, jobs - from) }, (_, index) => {
      return exampleJob({ piece: examplePiece(from + index), replicationTarget: 3n });
    });
    await keeper.store.jobs.add(some);
  }
}

export const bench: Bench = async (args) => {
  const sizes = args.length > 0 ? args.map(Number) : [1_000, 10_000];
  const rows: Record<string, string | number>[] = [];
  for (const jobs of sizes) {
    for (const withLotus of [true, false]) rows.push(await measure(jobs, withLotus));
  }
  const failed = rows.some((row) => {
    const allowed = Math.ceil(Number(row.jobs) / 100) + (row["fault source"] === "Lotus" ? 0 : 32);
    return Number(row.eth_call) > allowed;
  });
  const notes = [
    "",
    `One tick over jobs x ${DEALS_PER_PIECE} deals on ${PROVIDERS} providers, all healthy, against a JSON-RPC stand-in in this`,
    "process (no chain). Reach: at most 1 eth_call per 100 pieces; without Lotus 32 more a tick look for faults.",
  ];
  return { title: "Keeper: one tick", rows, notes, failed };
};
