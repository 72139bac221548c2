import type { Interface } from "ethers";

import { hexOf } from "../chain/block";
import { lensAbi, marketAbi, repairMinerAbi } from "../chain/marketAbi";
import { decodeRevert } from "../chain/revert";
import type { JsonRpc } from "../chain/rpc";
import { isTooMuchAtOnce } from "../chain/rpcErrors";
import type { RepairParameters } from "../parameters/repairMarket";
import {
  type AskView,
  askView,
  type BidView,
  bidView,
  type DealView,
  dealView,
  type MinerView,
  minerView,
  type OrderView,
  orderView,
  type PlacementView,
  placementView,
  SECTOR_STATUSES,
  type ShardView,
  shardView,
} from "./views";

/** A block's number, or the newest. */
export type At = bigint | "latest";

export interface MarketAddresses {
  market: string;
  lens: string;
}

export class MarketMissingError extends Error {
  override readonly name = "MarketMissingError";
  constructor(readonly address: string) {
    super(`There is no repair market at ${address} on this network: deploy it, or name the right network.`);
  }
}

/** Reads of the repair market as plain values, each at a given block. */
export class MarketReader {
  constructor(
    private readonly rpc: JsonRpc,
    readonly addresses: MarketAddresses,
  ) {}

  async counts(at: At = "latest"): Promise<{ miners: bigint; asks: bigint; bids: bigint }> {
    const [miners, asks, bids] = await this.market("counts", [], at);
    return { miners, asks, bids };
  }

  async rules(at: At = "latest"): Promise<RepairParameters> {
    const [rules] = await this.lens("parameters", [], at);
    const fields = Object.entries(rules.toObject() as Record<string, bigint>);
    return Object.fromEntries(fields) as unknown as RepairParameters;
  }

  async asks(start: bigint, count: number, at: At = "latest"): Promise<AskView[]> {
    return (await this.lens("asks", [start, count], at)).page.map(askView);
  }

  /** Bids, filled or not, from id `start` on. */
  async bids(start: bigint, count: number, at: At = "latest"): Promise<BidView[]> {
    return (await this.lens("bids", [start, count], at)).page.map(bidView);
  }

  /** Those among `count` ids from `start` that became deals. */
  async deals(start: bigint, count: number, at: At = "latest"): Promise<DealView[]> {
    return (await this.lens("deals", [start, count], at)).page.map(dealView);
  }

  async dealOf(dealId: bigint, at: At = "latest"): Promise<DealView> {
    return dealView((await this.lens("dealOf", [dealId], at))[0]);
  }

  async orderOf(bidId: bigint, at: At = "latest"): Promise<OrderView> {
    return orderView((await this.market("orderOf", [bidId], at))[0]);
  }

  async minerOf(minerId: bigint, at: At = "latest"): Promise<MinerView> {
    return minerView((await this.market("minerOf", [minerId], at))[0]);
  }

  async placementsOf(dealId: bigint, at: At = "latest"): Promise<PlacementView[]> {
    return (await this.market("placementsOf", [dealId], at))[0].map(placementView);
  }

  async creditOf(account: string, at: At = "latest"): Promise<bigint> {
    return (await this.market("creditOf", [account], at))[0];
  }

  /** Whether an acceptance with this deadline, signed by `signer`, binds the miner. */
  async isBound(repairMiner: string, signer: string, deadline: bigint, at: At = "latest"): Promise<boolean> {
    return (await this.call(repairMinerAbi, repairMiner, "isBound", [signer, deadline], at))[0];
  }

  /** Every shard and how its sector is; shard by shard when all at once is more than the node can do. */
  async shardsOf(dealId: bigint, at: At = "latest"): Promise<ShardView[]> {
    try {
      return (await this.lens("healthOf", [dealId], at))[0].shards.map(shardView);
    } catch (error) {
      if (!isTooMuchAtOnce(error)) throw error;
    }
    const placements = await this.placementsOf(dealId, at);
    const epoch = at === "latest" ? BigInt(await this.rpc.request<string>("eth_blockNumber")) : at;
    const shards: ShardView[] = [];
    for (const [shard, placement] of placements.entries()) shards.push(await this.locate(shard, placement, epoch, at));
    return shards;
  }

  private async locate(shard: number, placement: PlacementView, epoch: bigint, at: At): Promise<ShardView> {
    if (placement.kind === "none") return { shard, placement, status: "unproven", location: "0x", held: false };
    const answer = await this.lens("locate", [placement.provider, placement.sector], at);
    const status = SECTOR_STATUSES[Number(answer.status)]!;
    const held = status === "active" && epoch <= placement.validUntil;
    return { shard, placement, status, location: answer.location, held };
  }

  private market(name: string, args: readonly unknown[], at: At) {
    return this.call(marketAbi, this.addresses.market, name, args, at);
  }

  private lens(name: string, args: readonly unknown[], at: At) {
    return this.call(lensAbi, this.addresses.lens, name, args, at);
  }

  private async call(abi: Interface, to: string, name: string, args: readonly unknown[], at: At) {
    const data = abi.encodeFunctionData(name, args);
    let answer: string;
    try {
      answer = await this.rpc.request<string>("eth_call", [{ to, data }, at === "latest" ? at : hexOf(at)]);
    } catch (error) {
      throw decodeRevert(error, `RepairMarket.${name}`, REFUSALS);
    }
    // A call to a contract that does not exist (yet) is answered with nothing, and no error.
    if (answer === "0x") throw new MarketMissingError(to);
    return abi.decodeFunctionResult(name, answer);
  }
}

/** The market's errors; the lens has one of its own, and passes the others on. */
const REFUSALS = marketAbi;
