import { pieceOfKey } from "../data/pieceKey";
import { capacityBytesOf, type Piece } from "../data/piece";
import { parsePieceCid } from "../data/pieceCid";
import type { PieceFolder } from "../store/pieceFolder";
import { type PieceSource, retrievePiece } from "../providers/retrieval";
import { explain, pieceKeyOfCid } from "./explain";
import type { OpenKeeper } from "./open";

interface Retrieved {
  file: string;
  payloadBytes: number;
  cid: string;
  source: string;
  /** The caller removes the file. */
  temporary: boolean;
}

const READABLE = ["active", "expiring", "unreadable", "faulty"];

/** The piece's bytes, verified: this node's own, else from its providers, the healthy ones first. */
export async function retrieve(
  keeper: OpenKeeper,
  pieces: PieceFolder,
  cid: string,
  signal?: AbortSignal,
): Promise<Retrieved> {
  const key = await pieceKeyOfCid(keeper, cid);
  const held = await keeper.store.pieces.get(key);
  if (held !== undefined) {
    const payloadBytes = Number(held.payloadBytes);
    return { file: pieces.fileOf(held), payloadBytes, cid: held.cid, source: "this node", temporary: false };
  }
  const { root, height } = pieceOfKey(key);
  const payloadBytes = parsePieceCid(cid).payloadBytes ?? capacityBytesOf(height);
  const piece: Piece = { root, height, payloadBytes };
  const file = await pieces.temporaryFile();
  const source = await retrievePiece(cid, piece, await sourcesOf(keeper, key, cid), file, signal);
  return { file, payloadBytes: Number(payloadBytes), cid, source: source.name, temporary: true };
}

async function sourcesOf(keeper: OpenKeeper, key: string, cid: string): Promise<PieceSource[]> {
  const { deals, jobs } = await explain(keeper, key);
  const healthFirst = deals
    .filter((deal) => READABLE.includes(deal.health))
    .sort((a, b) => READABLE.indexOf(a.health) - READABLE.indexOf(b.health));
  const sources = new Map<string, PieceSource>();
  for (const { deal, health } of healthFirst) {
    const url = await keeper.directory.pieceUrl(deal.providerId, cid);
    if (url !== undefined && !sources.has(url))
      sources.set(url, { name: `provider f0${deal.providerId} (${health})`, url });
  }
  for (const { fetchLink } of jobs) {
    if (fetchLink !== null && !sources.has(fetchLink)) sources.set(fetchLink, { name: fetchLink, url: fetchLink });
  }
  return [...sources.values()];
}
