import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What the benchmark compares with: packages of `bench/package.json` and Debian's ISA-L, each absent when missing. */
export interface PortableCode {
  encode(shards: Uint8Array, dataShards: number, parityShards: number): number;
  reconstruct(shards: Uint8Array, dataShards: number, parityShards: number, available: boolean[]): number;
}

export function portableCode(): PortableCode | undefined {
  const name = "@subspace/reed-solomon-erasure.wasm";
  try {
    const path = require.resolve(name, { paths: [join(__dirname, "..")] });
    const { ReedSolomonErasure } = require(path) as {
      ReedSolomonErasure: { fromBytes(bytes: Uint8Array): PortableCode };
    };
    return ReedSolomonErasure.fromBytes(readFileSync(join(path, "..", "reed_solomon_erasure_bg.wasm")));
  } catch {
    return undefined;
  }
}

/** A streaming hasher as the multihash packages offer it. */
export interface PieceMultihash {
  create(): { write(bytes: Uint8Array): unknown; digest(): { bytes: Uint8Array } };
}

export async function wasmPieceMultihash(): Promise<PieceMultihash | undefined> {
  try {
    const folder = join(__dirname, "..", "node_modules", "fr32-sha2-256-trunc254-padded-binary-tree-multihash");
    return (await import(join(folder, "src", "lib.js"))) as PieceMultihash;
  } catch {
    return undefined;
  }
}

/** MiB of data a second for encoding and rebuilding, or nothing without a C compiler or libisal. */
export function isalSpeeds(
  dataShards: number,
  totalShards: number,
  shardBytes: number,
  rounds: number,
): [number, number] | undefined {
  const binary = join(tmpdir(), `isal-${process.pid}`);
  const compiled = spawnSync("cc", ["-O2", join(__dirname, "isal.c"), "-o", binary, "-lisal"], { stdio: "ignore" });
  if (compiled.status !== 0) return undefined;
  const args = [dataShards, totalShards, shardBytes, rounds].map(String);
  const { status, stdout } = spawnSync(binary, args, { encoding: "utf8" });
  if (status !== 0) return undefined;
  const [encode, rebuild] = stdout.split(" ").map(Number);
  return [encode!, rebuild!];
}
