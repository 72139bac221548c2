import type { Block } from "../filecoin/block";
import { dealStatusCall } from "../protocol/dealStatus";
import { pieceOfKey } from "../data/pieceKey";
import type { Judged } from "./read";
import type { Keeper } from "./ports";
import type { Decision } from "../policy/piece";
import { chooseFetchLink } from "../policy/source";
import type { Intent } from "../store/schema";

/** A decision that could not be carried out, and why. */
export interface Blocked {
  piece: string;
  reason: string;
}

/** Carries out the decisions on one piece: each intent is stored before its effect. */
export async function act(
  keeper: Keeper,
  piece: Judged,
  block: Block,
): Promise<{ sent: Intent[]; blocked: Blocked[] }> {
  const sent: Intent[] = [];
  const blocked: Blocked[] = [];
  for (const decision of piece.decisions) {
    const call = decision.kind === "cancel" ? cancelCall(decision) : await submitCall(keeper, piece, decision);
    if (call === undefined) {
      blocked.push({ piece: piece.piece, reason: NO_SOURCE });
      continue;
    }
    sent.push(await keeper.outbox.send({ ...call, to: keeper.chain.deals.address, piece: piece.piece }, block));
  }
  return { sent, blocked };
}

const NO_SOURCE =
  "no source of the bytes is known: upload them to this node (POST /upload), register the piece with a fetch link " +
  "(raas register --link), or add its providers' gateways to providers.json";

type Call = { kind: "submit" | "cancel"; data: string; reason: string; requestId?: bigint };

function cancelCall({ requestId, reason }: Extract<Decision, { kind: "cancel" }>): Call {
  return { kind: "cancel", requestId, reason, data: dealStatusCall.cancel(requestId) };
}

async function submitCall(
  keeper: Keeper,
  { piece, jobs, deals }: Judged,
  decision: Extract<Decision, { kind: "submit" }>,
): Promise<Call | undefined> {
  const given = jobs.find((job) => job.fetchLink !== null)?.fetchLink;
  const source = chooseFetchLink(await keeper.sources.of(piece, deals, given), deals);
  if (source === undefined) return undefined;
  const data = dealStatusCall.submit(pieceOfKey(piece).cid.bytes, source.link);
  return { kind: "submit", data, reason: `${decision.purpose}: ${decision.reason}` };
}
