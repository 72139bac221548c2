import type { Interface } from "ethers";

import { REPAIR_STATES, type RepairState, SECTOR_STATUSES, type SectorStatus } from "../market/views";
import type { RepairParameters } from "../parameters/repairMarket";
import type { RepairDealView, ShardView } from "../policy/repairTerms";
import { type Block, blockAt, hexOf } from "./block";
import { lensAbi, marketAbi, repairErrors, repairMinerAbi } from "./marketAbi";
import { decodeRevert } from "./revert";
import type { JsonRpc } from "./rpc";
import { isTooMuchAtOnce } from "./rpcErrors";

const UNPLACED = 0n;

export interface ChainAsk {
  askId: bigint;
  repairMiner: string;
  priceAtto: bigint;
  /** Padded bytes still on offer. */
  size: bigint;
  expiry: bigint;
  open: boolean;
}

/** A bid, filled or not. */
export interface ChainBid {
  bidId: bigint;
  state: RepairState;
  client: string;
  droot: string;
  priceAtto: bigint;
  size: bigint;
  durationEpochs: bigint;
  expiry: bigint;
  dataShards: number;
  totalShards: number;
  maxShardsPerProvider: number;
  payloadBytes: bigint;
  providersRoot: string;
  /** The `RepairMiner` that filled it; the zero address: nobody. */
  repairMiner: string;
}

export interface ChainMiner {
  minerId: bigint;
  owner: string;
  worker: string;
  /** attoFIL that stands behind nothing, the acceptance bond set apart. */
  freeAtto: bigint;
  /** Padded bytes that it may still take on. */
  room: bigint;
}

/** Reads of the repair market, each at a given block. */
export class RepairMarketReader {
  constructor(
    private readonly rpc: JsonRpc,
    readonly market: string,
    readonly lens: string,
  ) {}

  async parameters(at: Block): Promise<RepairParameters> {
    const [rules] = await this.call(this.market, marketAbi, "parameters", [], at);
    return (rules as { toObject(): unknown }).toObject() as RepairParameters;
  }

  async sectorContents(at: Block): Promise<string> {
    return (await this.call(this.market, marketAbi, "sectorContents", [], at))[0] as string;
  }

  async miner(actor: string, acceptanceBond: bigint, at: Block): Promise<ChainMiner | undefined> {
    const [minerId] = await this.call(this.market, marketAbi, "minerIdOf", [actor], at);
    if (minerId === 0n) return undefined;
    const [record] = await this.call(this.market, marketAbi, "minerOf", [minerId], at);
    const [worker] = await this.call(actor, repairMinerAbi, "worker", [], at);
    const free = (record.collateral as bigint) - (record.locked as bigint) - acceptanceBond;
    return {
      minerId: minerId as bigint,
      owner: record.owner as string,
      worker: worker as string,
      freeAtto: free > 0n ? free : 0n,
      room: (record.pledge as bigint) - (record.used as bigint),
    };
  }

  async ask(askId: bigint, at: Block): Promise<ChainAsk | undefined> {
    const [page] = await this.call(this.lens, lensAbi, "asks", [askId, 1], at);
    const [view] = [...page];
    if (view === undefined) return undefined;
    const { price, size, expiry } = view.ask;
    return { askId, repairMiner: view.repairMiner, priceAtto: price, size, expiry, open: view.open };
  }

  /** The miner's asks that can fill a bid now; `upTo` of the newest are looked at. */
  async openAsks(actor: string, at: Block, upTo = 500n): Promise<ChainAsk[]> {
    const [, total] = (await this.call(this.market, marketAbi, "counts", [], at)) as unknown as bigint[];
    const first = total! > upTo ? total! - upTo + 1n : 1n;
    const [page] = await this.call(this.lens, lensAbi, "asks", [first, upTo], at);
    return [...page]
      .filter((view) => view.open && view.repairMiner === actor)
      .map(({ askId, repairMiner, ask: { price, size, expiry } }) => ({
        ...{ askId, repairMiner, size, expiry },
        ...{ priceAtto: price, open: true },
      }));
  }

  async bid(bidId: bigint, at: Block): Promise<ChainBid | undefined> {
    const [, , total] = (await this.call(this.market, marketAbi, "counts", [], at)) as unknown as bigint[];
    if (bidId === 0n || bidId > total!) return undefined;
    const [view] = await this.call(this.lens, lensAbi, "dealOf", [bidId], at);
    const { order } = view;
    return {
      bidId,
      state: REPAIR_STATES[Number(view.state)]!,
      client: order.client,
      droot: order.droot,
      priceAtto: order.price,
      size: view.size,
      durationEpochs: order.duration,
      expiry: order.expiry,
      dataShards: Number(order.dataShards),
      totalShards: Number(order.totalShards),
      maxShardsPerProvider: Number(order.maxShardsPerProvider),
      payloadBytes: order.payloadSize,
      providersRoot: order.providersRoot,
      repairMiner: view.repairMiner,
    };
  }

  /** A deal with its shards, as their miner actors say. */
  async deal(dealId: bigint, at: Block): Promise<RepairDealView> {
    const [view] = await this.call(this.lens, lensAbi, "dealOf", [dealId], at);
    const { order } = view;
    return {
      dealId,
      state: REPAIR_STATES[Number(view.state)]!,
      repairMiner: view.repairMiner,
      start: view.start,
      end: view.end,
      deadline: view.deadline >= (1n << 64n) - 1n ? undefined : view.deadline,
      provenThrough: view.provenThrough,
      durationEpochs: order.duration,
      dataShards: Number(order.dataShards),
      totalShards: Number(order.totalShards),
      maxShardsPerProvider: Number(order.maxShardsPerProvider),
      withdrawableAtto: view.withdrawable,
      shards: await this.shards(dealId, at),
    };
  }

  /** A deal's shards with the locations of their sectors; one by one when all are too much for one call. */
  async shards(dealId: bigint, at: Block | "latest"): Promise<ShardView[]> {
    try {
      const [health] = await this.call(this.lens, lensAbi, "healthOf", [dealId], at);
      return [...health.shards].map(shardOf);
    } catch (error) {
      if (!isTooMuchAtOnce(error)) throw error;
    }
    const [placements] = await this.call(this.lens, lensAbi, "placementsOf", [dealId], at);
    const epoch = at === "latest" ? (await blockAt(this.rpc, at)).number : at.number;
    const shards: ShardView[] = [];
    for (const [shard, placement] of [...placements].entries()) {
      const { provider, sector, validUntil, kind } = placement;
      const unplaced = { status: "unproven" as const, location: "0x" };
      const { status, location } = kind === UNPLACED ? unplaced : await this.locate(provider, sector, at);
      const held = status === "active" && epoch <= validUntil;
      shards.push(shardOf({ shard, placement, location, held, status: SECTOR_STATUSES.indexOf(status) }));
    }
    return shards;
  }

  async locate(
    provider: bigint,
    sector: bigint,
    at: Block | "latest",
  ): Promise<{ status: SectorStatus; location: string }> {
    const [status, location] = await this.call(this.lens, lensAbi, "locate", [provider, sector], at);
    return { status: SECTOR_STATUSES[Number(status)]!, location: location as string };
  }

  async creditOf(account: string, at: Block): Promise<bigint> {
    return (await this.call(this.market, marketAbi, "creditOf", [account], at))[0] as bigint;
  }

  /** What a call would do now; throws the contract's typed refusal. */
  async simulate(from: string, to: string, data: string, action: string): Promise<void> {
    try {
      await this.rpc.request("eth_call", [{ from, to, data }, "latest"]);
    } catch (error) {
      throw decodeRevert(error, action, repairErrors);
    }
  }

  // The results are the ABI's: named, and of the types that it says.
  private async call(to: string, abi: Interface, name: string, args: unknown[], at: Block | "latest") {
    const data = abi.encodeFunctionData(name, args);
    const tag = at === "latest" ? at : hexOf(at.number);
    let answer: string;
    try {
      answer = await this.rpc.request<string>("eth_call", [{ to, data }, tag]);
    } catch (error) {
      throw decodeRevert(error, `RepairMarket.${name}`, repairErrors);
    }
    if (answer === "0x") throw new MarketMissingError(to);
    return abi.decodeFunctionResult(name, answer);
  }
}

export class MarketMissingError extends Error {
  override readonly name = "MarketMissingError";
  constructor(readonly address: string) {
    super(`There is no repair market (or part of it) at ${address}. Deploy it, or name the right network.`);
  }
}

/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- a decoded struct of the lens */
function shardOf(health: any): ShardView {
  const { provider, sector, validUntil, provenAt, markedAt, kind } = health.placement;
  return {
    shard: Number(health.shard),
    ...(kind === UNPLACED ? {} : { place: { provider, sector } }),
    status: SECTOR_STATUSES[Number(health.status)]!,
    location: health.location,
    held: health.held,
    validUntil,
    provenAt,
    markedAt,
  };
}
