import { valuesByWord } from "../../../src/protocol/enums";
import type { Hex } from "../model/state";

/** Records as the contract's ABI gives them: one word a field, in this order. */
const ORDER = [
  ...[
    "client",
    "state",
    "dataShards",
    "totalShards",
    "maxShardsPerProvider",
    "shardHeight",
    "expiry",
    "droot",
    "price",
  ],
  ...["deposit", "duration", "closedAt", "payloadSize", "miner", "ask", "previousDeal", "dealPrice", "start"],
  ...["deadline", "repairDeadline", "provenThrough", "freshAfter", "marks", "strikes", "placed", "lapsed", "total"],
  ...["withdrawn", "provenEpochs", "payDuration", "reporter", "stake", "providersRoot"],
] as const;
const PLACEMENT = ["provider", "sector", "dealId", "validUntil", "provenAt", "markedAt", "kind"] as const;
const MINER = [
  ...["actor", "lastDeal", "dealCount", "owner", "collateral", "locked", "pledge", "used", "lockedUntil", "power"],
] as const;
const ASK = ["miner", "price", "size", "expiry", "state"] as const;

export type OrderField = (typeof ORDER)[number];
export type PlacementField = (typeof PLACEMENT)[number];
export type MinerField = (typeof MINER)[number];
export type AskField = (typeof ASK)[number];

export type ChainPlacement = Record<PlacementField, bigint>;
export type ChainOrder = Record<OrderField, bigint> & { placements: ChainPlacement[] };
export type ChainMiner = Record<MinerField, bigint>;
export type ChainAsk = Record<AskField, bigint>;

const WORD = 64;
export const wordAt = (hex: string, index: number) => BigInt(`0x${hex.slice(index * WORD, (index + 1) * WORD)}`);

function fields<F extends string>(names: readonly F[], hex: string, from = 0): Record<F, bigint> {
  const record = {} as Record<F, bigint>;
  names.forEach((name, index) => (record[name] = wordAt(hex, from + index)));
  return record;
}

/** `hex`: the answer without 0x. */
export const parseMiner = (hex: string): ChainMiner => fields(MINER, hex);
export const parseAsk = (hex: string): ChainAsk => fields(ASK, hex);

export function parseOrder(order: string, placements: string): ChainOrder {
  const count = Number(wordAt(placements, 1));
  const parsed = Array.from({ length: count }, (_, i) => fields(PLACEMENT, placements, 2 + i * PLACEMENT.length));
  return { ...fields(ORDER, order), placements: parsed };
}

export const address = (word: bigint): Hex => `0x${word.toString(16).padStart(40, "0")}`;
export const hash = (word: bigint): Hex => `0x${word.toString(16).padStart(64, "0")}`;

/** What a market shows of itself at one epoch. */
export interface Picture {
  epoch: number;
  balance: bigint;
  unburnt: bigint;
  miners: ChainMiner[];
  asks: ChainAsk[];
  orders: ChainOrder[];
  /** By account, of all who ever had one. */
  credits: Map<Hex, bigint>;
}

export const STATE = valuesByWord("RepairState");
