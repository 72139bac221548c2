import { pieceOfKey } from "../data/pieceKey";
import { pieceCidV1 } from "../data/pieceCid";
import type { Explained } from "./explain";
import { plain } from "../service/json";
import type { Judged } from "./read";

/** A verdict as the HTTP API and the tasks show it. */
export function verdictView(judged: Judged): Record<string, unknown> {
  const { root, cid } = pieceOfKey(judged.piece);
  return plain({
    cid: judged.jobs[0]?.cid ?? cid.toString(),
    cidV1: pieceCidV1({ root }).toString(),
    urgency: judged.urgency,
    summary: judged.reason,
    terms: judged.terms,
    jobs: judged.jobs.map((job) => job.id),
    healthy: judged.healthy,
    needed: judged.needed,
    inFlight: judged.inFlight.map(({ request, reason }) => ({ requestId: request.requestId, reason })),
    deals: judged.deals.map(({ deal, health, holds, reason }) => ({ ...deal, health, holds, reason })),
    decisions: judged.decisions,
  }) as Record<string, unknown>;
}

export function statusView(explained: Explained): Record<string, unknown> {
  const { epoch, source } = explained;
  return {
    ...verdictView(explained),
    ...(plain({ epoch, fetchLink: source?.link, fetchReason: source?.reason }) as object),
  };
}
