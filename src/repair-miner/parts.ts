import type { Logger } from "pino";

import type { Block } from "../filecoin/block";
import type { LotusClient } from "../filecoin/lotus";
import type { Acceptance } from "../protocol/authorisation";
import type { RepairDealState } from "../protocol/negotiationWire";
import type { MarketReader } from "../protocol/repairMarket";
import type { RepairDealView } from "../protocol/repairRecords";
import type { Outbox } from "../outbox/outbox";
import type { RepairParameters } from "../protocol/parameters/repairMarket";
import type { RepairSettings } from "../policy/repairTerms";
import type { CurioIdentity } from "../providers/curioAuth";
import type { ProviderOffer } from "../policy/providerChoice";
import type { ProviderFailures } from "../store/providerFailures";
import type { RepairDeal, RepairDeals } from "../store/repairDeals";
import type { Background } from "./background";
import type { MinerSettings } from "./settings";
import type { ShardFolder } from "./shardFolder";

/** Everything that the states of a deal work with. */
export interface MinerParts {
  deals: RepairDeals;
  failures: ProviderFailures;
  shards: ShardFolder;
  chain: MarketReader;
  lotus: Pick<LotusClient, "faultySince">;
  /** At most one transaction at a time about each deal. */
  outbox: Outbox;
  work: Background;
  /** Deals on chain as they were last seen, for figures. */
  seen: Map<string, RepairDealView>;
  identity: CurioIdentity;
  settings: MinerSettings;
  policy: RepairSettings;
  rules: RepairParameters;
  /** The address of the `RepairMiner`. */
  repairMiner: string;
  /** Of `SectorContents`. */
  sectorContents: string;
  log: Logger;
  signal: AbortSignal;
  /** Where providers reach this miner. */
  url(): string;
  providers(): Promise<ProviderOffer[]>;
  /** Signs with the worker's key. */
  signAcceptance(acceptance: Acceptance): Promise<string>;
}

/** One state of a deal's life: does what can be done now and says where that leads; undefined: stay. */
export interface LifeStage {
  run(parts: MinerParts, deal: RepairDeal, at: Block): Promise<Step | undefined>;
}

export interface Step {
  to: RepairDealState;
  reason?: string;
  change?: Partial<Pick<RepairDeal, "acceptance" | "local" | "doing">>;
}

/** What is being done about a deal or one of its shards, for people. */
export interface Doing {
  shard?: number;
  what: string;
  why: string;
}
