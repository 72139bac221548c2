import { mkdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";

import { ulid } from "ulid";

import type { RunOptions } from "../../data/columnsRun";
import { commitEncoded, MANIFEST_FILE } from "../../data/encode";
import { encodeManifest } from "../../data/manifest";
import { lockFolder } from "../../store/lock";
import type { MarketReader } from "../../protocol/repairMarket";
import { UploadStoppedError } from "./parts";
import type { UploadRecord, UploadRecords } from "./record";

export interface UploadTerms {
  file: string;
  dataShards: number;
  totalShards: number;
  maxPerProvider: number;
  epochs: bigint;
  expiryEpochs: bigint;
  providers: bigint[];
}

interface UploadOwner {
  chainId: bigint;
  market: string;
  client: string;
}

/** The unfinished upload of a file, or a new one; `again` makes a new one though the data is stored already. */
export async function beginUpload(
  records: UploadRecords,
  owner: UploadOwner,
  terms: UploadTerms,
  { again, reader, ...options }: RunOptions & { again: boolean; reader: Pick<MarketReader, "bids"> },
): Promise<UploadRecord> {
  mkdirSync(records.root, { recursive: true });
  // Two at the same time would both find none, and make two.
  const lock = lockFolder(records.root, "market store");
  try {
    const known = ownRecords(records, owner, terms.file);
    const unfinished = known.find(({ state }) => state !== "done" && state !== "cancelled");
    if (unfinished !== undefined) {
      requireSameTerms(unfinished, terms);
      await requireSameFile(unfinished, options);
      return unfinished;
    }
    const stored = again ? undefined : await stillStored(known, terms, reader);
    return stored ?? (await newUpload(records, owner, terms, options));
  } finally {
    lock.release();
  }
}

/** The newest upload of a file that is neither done nor cancelled. */
export function unfinishedUpload(records: UploadRecords, owner: UploadOwner, file: string): UploadRecord {
  const known = ownRecords(records, owner, file);
  const found = known.find(({ state }) => state !== "done" && state !== "cancelled");
  if (found !== undefined) return found;
  const [last] = known;
  const why = last === undefined ? "none was started from this folder" : `the last one is ${last.state}`;
  throw new UploadStoppedError(`${owner.client} has no unfinished upload of ${file}: ${why}.`);
}

function ownRecords(records: UploadRecords, { chainId, market, client }: UploadOwner, file: string): UploadRecord[] {
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  return records
    .list()
    .filter((one) => one.file === path.resolve(file) && one.chainId === chainId)
    .filter((one) => same(one.market, market) && same(one.client, client));
}

async function newUpload(
  records: UploadRecords,
  owner: UploadOwner,
  terms: UploadTerms,
  options: RunOptions,
): Promise<UploadRecord> {
  const file = path.resolve(terms.file);
  const { dataShards, totalShards } = terms;
  const manifest = await commitEncoded(file, { dataShards, totalShards }, options);
  const { size, mtimeMs } = statSync(file);
  if (size === 0) throw new UploadStoppedError(`${file} is empty: there is nothing to store.`);
  const record: UploadRecord = {
    ...owner,
    ...terms,
    id: ulid(),
    file,
    fileBytes: BigInt(size),
    fileModifiedMs: mtimeMs,
    droot: rootOf(manifest.root.root),
    size: manifest.layout.paddedShardBytes * BigInt(totalShards),
    state: "encoded",
    authorisations: {},
    proposals: {},
  };
  const folder = records.folderOf(record.id);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, MANIFEST_FILE), encodeManifest(manifest), { flush: true });
  records.save(record);
  return record;
}

function requireSameTerms(record: UploadRecord, terms: UploadTerms): void {
  const pairs: [string, unknown, unknown][] = [
    ["--data", record.dataShards, terms.dataShards],
    ["--total", record.totalShards, terms.totalShards],
    ["--max-per-provider", record.maxPerProvider, terms.maxPerProvider],
    ["--epochs", record.epochs, terms.epochs],
    ["--allow", record.providers.join(), terms.providers.join()],
  ];
  const other = pairs.find(([, was, is]) => was !== is);
  if (other === undefined) return;
  throw new UploadStoppedError(
    `${record.file} is being stored already, with ${other[0]} ${other[1]}, not ${other[2]} (upload ${record.id}). Run the ` +
      `first command again to continue, or run it with --cancel first.`,
  );
}

/** The file must still have the bytes that the bid is for. */
async function requireSameFile(record: UploadRecord, options: RunOptions): Promise<void> {
  const { file, dataShards, totalShards } = record;
  const { size, mtimeMs } = statSync(file);
  if (BigInt(size) === record.fileBytes && mtimeMs === record.fileModifiedMs) return;
  const { root } = await commitEncoded(file, { dataShards, totalShards }, options);
  if (rootOf(root.root) === record.droot) return;
  throw new UploadStoppedError(
    `${file} has changed since its upload ${record.id} began. Restore the old file to continue, or run with --cancel first.`,
  );
}

/** The same command, run again after its end, reports the same deal, as long as that is open. */
async function stillStored(
  known: UploadRecord[],
  terms: UploadTerms,
  reader: Pick<MarketReader, "bids">,
): Promise<UploadRecord | undefined> {
  const { size, mtimeMs } = statSync(path.resolve(terms.file));
  for (const record of known.filter(({ state }) => state === "done")) {
    if (record.dataShards !== terms.dataShards || record.totalShards !== terms.totalShards) continue;
    if (record.epochs !== terms.epochs || record.maxPerProvider !== terms.maxPerProvider) continue;
    if (BigInt(size) !== record.fileBytes || mtimeMs !== record.fileModifiedMs) continue;
    const [bid] = await reader.bids(record.bidId!, 1);
    if (bid !== undefined && ["placing", "active", "repairing"].includes(bid.state)) return record;
  }
  return undefined;
}

const rootOf = (root: Uint8Array) => `0x${Buffer.from(root).toString("hex")}`;
