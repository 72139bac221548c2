import { dirname, join } from "node:path";

import { type CodedTerms, decodeFile, shardSet } from "../../data/decode";
import { encodeFile, MANIFEST_FILE } from "../../data/encode";
import type { Manifest } from "../../data/manifest";
import { rebuildShards } from "../../data/rebuild";
import { isFolder, readManifest, shardFilesIn } from "../../data/shardFiles";
import { verifyShards } from "../../data/verify";
import { type CommandContext, formatBytes, type Report, UsageError } from "../command";
import { describeManifest, refusedRows } from "./describe";

export interface EncodeArgs {
  file: string;
  out: string;
  k: number;
  n: number;
  threads?: number;
}

export async function encodeCommand(
  { file, out, k, n, threads }: EncodeArgs,
  context: CommandContext,
): Promise<Report> {
  const manifest = await encodeFile(file, out, { dataShards: k, totalShards: n }, { ...context, threads });
  const { rows, json } = describeManifest(manifest);
  return { rows: [["written to", out], ...rows], json: { out, ...json } };
}

/** Where shards are and what is known about them. */
export interface ShardArgs {
  shards: string[];
  manifest?: string;
  droot?: string;
  k?: number;
  n?: number;
  payloadSize?: string;
  threads?: number;
}

export async function decodeCommand(args: ShardArgs & { out: string }, context: CommandContext): Promise<Report> {
  const set = await shardSet(pathsOf(args.shards), knownOf(args));
  const { used, refused } = await decodeFile(set, args.out, { ...context, threads: args.threads });
  return {
    rows: [
      ["written to", args.out],
      ["payload", formatBytes(set.layout.payloadBytes)],
      ["from shards", used.join(", ")],
      ...refusedRows(refused),
    ],
    json: { out: args.out, payloadBytes: String(set.layout.payloadBytes), used, refused },
  };
}

export async function rebuildCommand(
  args: ShardArgs & { wanted?: string; out?: string },
  context: CommandContext,
): Promise<Report> {
  const known = knownOf(args);
  const paths = pathsOf(args.shards);
  const options = { ...context, threads: args.threads };
  const wanted = args.wanted !== undefined ? parseShards(args.wanted) : await missingShards(paths, known, options);
  const out = args.out ?? folderOf(args.shards);
  const { used, refused } = await rebuildShards(await shardSet(paths, known), wanted, out, options);
  return {
    rows: [
      ["rebuilt", wanted.length === 0 ? "nothing: all shards are good" : wanted.join(", ")],
      ["in", out],
      ["from shards", used.join(", ")],
      ...refusedRows(refused.filter(({ shard }) => shard === undefined || !wanted.includes(shard))),
    ],
    json: { out, rebuilt: wanted, used, refused },
  };
}

export async function verifyCommand(
  { shards, manifest: path, codeword, threads }: ShardArgs & { codeword: boolean },
  context: CommandContext,
): Promise<Report> {
  const manifest = readManifest(path ?? manifestBeside(shards));
  const verification = await verifyShards(pathsOf(shards), manifest, { ...context, codeword, threads });
  const { good, missing, refused } = verification;
  const { dataShards, totalShards } = manifest.layout.code;
  const spare = good.length - dataShards;
  return {
    good: good.length === totalShards && verification.codeword !== false,
    rows: [
      ["good", `${good.length} of ${totalShards}: ${good.join(", ") || "none"}`],
      ["missing", missing.join(", ") || "none"],
      [
        "payload",
        spare >= 0 ? `safe: ${spare} more shards may be lost` : `lost unless ${-spare} more shards are found`,
      ],
      ...(verification.codeword === undefined
        ? []
        : [
            ["parity", verification.codeword ? "follows from the data" : "does NOT follow from the data"] as [
              string,
              string,
            ],
          ]),
      ...refusedRows(refused),
    ],
    json: { ...verification, dataShards, totalShards, recoverable: spare >= 0 },
  };
}

async function missingShards(
  paths: string[],
  known: Manifest | CodedTerms,
  context: CommandContext,
): Promise<number[]> {
  if (!("layout" in known)) {
    throw new UsageError(
      "Without a manifest it is not known which shards are bad: name them with --wanted, such as 1,3, or give --manifest.",
    );
  }
  const { good } = await verifyShards(paths, known, context);
  return [...known.shards.keys()].filter((shard) => !good.includes(shard));
}

/** A manifest, or the terms that a bid contains. */
function knownOf({ shards, manifest, droot, k, n, payloadSize }: ShardArgs): Manifest | CodedTerms {
  const terms = [droot, k, n, payloadSize];
  if (terms.every((term) => term === undefined)) return readManifest(manifest ?? manifestBeside(shards));
  if (
    manifest !== undefined ||
    droot === undefined ||
    k === undefined ||
    n === undefined ||
    payloadSize === undefined
  ) {
    throw new UsageError("Give either --manifest or all of --droot, --k, --n and --payload-size.");
  }
  if (!/^\d+$/.test(payloadSize)) throw new UsageError(`--payload-size takes a number of bytes, not ${payloadSize}.`);
  return { dataShards: k, totalShards: n, payloadBytes: BigInt(payloadSize), droot };
}

function folderOf(shards: string[]): string {
  const [first] = shards;
  if (first === undefined) throw new UsageError("Name the folder of the shards, or shard files.");
  return isFolder(first) ? first : dirname(first);
}

const manifestBeside = (shards: string[]): string => join(folderOf(shards), MANIFEST_FILE);

/** Folders stand for the shard files in them. */
function pathsOf(shards: string[]): string[] {
  return shards.flatMap((path) => (isFolder(path) ? shardFilesIn(path) : [path]));
}

function parseShards(text: string): number[] {
  if (!/^\d+(,\d+)*$/.test(text))
    throw new UsageError(`--wanted takes the numbers of shards, such as 1,3, not ${text}.`);
  return [...new Set(text.split(",").map(Number))];
}
