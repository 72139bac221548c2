import path from "node:path";

import type { OrderView } from "../../protocol/repairRecords";
import { agree } from "./agree";
import { negotiate } from "./negotiate";
import { type AskFailure, refundHint, saved, UploadStoppedError, type UploadParts } from "./parts";
import { meanToBid, placeBid } from "./placeBid";
import { ACCEPTANCE_FILE, type UploadRecord } from "./record";

/** The finished upload. */
export interface UploadResult {
  record: UploadRecord;
  order: OrderView;
}

/** The miner promised to fill the bid and did not: its bond can be taken. */
export class PromiseBrokenError extends Error {
  override readonly name = "PromiseBrokenError";
}

/** Takes an upload from its current state to a deal on chain. Killed at any line, it continues at the next run. */
export async function runUpload(parts: UploadParts, start: UploadRecord): Promise<UploadResult> {
  const failures: AskFailure[] = [];
  for (let record = start; ;) {
    switch (record.state) {
      case "encoded":
        record = await meanToBid(parts, await agree(parts, record, failures));
        break;
      case "bidding":
        record = await placeBid(parts, record);
        break;
      case "bid":
        record = (await closedBid(parts, record)) ?? (await negotiate(parts, record, failures));
        break;
      case "accepted":
        record = await awaitDeal(parts, record);
        break;
      case "done":
        return { record, order: await parts.reader.orderOf(record.bidId!) };
      case "cancelled":
        throw new UploadStoppedError(
          `Bid ${record.bidId} was cancelled; its deposit is the client's credit. ${refundHint}`,
        );
    }
  }
}

/** Takes the bid back, if there is one and it is still open. */
export async function cancelUpload(parts: UploadParts, start: UploadRecord): Promise<UploadRecord> {
  let record = start;
  if (record.state === "bidding") record = await placeBidOrNothing(parts, record);
  if (record.bidId === undefined) return saved(parts, record, { state: "cancelled" });
  const [bid] = await parts.reader.bids(record.bidId, 1);
  if (bid!.order.minerId !== 0n) {
    saved(parts, record, { state: "done" });
    throw new UploadStoppedError(`Bid ${record.bidId} is a deal already: it runs to its end and cannot be cancelled.`);
  }
  if (bid!.state === "open" || bid!.order.closedAt === 0n)
    await parts.chain.cancelBid(record.bidId).catch(orClosed(bid!.state));
  return saved(parts, record, { state: "cancelled" });
}

/** An expired bid that somebody else closed first counts as cancelled. */
const orClosed = (state: string) => (error: unknown) => {
  if (state !== "expired") throw error;
};

/** A planned transaction that was never sent is dropped; one that may have been sent is waited for. */
async function placeBidOrNothing(parts: UploadParts, record: UploadRecord): Promise<UploadRecord> {
  const pending = await parts.chain.nonce("pending");
  return pending <= record.intent!.nonce ? saved(parts, record, { state: "encoded" }) : placeBid(parts, record);
}

/** What the chain says about the bid comes first: it may have become a deal, or be closed. */
async function closedBid(parts: UploadParts, record: UploadRecord): Promise<UploadRecord | undefined> {
  const [bid] = await parts.reader.bids(record.bidId!, 1);
  if (bid === undefined || bid.state === "open") return undefined;
  if (bid.order.minerId !== 0n) return saved(parts, record, { state: "done" });
  if (bid.state === "expired") {
    throw new UploadStoppedError(
      `Bid ${record.bidId} has expired: run the same command with --cancel to take its deposit back, then without it to start again.`,
    );
  }
  saved(parts, record, { state: "cancelled" });
  throw new UploadStoppedError(`Bid ${record.bidId} is ${bid.state}. ${refundHint}`);
}

async function awaitDeal(parts: UploadParts, record: UploadRecord): Promise<UploadRecord> {
  const { deadline } = record.acceptance!;
  parts.tell?.(`the miner has promised to fill bid ${record.bidId} by epoch ${deadline}`);
  for (;;) {
    const at = await parts.chain.pin();
    const { minerId } = await parts.reader.orderOf(record.bidId!, at);
    if (at > deadline && minerId === 0n) throw new PromiseBrokenError(brokenText(parts, record));
    const closed = await closedBid(parts, record);
    if (closed !== undefined) return closed;
    await parts.sleep(parts.pollMs, parts.signal);
    parts.signal?.throwIfAborted();
  }
}

function brokenText({ rules, records }: UploadParts, record: UploadRecord): string {
  const { bidId, askId, deadline } = record.acceptance!;
  return (
    `The miner of ask ${askId} promised to fill bid ${bidId} by epoch ${deadline} and did not. Until epoch ` +
    `${deadline + rules.claimWindow} anyone can take its bond, of which this client gets a share: ` +
    `${claimCommand(records.folderOf(record.id))}. The same command with --cancel takes the deposit back.`
  );
}

/** What anyone can type once the promise is broken, whether the client is there or not. */
function claimCommand(folder: string): string {
  return `npx hardhat market watch --once --acceptances ${path.join(folder, ACCEPTANCE_FILE)}`;
}
