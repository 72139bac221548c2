import { ulid } from "ulid";

import type { Proposal } from "../../protocol/negotiationWire";
import { candidatesFor } from "./candidates";
import { MinerRefusedError, MinerUnreachableError } from "./minerApi";
import { type AskFailure, NoMinerError, openBidHint, saved, type UploadParts } from "./parts";
import type { UploadRecord } from "./record";
import { retried } from "./retried";

/** Finds a miner that accepts the data, the cheapest first; each proposal is stored before it is sent. */
export async function agree(parts: UploadParts, record: UploadRecord, failures: AskFailure[]): Promise<UploadRecord> {
  if (record.proposal !== undefined) {
    const agreed = await proposed(parts, record, failures);
    if (agreed !== undefined) return agreed;
  }
  const paid = record.bidId === undefined ? undefined : record.priceAtto;
  const needed = { size: record.size, priceAtto: paid };
  const candidates = await candidatesFor(needed, parts.choice, parts.reader, parts.urls);
  for (const candidate of candidates) {
    const { askId, repairMiner, priceAtto } = candidate.ask;
    if (failures.some((failure) => failure.askId === askId)) continue;
    if ("why" in candidate) {
      failures.push({ askId, reason: candidate.why });
      continue;
    }
    // Once there is a bid, its price is what it is.
    const price = paid ?? parts.choice.maxPriceAtto ?? priceAtto;
    const where = { askId, repairMiner, url: candidate.url };
    const agreed = await proposed(parts, named(parts, record, where, price), failures);
    if (agreed !== undefined) return agreed;
  }
  const money = record.bidId === undefined ? "Nothing has been paid." : openBidHint(record);
  saved(parts, record, { proposal: undefined });
  throw new NoMinerError(failures, money);
}

/** The same ask at the same price is the same proposal, in every run. */
function named(
  parts: UploadParts,
  record: UploadRecord,
  where: Omit<NonNullable<UploadRecord["proposal"]>, "id">,
  priceAtto: bigint,
): UploadRecord {
  const key = keyOf({ proposal: where, priceAtto });
  const id = record.proposals[key] ?? ulid();
  return saved(parts, record, { proposal: { id, ...where }, priceAtto, proposals: { ...record.proposals, [key]: id } });
}

async function proposed(
  parts: UploadParts,
  record: UploadRecord,
  failures: AskFailure[],
): Promise<UploadRecord | undefined> {
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
    });
    const { state, reason } = await retried(parts, () => parts.api(url).propose(proposalOf(record)));
    if (state !== "refused" && state !== "expired" && state !== "failed") return record;
    if (record.bidId !== undefined) throw new MinerRefusedError(url, 0, state, reason ?? `it is ${state} there`);
    // Nobody is bound yet: the miner is asked again.
    const { [keyOf(record)]: _, ...proposals } = record.proposals;
    const { id: __, ...where } = record.proposal!;
    const next = named(parts, { ...record, proposals }, where, record.priceAtto!);
    await retried(parts, () => parts.api(url).propose(proposalOf(next)));
    return next;
  } catch (error) {
    if (!(error instanceof MinerRefusedError || error instanceof MinerUnreachableError)) throw error;
    failures.push({ askId, reason: error.message });
    return undefined;
  }
}

function keyOf({
  proposal,
  priceAtto,
}: {
  proposal?: { askId: bigint } | undefined;
  priceAtto?: bigint | undefined;
}): string {
  return `${proposal!.askId}@${priceAtto}`;
}

function proposalOf(record: UploadRecord): Proposal {
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
