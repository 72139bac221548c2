import type { Logger } from "pino";

import type { Block, ReadTag } from "../filecoin/block";
import type { DealStatusReader } from "../protocol/dealStatus";
import type { LogRanges } from "../filecoin/logRanges";
import type { LotusClient } from "../filecoin/lotus";
import type { Outbox } from "../outbox/outbox";
import type { PolicySettings } from "../policy/piece";
import type { SqlStore } from "../store/store";
import type { FetchSources } from "./sources";

/** Whose on-chain RaaS requests become jobs: the node's own, those of listed clients, or everybody's. */
export type ServeRule = { kind: "own" } | { kind: "list"; clients: readonly string[] } | { kind: "all" };

/** The chain as the keeper uses it. */
interface ChainPort {
  /** The newest block that is believed. */
  pin(): Promise<Block>;
  latest(): Promise<Block>;
  blockAtOrBefore(epoch: bigint): Promise<Block>;
  readonly deals: Pick<DealStatusReader, "inspect" | "faultyDeals" | "termsOf" | "address">;
  readonly logs: Pick<LogRanges, "next">;
  readonly lotus: Pick<LotusClient, "minerFaults" | "minerRecoveries" | "faultySince" | "storageDeal">;
}

export interface KeeperSettings extends PolicySettings {
  serve: ServeRule;
  readTag: ReadTag;
  /** Where the contract's events begin. */
  startBlock: bigint;
  /** Pieces read in one go. */
  batchPieces: number;
  /** Without Lotus: pieces whose sectors are checked in one tick, the longest unchecked first. */
  faultChecksPerTick: number;
  /** Transactions sent in one tick: nodes keep a limited number of one sender. */
  maxSendsPerTick: number;
  /** How long a tick waits for the receipts of what it sent. */
  confirmMs: number;
  pollMs: number;
}

export const KEEPER_DEFAULTS: KeeperSettings = {
  requestTimeoutEpochs: 2_880n,
  serve: { kind: "own" },
  readTag: "finalized",
  startBlock: 0n,
  batchPieces: 100,
  faultChecksPerTick: 32,
  maxSendsPerTick: 100,
  confirmMs: 300_000,
  pollMs: 2_000,
};

/** Everything a tick works with. */
export interface Keeper {
  store: SqlStore;
  chain: ChainPort;
  outbox: Outbox;
  sources: FetchSources;
  settings: KeeperSettings;
  log: Logger;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
