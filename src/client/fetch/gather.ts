import { mkdir, stat } from "node:fs/promises";
import path from "node:path";

import { commitFile } from "../../data/commitFile";
import { shardFileName } from "../../data/encode";
import type { Piece } from "../../data/piece";
import { pieceCidV2 } from "../../data/pieceCid";
import type { ProviderDirectory } from "../../providers/directory";
import { type PieceSource, RetrievalError, retrievePiece } from "../../providers/retrieval";
import { Growth } from "./growth";
import type { Located } from "./locate";

/** Why a shard could not be fetched from a source. */
export interface ShardFailure {
  shard: number;
  source: string;
  reason: string;
}

/** Fewer shards than are needed could be fetched; a later attempt may succeed. */
export class ShardsUnavailableError extends Error {
  override readonly name = "ShardsUnavailableError";
  readonly retryable = true;
  constructor(
    readonly needed: number,
    readonly good: number[],
    readonly failures: ShardFailure[],
    folder: string,
  ) {
    const reasons = failures.map(({ shard, source, reason }) => `\n  shard ${shard}, ${source}: ${reason}`).join("");
    super(
      `${needed} shards are needed and ${good.length} could be fetched.${reasons}\n` +
        `The fetched shards are kept in ${folder}. Run the same command again later: it continues from there.`,
    );
  }
}

export interface GatherOptions {
  directory: Pick<ProviderDirectory, "pieceUrl">;
  /** Base URLs of gateways to ask in addition to the providers. */
  gateways?: string[];
  /** Milliseconds without a byte after which a source is given up; default 60 000. */
  stallMs?: number;
  /** How many shards are fetched at the same time; default 4. */
  parallel?: number;
  signal?: AbortSignal;
  onProgress?: (doneBytes: number, totalBytes: number) => void;
}

const PARALLEL = 4;
const STALL_MS = 60_000;

/** Fetches any k shards into a folder, each verified against its root; those that are there already are not fetched again. */
export async function gather(
  located: Located,
  folder: string,
  options: GatherOptions,
): Promise<{ shards: number[]; failures: ShardFailure[] }> {
  const { layout } = located;
  const { dataShards } = layout.code;
  await mkdir(folder, { recursive: true });
  const good: number[] = [];
  const failures: ShardFailure[] = [];
  const queue = inOrder(located);
  const shardBytes = Number(layout.shardBytes);
  const partial = new Map<number, number>();
  const tell = () => {
    const underWayBytes = [...partial.values()].reduce((sum, bytes) => sum + bytes, 0);
    options.onProgress?.(good.length * shardBytes + underWayBytes, dataShards * shardBytes);
  };
  let underWay = 0;
  const work = async () => {
    while (good.length + underWay < dataShards && queue.length > 0) {
      const shard = queue.shift()!;
      underWay++;
      try {
        const onBytes = (bytes: number) => {
          partial.set(shard, bytes);
          tell();
        };
        const failed = await fetchShard(located, shard, path.join(folder, shardFileName(shard)), options, onBytes);
        partial.delete(shard);
        if (failed.length === 0) good.push(shard);
        failures.push(...failed);
        tell();
      } finally {
        underWay--;
      }
    }
  };
  // A worker that found enough under way ends; when one of those fails the others take its place.
  do {
    await Promise.all(Array.from({ length: Math.min(options.parallel ?? PARALLEL, dataShards) }, work));
  } while (good.length < dataShards && queue.length > 0);
  if (good.length < dataShards) throw new ShardsUnavailableError(dataShards, good, failures, folder);
  return { shards: good.sort((a, b) => a - b), failures };
}

/** Data shards before parity, which has to be computed with; those whose sectors are healthy first. */
function inOrder({ shards, layout }: Located): number[] {
  const { dataShards } = layout.code;
  const rank = (shard: number) => (shards[shard]!.held ? 0 : 2) + (shard < dataShards ? 0 : 1);
  return shards.map(({ shard }) => shard).sort((a, b) => rank(a) - rank(b) || a - b);
}

/** Why the shard could not be fetched, by source; undefined when it was fetched. */
async function fetchShard(
  { roots, shards, layout }: Located,
  shard: number,
  file: string,
  options: GatherOptions,
  onBytes: (bytes: number) => void,
): Promise<ShardFailure[]> {
  const { placement } = shards[shard]!;
  const root = roots.get(shard);
  if (placement.kind === "none" || root === undefined)
    return [{ shard, source: "the chain", reason: "it has not been placed yet" }];
  const piece = { root, height: layout.shardHeight, payloadBytes: layout.shardBytes };
  if (await isThere(file, layout.shardBytes, root)) return [];
  const cid = pieceCidV2(piece).toString();
  const sources: PieceSource[] = [];
  const name = `f0${placement.provider}`;
  const url = await options.directory.pieceUrl(placement.provider, cid);
  if (url !== undefined) sources.push({ name, url });
  for (const gateway of options.gateways ?? [])
    sources.push({ name: gateway, url: `${gateway.replace(/\/$/, "")}/piece/${cid}` });
  if (sources.length === 0)
    return [
      { shard, source: name, reason: "no URL of this provider is known: add it to the providers file (--providers)" },
    ];
  const failures: ShardFailure[] = [];
  for (const source of sources) {
    const reason = await fetchFrom(source, cid, piece, file, options, onBytes);
    if (reason === undefined) return [];
    failures.push({ shard, source: source.name, reason });
  }
  return failures;
}

/** Why the shard could not be fetched from this source; undefined when it was fetched. */
async function fetchFrom(
  source: PieceSource,
  cid: string,
  piece: Piece,
  file: string,
  { signal, stallMs = STALL_MS }: GatherOptions,
  onBytes: (bytes: number) => void,
): Promise<string | undefined> {
  const growth = new Growth(file, stallMs, onBytes, signal);
  try {
    await retrievePiece(cid, piece, [source], file, growth.signal);
    return undefined;
  } catch (error) {
    signal?.throwIfAborted();
    if (growth.hasStalled) return `it sent nothing for ${stallMs / 1_000} s`;
    if (!(error instanceof RetrievalError)) throw error;
    return error.failures.map(({ reason }) => reason).join("; ");
  } finally {
    growth.stop();
  }
}

/** Whether an earlier run left the whole shard, with the right root. */
async function isThere(file: string, bytes: bigint, root: Uint8Array): Promise<boolean> {
  const size = await stat(file).then(
    (stats) => stats.size,
    () => undefined,
  );
  return size === Number(bytes) && Buffer.compare((await commitFile(file)).root, root) === 0;
}
