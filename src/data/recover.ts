import { closeSync } from "node:fs";

import { type FileRange, openForReading } from "./byteFiles";
import { runColumns, type RunOptions } from "./columnsRun";
import type { FileLane } from "./fileLanes";
import { QUAD_BYTES } from "./fr32";
import type { Layout } from "./layout";
import { type Manifest, rootOf } from "./manifest";
import type { RefusedFile, ShardFile } from "./shardFiles";

/** Not enough good shards; says what is wrong with the others. */
export class TooFewShardsError extends Error {
  override readonly name = "TooFewShardsError";
  constructor(
    readonly needed: number,
    readonly good: number,
    readonly refused: RefusedFile[],
  ) {
    const reasons = refused.map(({ path, reason }) => `\n  ${path}: ${reason}`).join("");
    super(`${needed} good shards are needed and ${good} are there: fetch ${needed - good} more.${reasons}`);
  }
}

/** The shards do not make the droot that was asked for. */
export class WrongRootError extends Error {
  override readonly name = "WrongRootError";
}

/** Shards to recover others from, and what they are checked against: a manifest, or droot alone. */
export interface ShardSet {
  layout: Layout;
  shards: ShardFile[];
  refused: RefusedFile[];
  manifest?: Manifest;
  /** droot; with a manifest its own. */
  root: Uint8Array;
}

export interface Recovered {
  /** The shards from which the others followed. */
  used: number[];
  refused: RefusedFile[];
}

/**
 * Reads any k shards once, writes the wanted ones where `target` says, and returns when everything that was read and
 * written agrees with the manifest (or all n shards with droot). Shards found to be corrupted are left out and it
 * starts again, so what was written counts only once this returns.
 */
export async function recover(
  set: ShardSet,
  wanted: number[],
  target: (shard: number) => FileRange,
  options: RunOptions = {},
): Promise<Recovered> {
  const { layout, manifest } = set;
  const { dataShards, totalShards } = layout.code;
  const refused = [...set.refused];
  let candidates = set.shards;
  for (;;) {
    if (candidates.length < dataShards) throw new TooFewShardsError(dataShards, candidates.length, refused);
    if (manifest === undefined) return recoverByRoot(set, wanted, target, options);
    const used = candidates.slice(0, dataShards);
    const roots = await attempt(layout, used, wanted, wanted, target, options);
    const isRight = (shard: number): boolean => Buffer.compare(roots.get(shard)!, manifest.shards[shard]!.root) === 0;
    const corrupted = used.filter(({ shard }) => !isRight(shard));
    if (corrupted.length === 0) {
      const wrong = wanted.filter((shard) => !isRight(shard));
      if (wrong.length === 0) return { used: used.map(({ shard }) => shard), refused };
      throw new WrongRootError(
        `Shards ${wrong.join(", ")} are not what the code computes from the others: ` +
          `droot (of ${totalShards} shards) was not made by encoding the payload.`,
      );
    }
    for (const { path, shard } of corrupted) {
      refused.push({ path, shard, reason: "its commitment is not the manifest's: corrupted, or of another file" });
    }
    candidates = candidates.filter((file) => !corrupted.includes(file));
  }
}

/** Without commitments of single shards only droot can be checked: with spare shards, each is left out in turn. */
async function recoverByRoot(
  { layout, shards, refused, root }: ShardSet,
  wanted: number[],
  target: (shard: number) => FileRange,
  options: RunOptions,
): Promise<Recovered> {
  const { dataShards, totalShards } = layout.code;
  const leftOut = [undefined, ...(shards.length > dataShards ? shards.slice(0, dataShards) : [])];
  for (const out of leftOut) {
    const used = shards.filter((file) => file !== out).slice(0, dataShards);
    const all = Array.from({ length: totalShards }, (_, shard) => shard);
    const roots = await attempt(layout, used, all, wanted, target, options);
    const made = rootOf(
      layout,
      all.map((shard) => roots.get(shard)!),
    );
    if (Buffer.compare(made.root, root) !== 0) continue;
    const reason = "droot is right only without it: corrupted, or of another file";
    return {
      used: used.map(({ shard }) => shard),
      refused: out === undefined ? refused : [...refused, { ...out, reason }],
    };
  }
  throw new WrongRootError(
    `These shards do not make this droot: more than one is corrupted or of another file, or droot, k, n or the ` +
      `payload's size is wrong. Give the manifest (--manifest) to find out which shards are bad.`,
  );
}

/** One pass: `used` in, `hashed` and `wanted` computed from them; the roots of all of these. */
async function attempt(
  layout: Layout,
  used: ShardFile[],
  hashed: number[],
  wanted: number[],
  target: (shard: number) => FileRange,
  options: RunOptions,
): Promise<Map<number, Uint8Array>> {
  const length = Number(layout.shardBytes);
  const given = used.map(({ shard }) => shard);
  const made = hashed.filter((shard) => !given.includes(shard));
  const opened: number[] = [];
  try {
    const write = (shard: number): Pick<FileLane, "write"> => (wanted.includes(shard) ? { write: target(shard) } : {});
    const inputs = used.map(({ shard, path }): FileLane => {
      const descriptor = openForReading(path);
      opened.push(descriptor);
      return { read: { descriptor, offset: 0, length, path }, hash: true, ...write(shard) };
    });
    const outputs = made.map((shard): FileLane => ({ hash: true, ...write(shard) }));
    const result = await runColumns(
      {
        lanes: [...inputs, ...outputs],
        matrix: layout.code.rows(given, made),
        quads: length / QUAD_BYTES,
        height: layout.shardHeight,
      },
      options,
    );
    return new Map([...given, ...made].map((shard, lane) => [shard, result.lanes[lane]!.root]));
  } finally {
    opened.forEach((descriptor) => closeSync(descriptor));
  }
}
