import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type CodeParameters, encodeFile, shardFileName } from "../../src/data/encode";
import type { Manifest } from "../../src/data/manifest";
import { exampleBytes } from "./exampleBytes";

/** A payload in a file and its shards in a folder, both of their own, to be spoilt at will. */
export class ShardFolder {
  private constructor(
    private readonly root: string,
    readonly payload: Uint8Array,
    readonly manifest: Manifest,
  ) {}

  static async make(payload: Uint8Array | number, code: CodeParameters): Promise<ShardFolder> {
    const bytes = typeof payload === "number" ? exampleBytes(payload) : payload;
    const root = mkdtempSync(join(tmpdir(), "raas-shards-"));
    writeFileSync(join(root, "payload"), bytes);
    const manifest = await encodeFile(join(root, "payload"), join(root, "shards"), code);
    return new ShardFolder(root, bytes, manifest);
  }

  get payloadPath(): string {
    return this.path("payload");
  }
  get folder(): string {
    return this.path("shards");
  }
  get target(): string {
    return this.path("decoded");
  }
  path(name: string): string {
    return join(this.root, name);
  }

  shard(shard: number): string {
    return join(this.folder, shardFileName(shard));
  }
  paths(...shards: number[]): string[] {
    return shards.map((shard) => this.shard(shard));
  }
  allPaths(): string[] {
    return this.paths(...this.manifest.shards.keys());
  }

  /** Flips a bit in the middle. */
  corrupt(...shards: number[]): void {
    for (const path of this.paths(...shards)) {
      const bytes = readFileSync(path);
      bytes[bytes.length >> 1]! ^= 4;
      writeFileSync(path, bytes);
    }
  }
  truncate(shard: number, bytes: number): void {
    writeFileSync(this.shard(shard), readFileSync(this.shard(shard)).subarray(0, bytes));
  }
  lose(...shards: number[]): void {
    for (const path of this.paths(...shards)) rmSync(path);
  }

  read(name: string): Uint8Array {
    return Uint8Array.from(readFileSync(this.path(name)));
  }
  /** Everything there is, to see that nothing was left behind. */
  names(): string[] {
    return (readdirSync(this.root, { recursive: true }) as string[]).sort();
  }
  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** The error of a promise that must fail. */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error("It did not fail.");
}
