import { closeSync, fstatSync, fsyncSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { openForReading, resizeFile } from "./byteFiles";
import type { Lane } from "./columns";
import { runColumns, type RunOptions } from "./columnsRun";
import type { FileLane } from "./fileLanes";
import { ErasureCode } from "./erasureCode";
import { QUAD_BYTES } from "./fr32";
import { type Layout, layoutOf } from "./layout";
import { encodeManifest, type Manifest, manifestOf } from "./manifest";
import { requireRoom, stageFolder } from "./staged";

export interface CodeParameters {
  /** k: how many shards give the payload back. */
  dataShards: number;
  /** n: how many shards there are. */
  totalShards: number;
}

/** Bytes that can be read from anywhere. */
export interface RandomAccess {
  bytes: bigint;
  /** Fills `into` with the bytes from `at` on; never asked for more than there are. */
  read(into: Uint8Array, at: number): void | Promise<void>;
}

/** Takes the bytes of shards, in ascending order within each; they are valid until it returns or resolves. */
export interface ShardSink {
  write(shard: number, bytes: Uint8Array, at: number): void | Promise<void>;
}

export const MANIFEST_FILE = "manifest.cbor";
/** `000.shard` for shard 0, and so on. */
export const shardFileName = (shard: number): string => `${String(shard).padStart(3, "0")}.shard`;

/** Encodes what can be read from anywhere into a sink: shards, their commitments and droot in one pass. */
export async function encode(
  source: RandomAccess,
  sink: ShardSink | undefined,
  { dataShards, totalShards }: CodeParameters,
  options: RunOptions = {},
): Promise<Manifest> {
  const layout = layoutOf(new ErasureCode(dataShards, totalShards), source.bytes);
  const lane = (shard: number): Lane => ({
    hash: true,
    ...(shard < dataShards && { read: rangeReader(source, layout, shard) }),
    ...(sink && { write: (bytes, at) => sink.write(shard, bytes, at) }),
  });
  return encodeLanes(layout, lane, options);
}

/** Encodes a file into a folder of shard files and their manifest; the folder appears when all of it is there. */
export async function encodeFile(
  path: string,
  folder: string,
  { dataShards, totalShards }: CodeParameters,
  options: RunOptions = {},
): Promise<Manifest> {
  const code = new ErasureCode(dataShards, totalShards);
  const source = openForReading(path);
  const opened = [source];
  try {
    const layout = layoutOf(code, BigInt(fstatSync(source).size));
    const shardBytes = Number(layout.shardBytes);
    requireRoom(folder, BigInt(totalShards) * layout.shardBytes);
    return await stageFolder(folder, async (staged) => {
      const lane = (shard: number): FileLane => {
        const shardPath = join(folder, shardFileName(shard));
        const descriptor = openSync(join(staged, shardFileName(shard)), "wx");
        opened.push(descriptor);
        resizeFile(descriptor, shardPath, shardBytes);
        const offset = shard * shardBytes;
        const length = Math.max(0, Math.min(shardBytes, Number(layout.payloadBytes) - offset));
        return {
          hash: true,
          write: { descriptor, offset: 0, length: shardBytes, path: shardPath },
          ...(shard < dataShards && { read: { descriptor: source, offset, length, path } }),
        };
      };
      const manifest = await encodeLanes(layout, lane, options);
      writeFileSync(join(staged, MANIFEST_FILE), encodeManifest(manifest), { flush: true });
      opened.slice(1).forEach((descriptor) => fsyncSync(descriptor));
      return manifest;
    });
  } finally {
    opened.forEach((descriptor) => closeSync(descriptor));
  }
}

/** What encoding gives, without the shards: their commitments and droot. */
export async function commitEncoded(
  path: string,
  parameters: CodeParameters,
  options: RunOptions = {},
): Promise<Manifest> {
  const code = new ErasureCode(parameters.dataShards, parameters.totalShards);
  const descriptor = openForReading(path);
  try {
    const layout = layoutOf(code, BigInt(fstatSync(descriptor).size));
    const shardBytes = Number(layout.shardBytes);
    const lane = (shard: number): FileLane => {
      const offset = shard * shardBytes;
      const length = Math.max(0, Math.min(shardBytes, Number(layout.payloadBytes) - offset));
      return { hash: true, ...(shard < code.dataShards && { read: { descriptor, offset, length, path } }) };
    };
    return await encodeLanes(layout, lane, options);
  } finally {
    closeSync(descriptor);
  }
}

async function encodeLanes<L extends Lane | FileLane>(
  layout: Layout,
  lane: (shard: number) => L,
  options: RunOptions,
): Promise<Manifest> {
  const { dataShards, totalShards } = layout.code;
  const result = await runColumns(
    {
      lanes: Array.from({ length: totalShards }, (_, shard) => lane(shard)),
      matrix: Array.from({ length: totalShards - dataShards }, (_, i) => layout.code.row(dataShards + i)),
      quads: Number(layout.shardBytes) / QUAD_BYTES,
      height: layout.shardHeight,
    },
    options,
  );
  return manifestOf(
    layout,
    result.lanes.map(({ root }) => root),
  );
}

function rangeReader(source: RandomAccess, layout: Layout, shard: number): NonNullable<Lane["read"]> {
  const offset = shard * Number(layout.shardBytes);
  return (into, at) => {
    const there = Math.max(0, Math.min(into.length, Number(source.bytes) - offset - at));
    into.fill(0, there);
    return there > 0 ? source.read(into.subarray(0, there), offset + at) : undefined;
  };
}
