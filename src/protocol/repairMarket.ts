import type { Interface } from "ethers";

import { blockAt, hexOf } from "../filecoin/block";
import { type SectorStatus, wordOf } from "./enums";
import { lensAbi, marketAbi, repairErrors, repairMinerAbi } from "./marketAbi";
import { decodeRevert } from "../filecoin/revert";
import type { JsonRpc } from "../filecoin/rpc";
import { isTooMuchAtOnce } from "../filecoin/rpcErrors";
import type { RepairParameters } from "./parameters/repairMarket";
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
  type RepairDealView,
  type ShardView,
  shardView,
} from "./repairRecords";

/** A block's number, or the newest. */
export type At = bigint | "latest";

export interface MarketAddresses {
  market: string;
  lens: string;
}

export class MarketMissingError extends Error {
  override readonly name = "MarketMissingError";
  constructor(readonly address: string) {
    super(
      `There is no repair market (or part of it) at ${address} on this network: deploy it, or name the right network with --network.`,
    );
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
    return (rules as { toObject(): unknown }).toObject() as RepairParameters;
  }

  /** The address of the market's `SectorContents`. */
  async sectorContents(at: At = "latest"): Promise<string> {
    return (await this.market("sectorContents", [], at))[0] as string;
  }

  async asks(start: bigint, count: number, at: At = "latest"): Promise<AskView[]> {
    return (await this.lens("asks", [start, count], at)).page.map(askView);
  }

  async ask(askId: bigint, at: At = "latest"): Promise<AskView | undefined> {
    return (await this.asks(askId, 1, at))[0];
  }

  /** The asks of a miner that can fill a bid now; only the market's `newest` asks are read. */
  async openAsksOf(repairMiner: string, at: At = "latest", newest = 500): Promise<AskView[]> {
    const { asks } = await this.counts(at);
    const first = asks > BigInt(newest) ? asks - BigInt(newest) + 1n : 1n;
    const page = await this.asks(first, newest, at);
    return page.filter((ask) => ask.open && ask.repairMiner.toLowerCase() === repairMiner.toLowerCase());
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

  /** A bid and, once it is filled, its deal; undefined: there is no bid with this id (yet). */
  async bid(bidId: bigint, at: At = "latest"): Promise<DealView | undefined> {
    const { bids } = await this.counts(at);
    return bidId === 0n || bidId > bids ? undefined : this.dealOf(bidId, at);
  }

  async dealWithShards(dealId: bigint, at: At = "latest"): Promise<RepairDealView> {
    return { ...(await this.dealOf(dealId, at)), shards: await this.shardsOf(dealId, at) };
  }

  async orderOf(bidId: bigint, at: At = "latest"): Promise<OrderView> {
    return orderView((await this.market("orderOf", [bidId], at))[0]);
  }

  async minerOf(minerId: bigint, at: At = "latest"): Promise<MinerView> {
    return minerView(minerId, (await this.market("minerOf", [minerId], at))[0]);
  }

  /** The record of a `RepairMiner`; undefined: this market has not created it. */
  async minerByActor(repairMiner: string, at: At = "latest"): Promise<MinerView | undefined> {
    const minerId = (await this.market("minerIdOf", [repairMiner], at))[0] as bigint;
    return minerId === 0n ? undefined : this.minerOf(minerId, at);
  }

  async workerOf(repairMiner: string, at: At = "latest"): Promise<string> {
    return (await this.call(repairMinerAbi, repairMiner, "worker", [], at))[0] as string;
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

  /** Every shard and its sector's status; shard by shard when all at once is more than the node can answer. */
  async shardsOf(dealId: bigint, at: At = "latest"): Promise<ShardView[]> {
    try {
      return (await this.lens("healthOf", [dealId], at))[0].shards.map(shardView);
    } catch (error) {
      if (!isTooMuchAtOnce(error)) throw error;
    }
    // All of them as of one block, however many calls it takes.
    const epoch = at === "latest" ? (await blockAt(this.rpc, at)).number : at;
    const placements = await this.placementsOf(dealId, epoch);
    const shards: ShardView[] = [];
    for (const [shard, placement] of placements.entries()) {
      const unplaced = { status: "unproven" as const, location: "0x" };
      const { provider, sector, kind, validUntil } = placement;
      const found = kind === "none" ? unplaced : await this.locate(provider, sector, epoch);
      shards.push({ shard, placement, ...found, held: found.status === "active" && epoch <= validUntil });
    }
    return shards;
  }

  /** A sector's status and location: for a transaction that is sent at once, since sectors move. */
  async locate(
    provider: bigint,
    sector: bigint,
    at: At = "latest",
  ): Promise<{ status: SectorStatus; location: string }> {
    const { status, location } = await this.lens("locate", [provider, sector], at);
    return { status: wordOf("SectorStatus", status), location };
  }

  /** Simulates a call now; throws the contract's refusal as a `ContractRevertError`. */
  async simulate(from: string, to: string, data: string, action: string): Promise<void> {
    try {
      await this.rpc.request("eth_call", [{ from, to, data }, "latest"]);
    } catch (error) {
      throw decodeRevert(error, action, repairErrors);
    }
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
      throw decodeRevert(error, `RepairMarket.${name}`, repairErrors);
    }
    // A call to a contract that does not exist (yet) is answered with nothing, and no error.
    if (answer === "0x") throw new MarketMissingError(to);
    return abi.decodeFunctionResult(name, answer);
  }
}
