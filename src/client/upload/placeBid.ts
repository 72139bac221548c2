import { InsufficientFundsError } from "../../outbox/laneErrors";
import { ContractRevertError } from "../../filecoin/revert";
import type { BidView } from "../../protocol/repairRecords";
import { bidOf, openBidsFor, sameTerms } from "./chain";
import { saved, UploadStoppedError, type UploadParts } from "./parts";
import type { UploadRecord } from "./record";

/** Looks at the chain after a bid was sent, before giving up for now. */
const LOOKS = 60;

/** Uses an open bid for the same data, or plans a new one: the intent is stored before anything is sent. */
export async function meanToBid(parts: UploadParts, record: UploadRecord): Promise<UploadRecord> {
  const { chain, reader, rules } = parts;
  const at = await chain.pin();
  const there = parts.again ? [] : await openBidsFor(reader, record, rules.maxBidLifetime, at);
  // Whatever its price: it is paid for.
  const same = there.find((bid) => sameTerms(bid, { ...record, priceAtto: undefined }));
  if (same !== undefined) return found(parts, record, same);
  const [other] = there;
  if (other !== undefined) {
    throw new UploadStoppedError(
      `Bid ${other.bidId} of this client for the same data is open already, with other terms. Cancel it (market cancel ` +
        `--bid ${other.bidId}), or store the data once more with --again. Nothing has been paid.`,
    );
  }
  return saved(parts, record, { state: "bidding", intent: await intentNow(parts, at) });
}

/** Sends the planned bid, unless it is on chain. A bid that is sent again has the same nonce: only one can be mined. */
export async function placeBid(parts: UploadParts, start: UploadRecord): Promise<UploadRecord> {
  const { chain, reader } = parts;
  let record = start;
  let problem: Error | undefined;
  for (let look = 0; look < LOOKS; look++) {
    const at = await chain.pin();
    const used = (await chain.nonce(at)) > record.intent!.nonce;
    const bid = await bidOf(reader, record, at);
    if (bid !== undefined) return found(parts, record, bid);
    // Another transaction has its nonce: it can never be mined.
    if (used) record = saved(parts, record, { intent: await intentNow(parts, at) });
    if (look > 0 && !used) await parts.sleep(parts.pollMs, parts.signal);
    parts.signal?.throwIfAborted();
    problem = await send(parts, record);
  }
  throw new UploadStoppedError(
    `The bid's transaction (nonce ${record.intent!.nonce}) is not on chain yet${problem === undefined ? "" : `: ${problem.message}`}. ` +
      `Run the same command again: it continues with this transaction and makes no second bid.`,
    { cause: problem },
  );
}

/** Sends the bid's transaction; returns the error when it may have been sent nevertheless. */
async function send(parts: UploadParts, record: UploadRecord): Promise<Error | undefined> {
  const value = await parts.chain.quote(record);
  try {
    parts.tell?.(`bidding ${value} attoFIL`);
    await parts.chain.addBid(record, value, record.intent!.nonce);
    return undefined;
  } catch (error) {
    if (error instanceof ContractRevertError || error instanceof InsufficientFundsError) throw error;
    return error as Error;
  }
}

async function intentNow({ chain, reader }: UploadParts, at: bigint): Promise<NonNullable<UploadRecord["intent"]>> {
  return { nonce: await chain.nonce("pending"), firstBid: (await reader.counts(at)).bids + 1n };
}

function found(parts: UploadParts, record: UploadRecord, { bidId, order }: BidView): UploadRecord {
  parts.tell?.(`bid ${bidId} stands until epoch ${order.expiry}`);
  const { expiry: bidExpiry, depositAtto, priceAtto } = order;
  // A proposal at another price is another proposal.
  const proposal = priceAtto === record.priceAtto ? record.proposal : undefined;
  return saved(parts, record, { state: "bid", bidId, bidExpiry, depositAtto, priceAtto, proposal });
}
