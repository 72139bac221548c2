import { ulid } from "ulid";

import type { Proposal } from "../negotiation";
import { candidatesFor } from "./candidates";
import { MinerRefusedError, MinerUnreachableError } from "./minerApi";
import { type AskFailure, NoMinerError, openBidHint, saved, type StoreParts } from "./parts";
import type { StoreRecord } from "./record";
import { retried } from "./retried";

/** Finds a miner that would keep the data, the cheapest first; each proposal is stored before its miner hears of it. */
export async function agree(parts: StoreParts, record: StoreRecord, failures: AskFailure[]): Promise<StoreRecord> {
  if (record.proposal !== undefined) {
    const agreed = await proposed(parts, record, failures);
    if (agreed !== undefined) return agreed;
  }
  const candidates = await candidatesFor(record, parts.choice, parts.reader, parts.urls);
  for (const candidate of candidates) {
    const { askId, repairMiner, priceAtto } = candidate.ask;
    if (failures.some((failure) => failure.askId === askId)) continue;
    if ("why" in candidate) {
      failures.push({ askId, reason: candidate.why });
      continue;
    }
    const proposal = { id: ulid(), askId, repairMiner, url: candidate.url };
    // Once there is a bid, its price is what it is.
    const price = record.bidId === undefined ? (parts.choice.maxPriceAtto ?? priceAtto) : record.priceAtto;
    const agreed = await proposed(parts, saved(parts, record, { proposal, priceAtto: price }), failures);
    if (agreed !== undefined) return agreed;
  }
  const money = record.bidId === undefined ? "Nothing has been paid." : openBidHint(record);
  saved(parts, record, { proposal: undefined });
  throw new NoMinerError(failures, money);
}

async function proposed(
  parts: StoreParts,
  record: StoreRecord,
  failures: AskFailure[],
): Promise<StoreRecord | undefined> {
  const { url, askId, repairMiner } = record.proposal!;
  parts.tell?.(`asking ${url} (ask ${askId})`);
  try {
    await retried(parts, async () => {
      const terms = await parts.api(url).terms();
      const here = {
        chainId: parts.chainId,
        market: parts.market.toLowerCase(),
        repairMiner: repairMiner.toLowerCase(),
      };
      const there = {
        chainId: terms.chainId,
        market: terms.market.toLowerCase(),
        repairMiner: terms.repairMiner.toLowerCase(),
      };
      for (const field of ["chainId", "market", "repairMiner"] as const) {
        if (there[field] !== here[field])
          throw new MinerRefusedError(
            url,
            0,
            "other",
            `${url} serves another ${field}: ${there[field]}, not ${here[field]}`,
          );
      }
      await parts.api(url).propose(proposalOf(record));
    });
    return record;
  } catch (error) {
    if (!(error instanceof MinerRefusedError || error instanceof MinerUnreachableError)) throw error;
    failures.push({ askId, reason: error.message });
    return undefined;
  }
}

function proposalOf(record: StoreRecord): Proposal {
  return {
    id: record.proposal!.id,
    client: record.client,
    askId: record.proposal!.askId,
    droot: record.droot,
    dataShards: record.dataShards,
    totalShards: record.totalShards,
    maxShardsPerProvider: record.maxPerProvider,
    payloadBytes: record.fileBytes,
    size: record.size,
    durationEpochs: record.epochs,
    priceAtto: record.priceAtto!,
    providers: record.providers,
  };
}
