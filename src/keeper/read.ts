import type { Block } from "../filecoin/block";
import type { ObservedDeal } from "../protocol/dealRecords";
import type { PieceTerms } from "../policy/deal";
import type { TrackedRequest } from "../policy/inFlight";
import { decidePiece, type PieceVerdict } from "../policy/piece";
import { mergeTerms } from "../policy/terms";
import type { Intent, Job, Request } from "../store/schema";
import type { FaultFinder } from "./faults";
import type { Keeper } from "./ports";

export interface Judged extends PieceVerdict {
  jobs: Job[];
  requests: TrackedRequest[];
}

/** Reads a batch of pieces at one block, from the chain and the store, and lets the policy judge each of them. */
export async function judgePieces(
  keeper: Keeper,
  pieces: readonly string[],
  block: Block,
  faults: FaultFinder,
  signal?: AbortSignal,
): Promise<Judged[]> {
  const deals = await keeper.chain.deals.inspect(pieces, block, signal);
  await faults.look(deals, signal);
  await askLotusAboutUnreadable(keeper, deals);
  const jobs = groupBy(await keeper.store.jobs.liveOn(pieces), (job) => job.piece);
  const requests = groupBy(await keeper.store.requests.unsettledOn(pieces), (request) => request.piece);
  const intents = groupBy(await keeper.store.intents.outstanding(), (intent) => intent.piece ?? "");
  return pieces.map((piece) => {
    const mine = jobs.get(piece) ?? [];
    const tracked = trackedRequests(requests.get(piece) ?? [], intents.get(piece) ?? [], keeper.outbox.address);
    const state = { piece, deals: deals.get(piece) ?? [], requests: tracked };
    const verdict = decidePiece(state, mergeTerms(mine.map(termsOf)), block.number, keeper.settings);
    return { ...verdict, jobs: mine, requests: tracked };
  });
}

function termsOf(job: Job): PieceTerms {
  return {
    replicationTarget: Number(job.replicationTarget),
    repairThresholdEpochs: job.repairThreshold,
    renewThresholdEpochs: job.renewThreshold,
  };
}

/** What the node is responsible for: on-chain requests, and submissions that have no request yet. */
function trackedRequests(requests: readonly Request[], intents: readonly Intent[], self: string): TrackedRequest[] {
  const cancelling = new Set(intents.filter((it) => it.kind === "cancel").map((it) => it.requestId));
  const tracked: TrackedRequest[] = requests.map((request) => ({
    key: `request ${request.requestId}`,
    requestId: request.requestId,
    state: request.state === "completed" ? "completed" : "open",
    submittedAt: request.openedBlock,
    deal: dealOf(request),
    cancelling: cancelling.has(request.requestId),
    cancellable: request.client === self && request.raas === 0n,
  }));
  const known = new Set(requests.map((request) => request.requestId));
  for (const intent of intents) {
    if (intent.kind !== "submit" || (intent.requestId !== null && known.has(intent.requestId))) continue;
    const { id, createdEpoch } = intent;
    tracked.push({ key: `intent ${id}`, state: "sending", submittedAt: createdEpoch, cancellable: false });
  }
  return tracked;
}

function dealOf({ marketActorId, providerId, dealId }: Request): TrackedRequest["deal"] {
  if (marketActorId === null || providerId === null || dealId === null) return undefined;
  return { marketActorId, providerId, dealId };
}

/** Deals that the contract could not read: Filecoin's own JSON-RPC may know them. */
async function askLotusAboutUnreadable({ chain, log }: Keeper, pieces: Map<string, ObservedDeal[]>): Promise<void> {
  for (const deals of pieces.values()) {
    for (const deal of deals) {
      if (deal.state !== "unreadable" || deal.marketActorId !== 5n) continue;
      try {
        const seen = await chain.lotus.storageDeal(deal.dealId);
        if (seen === undefined) continue;
        if (seen === null || seen.slashEpoch >= 0n) deal.state = "gone";
        else if (seen.sectorStartEpoch >= 0n) Object.assign(deal, { state: "active", sector: seen.sector });
        else deal.state = "published";
      } catch (error) {
        log.warn(
          { deal: Number(deal.dealId), error: (error as Error).message },
          "Lotus could not be asked about this deal",
        );
      }
    }
  }
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
