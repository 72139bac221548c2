import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { z } from "zod";

import { pieceKeyOf } from "../data/pieceKey";
import { parsePieceCid } from "../data/pieceCid";

/** As much as the node takes in one upload. */
const MAX_FILE_BYTES = 256 * 2 ** 20;

export interface StorageTerms {
  replicationTarget: number;
  repairThreshold: number;
  renewThreshold: number;
}

/** A file that was given to the node to keep. */
export interface StoredFile {
  file: string;
  bytes: number;
  sha256: string;
  cid: string;
  /** The piece's key. */
  piece: string;
  terms: StorageTerms;
}

/** The file is missing, empty or too large; the message says which. */
export class FileRefusedError extends Error {
  override readonly name = "FileRefusedError";
}

/** Uploads a file to the node and registers a job for it, as anyone would. */
export async function storeFile(nodeUrl: string, file: string, terms: StorageTerms): Promise<StoredFile> {
  const bytes = await sizeOf(file);
  const uploaded = await post(`${nodeUrl}/upload`, "application/octet-stream", createReadStream(file));
  const { cid } = z.object({ cid: z.string() }).parse(uploaded);
  await post(`${nodeUrl}/register_jobs`, "application/json", JSON.stringify({ cid, ...terms }));
  const { root, height } = parsePieceCid(cid);
  return { file, bytes, sha256: await sha256Of(createReadStream(file)), cid, piece: pieceKeyOf(root, height!), terms };
}

/** The SHA-256 of what the node brings back for a piece, and where it got it. */
export async function retrieveSha256(nodeUrl: string, cid: string): Promise<{ sha256: string; source: string }> {
  const response = await fetch(`${nodeUrl}/retrieve/${cid}`);
  if (!response.ok || response.body === null) throw new Error(`retrieval failed: ${await response.text()}`);
  const source = response.headers.get("x-retrieved-from") ?? "the node";
  return { sha256: await sha256Of(response.body as AsyncIterable<Uint8Array>), source };
}

async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch((cause: unknown) => {
    throw new FileRefusedError(`There is no file ${file}.`, { cause });
  });
  if (!found.isFile()) throw new FileRefusedError(`${file} is not a file.`);
  if (found.size === 0) throw new FileRefusedError(`${file} is empty: there is nothing to store.`);
  if (found.size > MAX_FILE_BYTES)
    throw new FileRefusedError(`${file} has ${found.size} bytes; the local network takes up to ${MAX_FILE_BYTES}.`);
  return found.size;
}

async function post(url: string, type: string, body: string | Readable): Promise<unknown> {
  const init = { method: "POST", headers: { "content-type": type }, body, duplex: "half" } as unknown as RequestInit;
  const response = await fetch(url, init);
  if (!response.ok) throw new Error(`POST ${url}: ${await response.text()}`);
  return response.json();
}

/** SHA-256 as hex. */
export async function sha256Of(source: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of source) hash.update(chunk);
  return hash.digest("hex");
}
