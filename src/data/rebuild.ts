import { join } from "node:path";

import { resizeFile } from "./byteFiles";
import type { RunOptions } from "./columnsRun";
import { shardFileName } from "./encode";
import { ErasureCodeError } from "./erasureCode";
import { type Recovered, recover, type ShardSet } from "./recover";
import { requireRoom, stageFiles } from "./staged";

/** Writes the wanted shards, and no others, into a folder; they appear when all of them are right. */
export async function rebuildShards(
  set: ShardSet,
  wanted: number[],
  folder: string,
  options: RunOptions = {},
): Promise<Recovered> {
  const { totalShards } = set.layout.code;
  const unknown = wanted.find((shard) => !Number.isInteger(shard) || shard < 0 || shard >= totalShards);
  if (unknown !== undefined)
    throw new ErasureCodeError(`There is no shard ${unknown}: they are 0 to ${totalShards - 1}.`);
  if (wanted.length === 0) return { used: [], refused: set.refused };

  const targets = wanted.map((shard) => join(folder, shardFileName(shard)));
  const length = Number(set.layout.shardBytes);
  requireRoom(folder, set.layout.shardBytes * BigInt(wanted.length));
  return stageFiles(targets, async (descriptors) => {
    descriptors.forEach((descriptor, i) => resizeFile(descriptor, targets[i]!, length));
    const others = { ...set, shards: set.shards.filter(({ shard }) => !wanted.includes(shard)) };
    const range = (shard: number) => {
      const i = wanted.indexOf(shard);
      return { descriptor: descriptors[i]!, path: targets[i]!, offset: 0, length };
    };
    return recover(others, wanted, range, options);
  });
}
