import type { Fault, ObservedDeal } from "../protocol/dealRecords";

/** What a piece's keepers agreed on. */
export interface PieceTerms {
  replicationTarget: number;
  repairThresholdEpochs: bigint;
  renewThresholdEpochs: bigint;
}

export type DealHealth = "pending" | "active" | "expiring" | "faulty" | "lost" | "unreadable";

/** `holds`: counts as a copy that needs no replacement. */
export interface ClassifiedDeal {
  deal: ObservedDeal;
  health: DealHealth;
  holds: boolean;
  reason: string;
}

/** The health of a deal at epoch `now`, judged by the terms. */
export function classifyDeal(deal: ObservedDeal, terms: PieceTerms, now: bigint): ClassifiedDeal {
  const is = (health: DealHealth, holds: boolean, reason: string) => ({ deal, health, holds, reason });
  if (deal.state === "gone") return is("lost", false, "terminated, settled, or never activated");
  if (deal.state === "unknown") return is("lost", false, "the market actor does not know the deal");
  // A deal reads as active until it is settled, so its end decides (FIP-0074).
  if (deal.state === "ended" || deal.endEpoch <= now) return is("lost", false, `ended at epoch ${deal.endEpoch}`);
  if (deal.state === "published") return is("pending", false, "published, not sealed yet");
  if (deal.sectorDead === true) return is("lost", false, `sector ${deal.sector} is dead`);
  const leftEpochs = deal.endEpoch - now;
  if (leftEpochs <= terms.renewThresholdEpochs) return is("expiring", false, `ends in ${leftEpochs} epochs`);
  if (deal.fault !== undefined) return classifyFault(deal, deal.fault, terms, now);
  // Nothing is known about it: a deal that cannot be read is never taken for a lost one.
  if (deal.state === "unreadable")
    return is("unreadable", true, "the market actor could not be asked; it counts as held");
  return is("active", true, `active until epoch ${deal.endEpoch}`);
}

function classifyFault(deal: ObservedDeal, fault: Fault, terms: PieceTerms, now: bigint): ClassifiedDeal {
  const ageEpochs = now > fault.since ? now - fault.since : 0n;
  const tooOld = ageEpochs >= terms.repairThresholdEpochs;
  const recovery = fault.recovering === true ? ", recovery declared" : "";
  const limit = `${tooOld ? "at or past" : "below"} the repair threshold of ${terms.repairThresholdEpochs}`;
  const reason = `faulty since epoch ${fault.since} (${ageEpochs} epochs, ${limit}${recovery})`;
  return { deal, health: "faulty", holds: !tooOld, reason };
}
