import { closeSync } from "node:fs";

import { openForReading } from "./byteFiles";
import { runColumns, type RunOptions } from "./columnsRun";
import type { FileLane } from "./fileLanes";
import { QUAD_BYTES } from "./fr32";
import type { Manifest } from "./manifest";
import { identifyShards, type RefusedFile } from "./shardFiles";

/** The result for each shard, by index. */
export interface Verification {
  good: number[];
  missing: number[];
  /** Files that are not good shards, and why. */
  refused: RefusedFile[];
  /** Whether the parity shards follow from the data; undefined unless asked for and all data shards are good. */
  codeword?: boolean;
}

/** Checks shard files against their manifest and, if asked, that its parity follows from the data. */
export async function verifyShards(
  paths: string[],
  manifest: Manifest,
  options: RunOptions & { codeword?: boolean } = {},
): Promise<Verification> {
  const { dataShards, totalShards } = manifest.layout.code;
  const { shards, refused } = await identifyShards(paths, manifest.layout.shardBytes, totalShards, manifest);
  const given = shards.map(({ shard }) => shard);
  const complete = options.codeword === true && given.filter((shard) => shard < dataShards).length === dataShards;
  const made = complete ? Array.from({ length: totalShards - dataShards }, (_, i) => dataShards + i) : [];

  const length = Number(manifest.layout.shardBytes);
  const opened: number[] = [];
  try {
    const inputs = shards.map(({ path }): FileLane => {
      const descriptor = openForReading(path);
      opened.push(descriptor);
      return { read: { descriptor, offset: 0, length, path }, hash: true };
    });
    // Parity follows from the data shards alone: the coefficients of parity shards that are inputs are zero.
    const matrix = made.map((shard) => {
      const row = manifest.layout.code.row(shard);
      return Uint8Array.from(given, (input) => (input < dataShards ? row[input]! : 0));
    });
    const { lanes } = await runColumns(
      {
        lanes: [...inputs, ...made.map((): FileLane => ({ hash: true }))],
        matrix,
        quads: length / QUAD_BYTES,
        height: manifest.layout.shardHeight,
      },
      options,
    );
    const isRight = (shard: number, lane: number): boolean =>
      Buffer.compare(lanes[lane]!.root, manifest.shards[shard]!.root) === 0;
    const bad = shards.filter(({ shard }, lane) => !isRight(shard, lane));
    const good = given.filter((shard) => !bad.some((file) => file.shard === shard));
    const dataGood = complete && !bad.some(({ shard }) => shard < dataShards);
    return {
      good,
      missing: Array.from({ length: totalShards }, (_, shard) => shard).filter((shard) => !given.includes(shard)),
      refused: [
        ...refused,
        ...bad.map((file) => ({
          ...file,
          reason: "its commitment is not the manifest's: corrupted, or of another file",
        })),
      ],
      ...(dataGood && { codeword: made.every((shard, i) => isRight(shard, given.length + i)) }),
    };
  } finally {
    opened.forEach((descriptor) => closeSync(descriptor));
  }
}
