import { act, type Blocked } from "./act";
import type { Block } from "../filecoin/block";
import { ContractRevertError } from "../filecoin/revert";
import type { Intent } from "../store/schema";
import { confirm } from "./confirm";
import { FaultFinder } from "./faults";
import type { Keeper } from "./ports";
import { URGENCIES } from "../policy/piece";
import { type Judged, judgePieces } from "./read";
import { settleRequests } from "./settleRequests";
import { syncEvents } from "./sync";

export interface TickReport {
  epoch: bigint;
  pieces: number;
  /** Pieces by urgency. */
  urgency: Record<string, number>;
  decisions: { piece: string; kind: string; reason: string }[];
  blocked: Blocked[];
  sent: number;
  /** Sent now or before, and not mined yet. */
  waiting: number;
}

interface TickOptions {
  /** Decide and report, send nothing. */
  dryRun?: boolean;
  signal?: AbortSignal;
  onPiece?: (piece: Judged) => void;
}

/** One pass over everything: read at one block, judge, act, record. */
export async function tick(keeper: Keeper, { dryRun = false, signal, onPiece }: TickOptions = {}): Promise<TickReport> {
  const block = await keeper.chain.pin();
  await syncEvents(keeper, block, signal);
  if (!dryRun) await keeper.outbox.settle(block);

  const report = emptyReport(block);
  const sent: Intent[] = [];
  const faults = await FaultFinder.start(keeper, block);
  for await (const pieces of batches(keeper, signal)) {
    const judged = await judgePieces(keeper, pieces, block, faults, signal);
    for (const piece of judged) note(report, piece, onPiece);
    if (dryRun) continue;
    await settleRequests(keeper, judged, block);
    for (const piece of await stillDue(keeper, judged, block, signal)) {
      if (sent.length >= keeper.settings.maxSendsPerTick) break;
      sent.push(...(await carryOut(keeper, piece, block, report)));
    }
  }
  report.sent = sent.length;
  if (!dryRun) report.waiting = await confirm(keeper, block, signal);
  return report;
}

async function* batches({ store, settings }: Keeper, signal?: AbortSignal): AsyncGenerator<string[]> {
  for (let after = ""; ;) {
    signal?.throwIfAborted();
    const pieces = await store.piecesAfter(after, settings.batchPieces);
    if (pieces.length > 0) yield pieces;
    if (pieces.length < settings.batchPieces) return;
    after = pieces.at(-1)!;
  }
}

/** The pieces with something to do, read again at the head: what is sent depends on the chain as it is now. */
async function stillDue(keeper: Keeper, judged: Judged[], block: Block, signal?: AbortSignal): Promise<Judged[]> {
  const due = judged.filter((piece) => piece.decisions.length > 0).map((piece) => piece.piece);
  if (due.length === 0) return [];
  const head = await keeper.chain.latest();
  const now =
    head.number === block.number
      ? judged
      : await judgePieces(keeper, due, head, await FaultFinder.start(keeper, head), signal);
  return now
    .filter((piece) => piece.decisions.length > 0)
    .sort((a, b) => URGENCIES.indexOf(a.urgency) - URGENCIES.indexOf(b.urgency));
}

/** A refusal for one piece does not stop the others; missing funds or an unreachable node stop them all. */
async function carryOut(keeper: Keeper, piece: Judged, block: Block, report: TickReport): Promise<Intent[]> {
  try {
    const { sent, blocked } = await act(keeper, piece, block);
    report.blocked.push(...blocked);
    return sent;
  } catch (error) {
    if (!(error instanceof ContractRevertError)) throw error;
    keeper.log.error({ piece: piece.piece, error: error.message }, "the contract refused a transaction");
    report.blocked.push({ piece: piece.piece, reason: error.message });
    return [];
  }
}

function emptyReport(block: Block): TickReport {
  const urgency = { lost: 0, critical: 0, degraded: 0, ok: 0 };
  return { epoch: block.number, pieces: 0, urgency, decisions: [], blocked: [], sent: 0, waiting: 0 };
}

function note(report: TickReport, piece: Judged, onPiece?: (piece: Judged) => void): void {
  report.pieces++;
  report.urgency[piece.urgency] = (report.urgency[piece.urgency] ?? 0) + 1;
  for (const decision of piece.decisions) {
    const kind = decision.kind === "submit" ? decision.purpose : "cancel";
    report.decisions.push({ piece: piece.piece, kind, reason: decision.reason });
  }
  onPiece?.(piece);
}
