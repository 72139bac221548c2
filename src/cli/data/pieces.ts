import { closeSync, readSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { CID } from "multiformats/cid";

import { openForReading, readError } from "../../data/byteFiles";
import { packCar, payloadCid, unpackCar } from "../../data/car";
import { commitFile, commitFileWithNodes } from "../../data/commitFile";
import { MANIFEST_FILE } from "../../data/encode";
import { InclusionError } from "../../data/inclusion";
import { decodeManifest } from "../../data/manifest";
import { parsePieceCid } from "../../data/pieceCid";
import { isFolder, readBytes, readManifest } from "../../data/shardFiles";
import { stageFile } from "../../data/staged";
import {
  checkProof,
  parseProof,
  proofToCbor,
  proofToJson,
  proveNode,
  proveShard,
  type TreeProof,
} from "../../data/treeProof";
import { type CommandContext, formatBytes, type Report, UsageError } from "../command";
import { describeManifest, describePiece } from "./describe";

export async function commpCommand(
  { file, threads }: { file: string; threads?: number },
  context: CommandContext,
): Promise<Report> {
  return describePiece(await commitFile(file, { ...context, threads }));
}

export interface ProveArgs {
  folder: string;
  shard: number;
  deal?: string;
  out?: string;
  cbor: boolean;
}

export async function proveCommand(
  { folder, shard, deal, out, cbor }: ProveArgs,
  context: CommandContext,
): Promise<Report> {
  const manifest = readManifest(folder);
  const inRoot = proveShard(manifest, shard);
  const proof = deal === undefined ? inRoot : await proveInDeal(inRoot, shard, deal, context);
  checkProof(proof);
  const json = proofToJson(proof);
  if (cbor && out === undefined) throw new UsageError("--cbor writes the proof to a file: name the file with --out.");
  if (out !== undefined) {
    const bytes = cbor ? proofToCbor(proof) : Buffer.from(`${JSON.stringify(json, null, 2)}\n`);
    await stageFile(out, async (descriptor) => writeFileSync(descriptor, bytes));
  }
  return {
    rows: out === undefined ? [["proof", JSON.stringify(json)]] : [["written to", out], ...proofRows(proof)],
    json,
  };
}

/** Finds the shard in the bytes that were given to a storage provider. */
async function proveInDeal(
  inRoot: TreeProof,
  shard: number,
  deal: string,
  context: CommandContext,
): Promise<TreeProof> {
  const { piece, nodes, nodeHeight } = await commitFileWithNodes(deal, { ...context, unitHeight: inRoot.piece.height });
  const index = nodes.findIndex((node) => Buffer.compare(node, inRoot.piece.root) === 0);
  if (index < 0 || nodeHeight !== inRoot.piece.height) {
    throw new InclusionError(`Shard ${shard} is not in ${deal}: it must be there whole, at a multiple of its size.`);
  }
  return proveNode(nodes, index, inRoot.piece, piece);
}

export async function verifyProofCommand({ proof: path }: { proof: string }): Promise<Report> {
  const proof = parseProof(readBytes(path));
  try {
    checkProof(proof);
  } catch (error) {
    if (!(error instanceof InclusionError)) throw error;
    return {
      good: false,
      rows: [["wrong", error.message], ...proofRows(proof)],
      json: { valid: false, reason: error.message },
    };
  }
  return { rows: [["valid", "yes"], ...proofRows(proof)], json: { valid: true, ...proofToJson(proof) } };
}

export async function packCommand(
  { file, out }: { file: string; out: string },
  context: CommandContext,
): Promise<Report> {
  const cid = (await packCar(file, out, context)).toString();
  const { rows, json } = describePiece(await commitFile(out, context));
  return { rows: [["written to", out], ["payload CID", cid], ...rows], json: { out, payloadCid: cid, piece: json } };
}

export async function unpackCommand(
  { car, out, cid }: { car: string; out: string; cid?: string },
  context: CommandContext,
): Promise<Report> {
  const unpacked = await unpackCar(car, out, { ...context, cid: cid === undefined ? undefined : CID.parse(cid) });
  return {
    rows: [
      ["written to", out],
      ["payload CID", unpacked.cid.toString()],
      ["payload", formatBytes(unpacked.fileBytes)],
    ],
    json: { out, payloadCid: unpacked.cid.toString(), payloadBytes: String(unpacked.fileBytes) },
  };
}

/** Shows what something is: a piece CID, a folder of shards, a manifest, a proof, or any file. */
export async function inspectCommand({ thing }: { thing: string }, context: CommandContext): Promise<Report> {
  const cid = tryTo(() => parsePieceCid(thing));
  if (cid !== undefined) {
    const { root, height, payloadBytes } = cid;
    if (height !== undefined)
      return labelled("piece CID v2", describePiece({ root, height, payloadBytes: payloadBytes! }));
    const hex = `0x${Buffer.from(root).toString("hex")}`;
    const unknown = "a piece CID v1 does not contain it: see the deal, or run `data commp FILE`";
    return labelled("piece CID v1", {
      rows: [
        ["root", hex],
        ["size", unknown],
      ],
      json: { root: hex },
    });
  }
  const path = isFolder(thing) ? join(thing, MANIFEST_FILE) : thing;
  const head = readHead(path);
  const manifest = isSmall(head) ? tryTo(() => decodeManifest(head)) : undefined;
  if (manifest !== undefined) return labelled("manifest", describeManifest(manifest));
  const proof = isSmall(head) ? tryTo(() => parseProof(head)) : undefined;
  if (proof !== undefined) return labelled("inclusion proof", { rows: proofRows(proof), json: proofToJson(proof) });
  const { rows, json } = describePiece(await commitFile(path, context));
  const payload = (await payloadCid(path, context)).toString();
  return labelled("file", { rows: [["payload CID", payload], ...rows], json: { payloadCid: payload, ...json } });
}

function labelled(kind: string, { rows, json }: Report): Report {
  return { rows: [["this is a", kind], ...rows], json: { kind, ...json } };
}

const HEAD_BYTES = 1 << 16;
/** A file that is no longer than the head that was read. */
const isSmall = (head: Uint8Array): boolean => head.length < HEAD_BYTES;

function readHead(path: string): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES);
  const descriptor = openForReading(path);
  try {
    return head.subarray(0, readSync(descriptor, head));
  } catch (cause) {
    throw readError(path, cause);
  } finally {
    closeSync(descriptor);
  }
}

function tryTo<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}

function proofRows(proof: TreeProof): [string, string][] {
  const { piece, within, index, path } = proofToJson(proof) as {
    piece: string;
    within: string;
    index: number;
    path: string[];
  };
  return [
    ["piece", piece],
    ["lies in", within],
    ["at index", `${index} of ${2 ** path.length} pieces of its size`],
  ];
}
