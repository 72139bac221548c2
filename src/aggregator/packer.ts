import { buildAggregate, type InclusionProofAbi } from "../data/aggregate";
import { paddedBytesOf, type Piece } from "../data/piece";
import { pieceCidV2 } from "../data/pieceCid";
import type { PieceFetcher } from "./fetcher";

/** What goes to a provider in one deal. */
export interface Package {
  piece: Piece;
  cid: string;
  /** In the order of the aggregate's index. */
  members: { key: string; piece: Piece; proof: InclusionProofAbi }[];
  /** False when one piece goes as it is: it then fills the deal. */
  aggregated: boolean;
  bytes(): AsyncIterable<Uint8Array>;
}

/** A piece that is the whole deal needs neither path nor index entry. */
const WHOLE: InclusionProofAbi = { proofSubtree: { index: 0n, path: [] }, proofIndex: { index: 0n, path: [] } };

/** Packs held pieces into an aggregate, largest first; a single one too large for that goes as it is. The same pieces
 *  always make the same package, so the package is not stored. */
export async function packPieces(
  held: readonly { key: string; piece: Piece }[],
  fetcher: PieceFetcher,
  maxPaddedBytes: bigint,
): Promise<Package> {
  const sorted = [...held].sort((a, b) => b.piece.height - a.piece.height);
  const only = sorted.length === 1 ? sorted[0]! : undefined;
  if (only !== undefined && paddedBytesOf(only.piece.height) * 2n > maxPaddedBytes)
    return {
      piece: only.piece,
      cid: pieceCidV2(only.piece).toString(),
      members: [{ ...only, proof: WHOLE }],
      aggregated: false,
      bytes: () => fetcher.open(only.key),
    };
  const built = await buildAggregate(sorted.map(({ key, piece }) => ({ piece, open: () => fetcher.open(key) })));
  return {
    piece: built.piece,
    cid: pieceCidV2(built.piece).toString(),
    members: sorted.map((member, i) => ({ ...member, proof: built.members[i]!.proof })),
    aggregated: true,
    bytes: () => built.bytes(),
  };
}
