import { repairMarketParameters } from "../../src/protocol/parameters/repairMarket";
import {
  type DealView,
  NO_ADDRESS,
  type OrderView,
  type PlacementView,
  type ShardView,
} from "../../src/protocol/repairRecords";

export const RULES = repairMarketParameters("hardhat");
export const START = 1_000n;
export const END = START + 100_000n;

export function exampleOrder(overrides: Partial<OrderView> = {}): OrderView {
  return {
    client: `0x${"c1".repeat(20)}`,
    dataShards: 2,
    totalShards: 4,
    maxShardsPerProvider: 1,
    shardHeight: 5,
    expiry: 900n,
    droot: `0x${"aa".repeat(32)}`,
    priceAtto: 10n,
    depositAtto: 1_000_000n,
    durationEpochs: END - START,
    closedAt: 500n,
    payloadBytes: 1_000n,
    minerId: 1n,
    askId: 1n,
    dealPriceAtto: 10n,
    progress: {
      start: START,
      deadline: START + RULES.provingPeriod,
      repairDeadline: 0n,
      provenThrough: START,
      marks: 0,
      strikes: 0,
      placed: 4,
      lapsed: false,
    },
    reporter: NO_ADDRESS,
    providersRoot: `0x${"00".repeat(32)}`,
    ...overrides,
  };
}

/** An active deal of 2 of 4, proven at its start. */
export function exampleDeal(overrides: Partial<DealView> = {}): DealView {
  return {
    dealId: 1n,
    state: "active",
    repairMiner: `0x${"a1".repeat(20)}`,
    client: `0x${"c1".repeat(20)}`,
    size: 4_096n,
    start: START,
    end: END,
    deadline: START + RULES.provingPeriod,
    provenThrough: START,
    strikesDue: 0,
    totalAtto: 1_000_000n,
    earnedAtto: 0n,
    withdrawableAtto: 0n,
    refundableAtto: 1_000_000n,
    stakeAtto: 200_000n,
    order: exampleOrder(),
    ...overrides,
  };
}

/** A shard in a sector of its own, with a provider of its own, active. */
export function exampleShard(
  shard: number,
  overrides: Partial<Omit<ShardView, "placement">> & { placement?: Partial<PlacementView> } = {},
): ShardView {
  const { placement, ...rest } = overrides;
  return {
    shard,
    status: "active",
    location: "0x820001",
    held: rest.status === undefined || rest.status === "active",
    ...rest,
    placement: {
      kind: "notice",
      provider: 1_000n + BigInt(shard),
      sector: 7n,
      f05DealId: 0n,
      validUntil: END + 1n,
      provenAt: 0n,
      markedAt: 0n,
      ...placement,
    },
  };
}

export const exampleShards = (changed: Record<number, Parameters<typeof exampleShard>[1]> = {}) =>
  [0, 1, 2, 3].map((shard) => exampleShard(shard, changed[shard]));
