import type { RepairDealState } from "../../protocol/negotiationWire";
import type { LifeStage } from "../parts";
import { accepted } from "./accepted";
import { adding } from "./adding";
import { awaitingData } from "./awaitingData";
import { onChain } from "./onChain";
import { tentative } from "./tentative";
import { verifying } from "./verifying";

/**
 * The life of a deal. Each state can be run again at any time: it reads the chain and the store again.
 *
 *   tentative ──bid──▶ awaiting-data ──all shards──▶ verifying ──▶ accepted ──promise──▶ adding ──addDeal──▶ placing
 *       │                    │                          │              │                    │                  │ first proof
 *       ▼                    ▼                          ▼              ▼                    ▼                  ▼
 *    expired              expired                    refused        refused              expired    keeping ⇄ repairing
 *                                                                                                       │ end
 *                                                                      failed ◀── the market ──── settling ──▶ finished
 */
export const STATES: Partial<Record<RepairDealState, LifeStage>> = {
  tentative,
  "awaiting-data": awaitingData,
  verifying,
  accepted,
  adding,
  // Every shard is placed with a provider, and the first proof of all begins the term.
  placing: onChain,
  // All shards are held: proofs before each deadline, earnings, and renewal where a sector ends too early.
  keeping: onChain,
  // A shard is not held, or reported lost: it recovers, or is rebuilt and placed again.
  repairing: onChain,
  // The term is over: the last proof, and the account is closed.
  settling: onChain,
};
