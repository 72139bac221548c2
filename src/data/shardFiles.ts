import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";

import { readError } from "./byteFiles";
import { commitFile } from "./commitFile";
import { MANIFEST_FILE, shardFileName } from "./encode";
import { decodeManifest, type Manifest } from "./manifest";

/** A file that is taken for a shard. */
export interface ShardFile {
  shard: number;
  path: string;
}

/** A file that cannot be used, and why. */
export interface RefusedFile {
  path: string;
  shard?: number;
  reason: string;
}

export interface FoundShards {
  shards: ShardFile[];
  refused: RefusedFile[];
}

/** Reads a manifest from its file, or from the folder that holds it. Throws DataFileError or ManifestError. */
export function readManifest(path: string): Manifest {
  return decodeManifest(readBytes(isFolder(path) ? join(path, MANIFEST_FILE) : path));
}

/** The whole file. Throws DataFileError. */
export function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw readError(path, cause);
  }
}

/** False also when there is nothing at `path`. */
export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** The shard files of a folder, by name. */
export function shardFilesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d{3}\.shard$/.test(name))
      .sort()
      .map((name) => join(folder, name));
  } catch (cause) {
    throw readError(folder, cause);
  }
}

/** Finds out which shard each file is: by its name, or with a manifest by what it holds; checks its length. */
export async function identifyShards(
  paths: string[],
  shardBytes: bigint,
  totalShards: number,
  manifest?: Manifest,
): Promise<FoundShards> {
  const found: FoundShards = { shards: [], refused: [] };
  const taken = new Set<number>();
  for (const path of paths) {
    const shard = numberOf(path) ?? (await numberByContent(path, manifest));
    const bytes = statSync(path, { throwIfNoEntry: false })?.size;
    const reason =
      bytes === undefined
        ? "there is no such file"
        : shard === undefined
          ? `neither its name (such as ${shardFileName(7)}) nor its contents say which shard it is`
          : shard >= totalShards
            ? `there are only shards 0 to ${totalShards - 1}`
            : BigInt(bytes) !== shardBytes
              ? `it has ${bytes} bytes, a shard has ${shardBytes}`
              : taken.has(shard)
                ? `another file is shard ${shard} already`
                : undefined;
    if (reason !== undefined) {
      found.refused.push({ path, shard, reason });
    } else {
      taken.add(shard!);
      found.shards.push({ shard: shard!, path });
    }
  }
  found.shards.sort((a, b) => a.shard - b.shard);
  return found;
}

function numberOf(path: string): number | undefined {
  const match = /^(\d{3})\.shard$/.exec(basename(path));
  return match ? Number(match[1]) : undefined;
}

async function numberByContent(path: string, manifest: Manifest | undefined): Promise<number | undefined> {
  if (manifest === undefined || !statSync(path, { throwIfNoEntry: false })?.isFile()) return undefined;
  const { root } = await commitFile(path);
  const shard = manifest.shards.findIndex((piece) => Buffer.compare(piece.root, root) === 0);
  return shard < 0 ? undefined : shard;
}
