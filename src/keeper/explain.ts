import { pieceKeyOf, pieceOf } from "../data/pieceKey";
import { parsePieceCid } from "../data/pieceCid";
import { chooseFetchLink, type FetchLink } from "../policy/source";
import { FaultFinder } from "./faults";
import type { Keeper } from "./ports";
import { type Judged, judgePieces } from "./read";

export interface Explained extends Judged {
  epoch: bigint;
  source: FetchLink | undefined;
}

/** A piece's key from any CID that names it; a v1 CID is looked up among the pieces that the node knows. */
export async function pieceKeyOfCid({ store }: Pick<Keeper, "store">, cid: string): Promise<string> {
  const { root, height } = parsePieceCid(cid);
  if (height !== undefined) return pieceKeyOf(root, height);
  const known = await store.pieceWithRoot(`0x${Buffer.from(root).toString("hex")}`);
  if (known !== undefined) return known;
  const piece = pieceOf(cid); // Its error says what to do about a v1 CID.
  return pieceKeyOf(piece.root, piece.height);
}

/** How the policy judges one piece now, and why. Sends nothing. */
export async function explain(keeper: Keeper, piece: string): Promise<Explained> {
  const block = await keeper.chain.pin();
  const [judged] = await judgePieces(keeper, [piece], block, await FaultFinder.start(keeper, block));
  const given = judged!.jobs.find((job) => job.fetchLink !== null)?.fetchLink;
  const source = chooseFetchLink(await keeper.sources.of(piece, judged!.deals, given), judged!.deals);
  return { ...judged!, epoch: block.number, source };
}
