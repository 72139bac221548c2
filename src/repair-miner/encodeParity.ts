import { closeSync } from "node:fs";
import path from "node:path";

import { openForReading, resizeFile } from "../data/byteFiles";
import { runColumns, type RunOptions } from "../data/columnsRun";
import { shardFileName } from "../data/encode";
import type { FileLane } from "../data/fileLanes";
import { QUAD_BYTES } from "../data/fr32";
import type { Layout } from "../data/layout";
import { type Manifest, manifestOf } from "../data/manifest";
import { requireRoom, stageFiles } from "../data/staged";

/**
 * Computes parity and all commitments from the data shards of a folder, whatever the client says about them: the result is
 * a codeword. The parity shards appear beside the data when all of them are written.
 */
export async function encodeParity(folder: string, layout: Layout, options: RunOptions = {}): Promise<Manifest> {
  const { dataShards, totalShards } = layout.code;
  const length = Number(layout.shardBytes);
  const parity = Array.from({ length: totalShards - dataShards }, (_, i) => dataShards + i);
  const targets = parity.map((shard) => path.join(folder, shardFileName(shard)));
  requireRoom(folder, layout.shardBytes * BigInt(parity.length));
  const opened: number[] = [];
  try {
    const inputs = Array.from({ length: dataShards }, (_, shard): FileLane => {
      const file = path.join(folder, shardFileName(shard));
      const descriptor = openForReading(file);
      opened.push(descriptor);
      return { read: { descriptor, offset: 0, length, path: file }, hash: true };
    });
    return await stageFiles(targets, async (descriptors) => {
      const outputs = descriptors.map((descriptor, i): FileLane => {
        resizeFile(descriptor, targets[i]!, length);
        return { write: { descriptor, offset: 0, length, path: targets[i]! }, hash: true };
      });
      const { lanes } = await runColumns(
        {
          lanes: [...inputs, ...outputs],
          matrix: parity.map((shard) => layout.code.row(shard)),
          quads: length / QUAD_BYTES,
          height: layout.shardHeight,
        },
        options,
      );
      return manifestOf(
        layout,
        lanes.map(({ root }) => root),
      );
    });
  } finally {
    opened.forEach((descriptor) => closeSync(descriptor));
  }
}
