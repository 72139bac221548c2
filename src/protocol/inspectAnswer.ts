import type { ObservedDeal } from "./dealRecords";
import { wordsOf } from "./enums";

const WORD = 32;
const DEAL_WORDS = 6;

const DEAL_STATES = wordsOf("DealState");

export interface InspectedPage {
  root: string;
  height: number;
  deals: ObservedDeal[];
}

/**
 * Decodes what `inspect` returns, `(PieceDeals[] pieces, uint256 next)`. By hand: the general decoder copies the answer
 * once for every word in it, which made this the slowest part of a tick by far.
 */
export function decodeInspect(answer: string): { pages: InspectedPage[]; next: bigint } {
  const bytes = Buffer.from(answer.slice(2), "hex");
  const pages: InspectedPage[] = [];
  const list = wordAt(bytes, 0);
  const count = wordAt(bytes, list);
  for (let index = 0; index < count; index++) {
    pages.push(decodePage(bytes, list + WORD + wordAt(bytes, list + WORD * (index + 1))));
  }
  return { pages, next: BigInt(`0x${bytes.toString("hex", WORD, 2 * WORD)}`) };
}

/** `(cidIndex, root, height, offset, total, deals)`, the last by its offset. */
function decodePage(bytes: Buffer, at: number): InspectedPage {
  const list = at + wordAt(bytes, at + 5 * WORD);
  const count = wordAt(bytes, list);
  const deals: ObservedDeal[] = [];
  for (let index = 0; index < count; index++) deals.push(decodeDeal(bytes, list + WORD + index * DEAL_WORDS * WORD));
  return { root: `0x${bytes.toString("hex", at + WORD, at + 2 * WORD)}`, height: wordAt(bytes, at + 2 * WORD), deals };
}

/** `(dealId, providerId, marketActorId, sector, state, end)`, all in 64 bits. */
function decodeDeal(bytes: Buffer, at: number): ObservedDeal {
  const field = (index: number) => bytes.readBigUInt64BE(at + (index + 1) * WORD - 8);
  const state = DEAL_STATES[wordAt(bytes, at + 4 * WORD)];
  if (state === undefined)
    throw new RangeError(
      `The answer of DealStatus.inspect has an unknown deal state at byte ${at + 4 * WORD}: is the contract of this version?`,
    );
  return {
    dealId: field(0),
    providerId: field(1),
    marketActorId: field(2),
    sector: field(3),
    state,
    endEpoch: field(5),
  };
}

/** A word that is an offset or a count; throws when it is larger than the answer. */
function wordAt(bytes: Buffer, at: number): number {
  const value = bytes.readBigUInt64BE(at + WORD - 8);
  if (value > BigInt(bytes.length))
    throw new RangeError(
      `The answer of DealStatus.inspect points outside itself at byte ${at}: is the contract of this version?`,
    );
  return Number(value);
}
