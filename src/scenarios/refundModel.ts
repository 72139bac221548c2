import type { RepairParameters } from "../protocol/parameters/repairMarket";
import { clientShareAtto, earnedAtto, stakeAtto, strikesAtto, totalAtto } from "../protocol/repairMoney";

/** What is known of a deal that failed, from outside: its terms, and the epochs at which it was proven. */
interface FailedDeal {
  /** attoFIL per GiB and epoch. */
  priceAtto: bigint;
  /** Padded bytes of all shards. */
  size: bigint;
  durationEpochs: bigint;
  /** First and last proof of all shards. */
  startEpoch: bigint;
  lastProofEpoch: bigint;
}

interface Refund {
  /** What the client gets of what it paid. */
  unearnedAtto: bigint;
  /** Its share of each strike. */
  sharesAtto: bigint[];
  totalAtto: bigint;
}

/** What the client of a deal is owed whose miner stopped and took every strike: from the rules alone. */
export function refundOf(deal: FailedDeal, rules: RepairParameters): Refund {
  const paidAtto = totalAtto(deal.priceAtto, deal.size, deal.durationEpochs);
  const wholeAtto = stakeAtto({ sizeBytes: deal.size, totalAtto: paidAtto }, rules);
  const sharesAtto: bigint[] = [];
  let leftAtto = wholeAtto;
  for (let strikesTaken = 0; BigInt(strikesTaken) < rules.maxStrikes; strikesTaken++) {
    const takenAtto = strikesAtto({ wholeAtto, leftAtto, strikesTaken }, 1, rules);
    leftAtto -= takenAtto;
    sharesAtto.push(clientShareAtto(takenAtto, rules));
  }
  const unearnedAtto = paidAtto - earnedAtto(paidAtto, deal.lastProofEpoch - deal.startEpoch, deal.durationEpochs);
  return { unearnedAtto, sharesAtto, totalAtto: sharesAtto.reduce((sum, share) => sum + share, unearnedAtto) };
}
