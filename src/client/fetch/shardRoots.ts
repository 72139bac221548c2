import { zeroPadValue, toBeHex } from "ethers";

import { LogRanges } from "../../filecoin/logRanges";
import type { JsonRpc } from "../../filecoin/rpc";
import { marketAbi } from "../../protocol/marketAbi";

/** The node does not have the events that give the roots of a deal's shards. */
export class ShardRootsError extends Error {
  override readonly name = "ShardRootsError";
}

const SHARD_PLACED = marketAbi.getEvent("ShardPlaced")!.topicHash;

/**
 * The roots of a deal's shards by index, from `ShardPlaced` events: the market emits them only for shards that lie in
 * droot at their index. Reads from the deal's first epoch until all `total` are known, or to the head.
 */
export async function shardRootsOf(
  rpc: JsonRpc,
  market: string,
  { dealId, total, from, to }: { dealId: bigint; total: number; from: bigint; to: bigint },
  signal?: AbortSignal,
): Promise<Map<number, Uint8Array>> {
  const ranges = new LogRanges(rpc, { address: market, topics: [SHARD_PLACED, zeroPadValue(toBeHex(dealId), 32)] });
  const roots = new Map<number, Uint8Array>();
  for (let next = from; next <= to && roots.size < total;) {
    const { logs, end } = await ranges.next(next, to, signal).catch((cause: unknown) => {
      signal?.throwIfAborted();
      throw new ShardRootsError(
        `The node does not give the events of epoch ${next} and later, which give the shard roots of deal ${dealId} ` +
          `(${(cause as Error).message}). Use a node that keeps them, or give the manifest with --manifest.`,
        { cause },
      );
    });
    for (const log of logs) {
      const { shard, shardRoot } = marketAbi.parseLog(log)!.args;
      roots.set(Number(shard), Uint8Array.from(Buffer.from((shardRoot as string).slice(2), "hex")));
    }
    next = end + 1n;
  }
  return roots;
}
