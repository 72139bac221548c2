import { type Log, toUtf8String } from "ethers";

import { type ChainTerms, dealStatusAbi } from "./dealStatus";
import { pieceKeyOf } from "../data/pieceKey";
import type { RawLog } from "../filecoin/rpc";

export type ChainEvent = { block: bigint; requestId: bigint } & (
  | { kind: "opened"; client: string; piece: string; fetchLink: string; terms?: ChainTerms }
  | { kind: "completed"; marketActorId: bigint; providerId: bigint; dealId: bigint }
  | { kind: "termsUpdated"; terms: ChainTerms }
  | { kind: "cancelled" }
);

/** The logs of `DealStatus` as events; those that belong together in one transaction become one. */
export function decodeLogs(logs: readonly RawLog[]): ChainEvent[] {
  const events: ChainEvent[] = [];
  const terms = new Map<string, ChainTerms>();
  const listed = new Map<string, { marketActorId: bigint; providerId: bigint }>();
  const parsed = logs.map((log) => ({ log, event: dealStatusAbi.parseLog(log as unknown as Log) }));
  for (const { log, event } of parsed) {
    if (event?.name === "SubmitAggregatorRequestWithRaaS") {
      const [id, , replicationTarget, repairThreshold, renewThreshold] = event.args;
      terms.set(String(id), { replicationTarget, repairThreshold, renewThreshold });
    }
    if (event?.name === "DealListed") {
      const { dealId, marketActorId, providerId } = event.args;
      listed.set(`${log.transactionHash}/${dealId}`, { marketActorId, providerId });
    }
  }
  for (const { log, event } of parsed) {
    const block = BigInt(log.blockNumber);
    if (event?.name === "RequestOpened") {
      const { id, client, root, height, fetchLink } = event.args;
      const piece = pieceKeyOf(root, Number(height));
      const opened = { block, requestId: id, client, piece, fetchLink: textOf(fetchLink) };
      events.push({ kind: "opened", ...opened, terms: terms.get(String(id)) });
    } else if (event?.name === "CompleteAggregatorRequest") {
      const { id, dealId } = event.args;
      const deal = listed.get(`${log.transactionHash}/${dealId}`);
      if (deal !== undefined) events.push({ kind: "completed", block, requestId: id, dealId, ...deal });
    } else if (event?.name === "TermsUpdated") {
      const { id, replicationTarget, repairThreshold, renewThreshold } = event.args;
      const updated = { replicationTarget, repairThreshold, renewThreshold };
      events.push({ kind: "termsUpdated", block, requestId: id, terms: updated });
    } else if (event?.name === "RequestCancelled") {
      events.push({ kind: "cancelled", block, requestId: event.args.id });
    }
  }
  return events;
}

/** A fetch link is bytes on chain: bytes that are not UTF-8 text are not a link. */
function textOf(bytes: string): string {
  try {
    return toUtf8String(bytes);
  } catch {
    return "";
  }
}
