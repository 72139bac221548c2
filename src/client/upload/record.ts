import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";

import { z } from "zod";

import { toJson } from "../../service/json";
import { acceptanceSchema, RECORD_FILE } from "../../protocol/negotiationWire";

const uint = z.union([z.number().int().nonnegative(), z.string().regex(/^\d+$/)]).transform(BigInt);

const recordSchema = z.object({
  id: z.string(),
  chainId: uint,
  market: z.string(),
  client: z.string(),
  file: z.string(),
  fileBytes: uint,
  fileModifiedMs: z.number(),
  dataShards: z.number(),
  totalShards: z.number(),
  maxPerProvider: z.number(),
  epochs: uint,
  /** Epochs within which the bid can be filled. */
  expiryEpochs: uint,
  /** Provider actor ids that may hold shards; none: any. */
  providers: z.array(uint),
  droot: z.string(),
  /** Padded bytes of all shards. */
  size: uint,
  state: z.enum(["encoded", "bidding", "bid", "accepted", "done", "cancelled"]),
  /** attoFIL per GiB and epoch that the bid offers; set with the first proposal. */
  priceAtto: uint.optional(),
  /** The current negotiation; its id is stored before it is sent to the miner. */
  proposal: z.object({ id: z.string(), askId: uint, repairMiner: z.string(), url: z.string() }).optional(),
  /** Ids of proposals by ask and price, so that no miner is asked twice for the same. */
  proposals: z.record(z.string(), z.string()),
  /** The planned transaction: it has this nonce, and its bid will have an id of at least `firstBid`. */
  intent: z.object({ nonce: uint, firstBid: uint }).optional(),
  bidId: uint.optional(),
  bidExpiry: uint.optional(),
  depositAtto: uint.optional(),
  /** The client's signatures, by ask. */
  authorisations: z.record(z.string(), z.string()),
  acceptance: acceptanceSchema.optional(),
});

/** One upload: its terms, and how far it is. Everything is written before it is done. */
export type UploadRecord = z.infer<typeof recordSchema>;

export const ACCEPTANCE_FILE = "acceptance.json";

/** A record's file cannot be read; the message names the file. */
export class UploadRecordError extends Error {
  override readonly name = "UploadRecordError";
}

/** The uploads of a network, a folder each: data/NETWORK/stores/ID. */
export class UploadRecords {
  constructor(readonly root: string) {}

  folderOf(id: string): string {
    return path.join(this.root, id);
  }

  /** Survives a power cut whole: the new one, or the one before. */
  save(record: UploadRecord): void {
    const folder = this.folderOf(record.id);
    mkdirSync(folder, { recursive: true });
    replace(path.join(folder, RECORD_FILE), toJson(record, 2));
    if (record.acceptance !== undefined) replace(path.join(folder, ACCEPTANCE_FILE), toJson(record.acceptance, 2));
  }

  /** All of them, the newest first. */
  list(): UploadRecord[] {
    let ids: string[];
    try {
      ids = readdirSync(this.root);
    } catch (error) {
      if ((error as { code?: string }).code === "ENOENT") return [];
      throw error;
    }
    return ids
      .sort()
      .reverse()
      .flatMap((id) => this.read(id) ?? []);
  }

  private read(id: string): UploadRecord | undefined {
    const file = path.join(this.folderOf(id), RECORD_FILE);
    let text: string;
    try {
      text = readFileSync(file, "utf8");
    } catch (error) {
      // Killed before its first line was written, or no upload at all.
      if (["ENOENT", "ENOTDIR"].includes((error as { code?: string }).code ?? "")) return undefined;
      throw error;
    }
    try {
      return recordSchema.parse(JSON.parse(text));
    } catch (cause) {
      throw new UploadRecordError(`${file} cannot be read (damaged, or changed by hand): ${(cause as Error).message}`, {
        cause,
      });
    }
  }
}

function replace(file: string, text: string): void {
  const part = `${file}.part`;
  writeFileSync(part, text, { flush: true });
  renameSync(part, file);
  const folder = openSync(path.dirname(file), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
