import { BadAcceptanceError, checkAcceptance } from "./checkAcceptance";
import { MinerRefusedError, MinerUnreachableError } from "./minerApi";
import type { AskView } from "../../protocol/repairRecords";
import { agree } from "./agree";
import { type AskFailure, saved, type UploadParts } from "./parts";
import type { UploadRecord } from "./record";
import { retried } from "./retried";

/** With one miner: the bid, the data, its binding acceptance. When this fails, the next ask gets the same bid. */
export async function negotiate(
  parts: UploadParts,
  start: UploadRecord,
  failures: AskFailure[],
): Promise<UploadRecord> {
  let record = start.proposal === undefined ? await agree(parts, start, failures) : start;
  const { askId } = record.proposal!;
  try {
    const [ask] = await parts.reader.asks(askId, 1);
    record = await authorised(parts, record, ask!);
    await introduce(parts, record, ask!);
    await upload(parts, record);
    return await promised(parts, record, ask!);
  } catch (error) {
    const passes = [MinerRefusedError, MinerUnreachableError, BadAcceptanceError].some((type) => error instanceof type);
    if (!passes) throw error;
    const what = error instanceof BadAcceptanceError ? "its acceptance does not bind it: " : "";
    failures.push({ askId, reason: what + (error as Error).message });
    parts.tell?.(`ask ${askId} failed: ${(error as Error).message}`);
    return saved(parts, record, { proposal: undefined });
  }
}

/** The client's authorisation of this ask, stored before it is sent to the miner. */
async function authorised(parts: UploadParts, record: UploadRecord, ask: AskView): Promise<UploadRecord> {
  const { authorisations, bidId, size } = record;
  const key = String(ask.askId);
  if (authorisations[key] !== undefined) return record;
  const order = await parts.reader.orderOf(bidId!);
  const signature = await parts.chain.signAuthorisation(bidId!, order, size, ask);
  return saved(parts, record, { authorisations: { ...authorisations, [key]: signature } });
}

async function introduce(parts: UploadParts, record: UploadRecord, { askId }: AskView): Promise<void> {
  const { id, url } = record.proposal!;
  const notice = { bidId: record.bidId!, authorisation: record.authorisations[String(askId)]! };
  for (;;) {
    try {
      await retried(parts, () => parts.api(url).bid(id, notice));
      return;
    } catch (error) {
      // The miner reads an older block than we do, in which the bid is not yet.
      const unseen = error instanceof MinerRefusedError && error.code === "bid-not-open";
      if (!unseen || !(await stillOpen(parts, record))) throw error;
    }
    await parts.sleep(parts.pollMs, parts.signal);
    parts.signal?.throwIfAborted();
  }
}

/** The data shards that it does not have yet: ranges of the file itself. */
async function upload(parts: UploadParts, record: UploadRecord): Promise<void> {
  const { id, url } = record.proposal!;
  const api = parts.api(url);
  const shardBytes = (record.size / BigInt(record.totalShards) / 128n) * 127n;
  const partOf = (shard: number) => {
    const offset = BigInt(shard) * shardBytes;
    const left = record.fileBytes - offset;
    const length = left <= 0n ? 0n : left < shardBytes ? left : shardBytes;
    return { file: record.file, offset: Number(offset), length: Number(length) };
  };
  await retried(parts, async () => {
    const missing = (await api.deal(id)).missing ?? [];
    const total = missing.reduce((sum, shard) => sum + partOf(shard).length, 0);
    let done = 0;
    for (const shard of missing) {
      parts.tell?.(`sending data shard ${shard} of ${record.dataShards}`);
      await api.upload(id, shard, partOf(shard), (bytes) => parts.onProgress?.((done += bytes), total));
      parts.signal?.throwIfAborted();
    }
  });
}

/** Waits for the binding acceptance, checks it, and keeps it: it is what makes a broken promise cost. */
async function promised(parts: UploadParts, record: UploadRecord, ask: AskView): Promise<UploadRecord> {
  const { id, url } = record.proposal!;
  for (;;) {
    const { acceptance, state, reason } = await retried(parts, () => parts.api(url).accept(id));
    if (acceptance !== undefined) {
      const expected = {
        chainId: parts.chainId,
        market: parts.market,
        bidId: record.bidId!,
        bidExpiry: record.bidExpiry!,
        ask,
        authorisation: record.authorisations[String(ask.askId)]!,
        epoch: await parts.chain.pin(),
      };
      await checkAcceptance(acceptance, expected, parts.reader);
      return saved(parts, record, { state: "accepted", acceptance });
    }
    if (state === "refused" || state === "failed" || state === "expired")
      throw new MinerRefusedError(url, 0, state, reason ?? `the deal is ${state} at the miner`);
    if (!(await stillOpen(parts, record)))
      throw new MinerRefusedError(url, 0, "late", "the bid closed before the miner signed an acceptance");
    await parts.sleep(parts.pollMs, parts.signal);
    parts.signal?.throwIfAborted();
  }
}

async function stillOpen({ reader }: UploadParts, { bidId }: UploadRecord): Promise<boolean> {
  return (await reader.bids(bidId!, 1))[0]?.state === "open";
}
