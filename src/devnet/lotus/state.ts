/** What the Lotus endpoint asks of the simulated actors. Numbers are as the actors keep them. */

export interface LotusPiece {
  root: Uint8Array;
  paddedBytes: bigint;
}

export interface LotusDeal {
  root: Uint8Array;
  paddedBytes: bigint;
  client: bigint;
  provider: bigint;
  start: bigint;
  end: bigint;
  sector: bigint;
  /** 0: not activated. */
  activatedAt: bigint;
  /** 0: never settled. */
  paidUntil: bigint;
  gone: boolean;
  verified: boolean;
  label: string;
  pricePerEpochAtto: bigint;
  clientCollateralAtto: bigint;
  providerCollateralAtto: bigint;
}

type LotusSectorStatus = "dead" | "active" | "faulty";

export interface LotusSector {
  number: bigint;
  expiration: bigint;
  committedAt: bigint;
  deadline: number;
  partition: number;
  /** False once compacted away. */
  inPartition: boolean;
  proven: boolean;
  recovering: boolean;
  status: LotusSectorStatus;
  /** Last epoch of the deadline at which it expires on time. */
  onTimeLast: bigint;
  /** Last epoch at which it may still be faulty; 0 when it expires on time before. */
  earlyLast: bigint;
  pieces: LotusPiece[];
}

export interface LotusMiner {
  owner: bigint;
  sectorBytes: bigint;
  partitionSectors: number;
  /** The epoch, modulo 2880, at which its proving periods start. */
  periodOffset: bigint;
  peerId: Uint8Array;
}

export type LotusActorEvent = {
  emitter: bigint;
  height: bigint;
  blockHash: string;
  transactionHash: string;
} & (
  | {
      type: "deal-published" | "deal-activated" | "deal-terminated" | "deal-completed";
      id: bigint;
      client: bigint;
      provider: bigint;
    }
  | { type: "sector-precommitted"; sector: bigint }
  | { type: "sector-activated" | "sector-updated"; sector: bigint; sectorBytes: bigint; pieces: LotusPiece[] }
);

export interface LotusBlock {
  number: bigint;
  hash: string;
  parentHash: string;
  timestamp: bigint;
}

/** Why an actor id is no miner: nothing there, or another actor, by its name. */
export type NoMiner = { missing: true } | { kind: string };

/** The state at the head. */
export interface LotusState {
  head(): Promise<LotusBlock>;
  deal(id: bigint): Promise<LotusDeal | undefined>;
  miner(id: bigint): Promise<LotusMiner | NoMiner>;
  sector(miner: bigint, number: bigint): Promise<LotusSector | undefined>;
  /** All that were ever committed. */
  sectors(miner: bigint): Promise<LotusSector[]>;
  /** Sector numbers of each partition of a deadline. */
  partitions(miner: bigint, deadline: number): Promise<bigint[][]>;
  /** The actor id of an address, or undefined. */
  lookupId(address: string): Promise<bigint | undefined>;
  events(fromHeight: bigint, toHeight: bigint): Promise<LotusActorEvent[]>;
}

export function isMiner(found: LotusMiner | NoMiner): found is LotusMiner {
  return "sectorBytes" in found;
}
