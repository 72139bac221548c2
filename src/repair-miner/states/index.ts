import type { RepairDealState } from "../../market/negotiation";
import type { LifeStage } from "../parts";
import { accepted } from "./accepted";
import { adding } from "./adding";
import { awaitingData } from "./awaitingData";
import { keeping } from "./keeping";
import { placing } from "./placing";
import { repairing } from "./repairing";
import { settling } from "./settling";
import { tentative } from "./tentative";
import { verifying } from "./verifying";

/**
 * The life of a deal. Each state can be run again at any time: it reads the chain and the store anew.
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
  placing,
  keeping,
  repairing,
  settling,
};
