import type { Logger } from "pino";

import type { LaneSettings } from "../outbox/lane";
import type { CurioIdentity } from "../providers/curioAuth";
import type { JsonRpc } from "../filecoin/rpc";
import type { ReadTag } from "../filecoin/block";

export interface ProviderEntry {
  id: bigint;
  url: string;
}

export interface AggregatorOptions {
  /** Where bytes and state are kept. */
  folder: string;
  rpc: JsonRpc;
  /** The address of DealStatus. */
  dealStatus: string;
  /** The address of `SectorContents`. Given: deals are onboarded directly, as Curio nodes do, and its notices say
   *  which sector holds each. Left out: they go through f05, with providers that say which deal they published. */
  sectorContents?: string;
  /** Pays for completions, and is the client of the deals. */
  privateKey: string;
  /** Signs requests to providers; the private key's delegated identity if not given. */
  identity?: CurioIdentity;
  /** The storage providers that may be chosen, read again each time. */
  providers(): Promise<ProviderEntry[]>;
  /** Where the aggregator's own HTTP listens; loopback, and any free port, if not given. */
  listen?: { host: string; port: number };
  /** The URL at which providers reach it, if it is another one. */
  publicUrl?: string;
  /** The block that is believed; a live network: finalized. */
  readTag?: ReadTag;
  settings?: Partial<AggregatorSettings>;
  /** Limits of what it sends and spends. */
  lane?: Partial<LaneSettings>;
  /** The log of its transactions; by default nothing is logged. */
  log?: Logger;
  /** Called with each event. */
  onEvent?: (event: AggregatorEvent) => void;
}

export interface AggregatorSettings {
  durationEpochs: bigint;
  maxPaddedBytes: bigint;
  /** A deal that is not sealed by then has failed. */
  placeTimeoutEpochs: bigint;
  /** A request that could not be served is looked at again after this, twice this, and so on. */
  retryEpochs: bigint;
  /** A deal that ends within this may be renewed where it lies. */
  renewableEpochs: bigint;
  /** Requests taken on in one tick. */
  maxRequests: number;
}

export const AGGREGATOR_DEFAULTS: AggregatorSettings = {
  durationEpochs: 518_400n,
  maxPaddedBytes: 1n << 35n,
  placeTimeoutEpochs: 2n * 2_880n,
  retryEpochs: 10n,
  renewableEpochs: 60n * 2_880n,
  maxRequests: 200,
};

export type AggregatorEvent =
  | { kind: "fetched"; requestId: bigint; piece: string; payloadBytes: bigint }
  | { kind: "postponed"; requestId: bigint; piece: string; reason: string }
  | { kind: "proposed"; providerId: bigint; identifier: string; cid: string; requestIds: bigint[] }
  | { kind: "refused" | "failed"; providerId: bigint; identifier: string; reason: string; requestIds: bigint[] }
  /** `dealId` is the sector's number when `marketActorId` is the provider. */
  | { kind: "sealed"; marketActorId: bigint; providerId: bigint; identifier: string; dealId: bigint }
  | { kind: "completed"; requestId: bigint; providerId: bigint; dealId: bigint };
