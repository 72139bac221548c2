import type { LogDescription } from "ethers";

import type { IRepairMarket } from "../../typechain-types";
import { AskState, State } from "./repairMarket";

type Fields = Record<string, unknown>;
const big = (value: unknown) => value as bigint;

/** The market's state, rebuilt from its logs and its rules alone; shares no code with the contracts. */
export class RebuiltMarket {
  readonly orders = new Map<bigint, Fields>();
  readonly miners = new Map<bigint, Fields>();
  readonly asks = new Map<bigint, Fields>();
  readonly placements = new Map<bigint, Map<bigint, Fields>>();
  readonly credits = new Map<string, bigint>();
  readonly clients = new Map<bigint, bigint>();
  unburnt = 0n;
  private brokenIn = "";

  private constructor(private readonly claimWindow: bigint) {}

  static async from(market: IRepairMarket): Promise<RebuiltMarket> {
    const rebuilt = new RebuiltMarket((await market.parameters()).claimWindow);
    const logs = await market.runner!.provider!.getLogs({ address: await market.getAddress(), fromBlock: 0 });
    for (const log of logs) {
      const event = market.interface.parseLog(log);
      if (event !== null) rebuilt.apply(event, BigInt(log.blockNumber), log.transactionHash);
    }
    return rebuilt;
  }

  private apply({ name, args }: LogDescription, block: bigint, transaction: string): void {
    const a = args.toObject() as Fields;
    const order = this.orders.get(big(a.dealId ?? a.bidId));
    const miner = () => this.miners.get(big(order!.miner))!;
    const add = (to: Fields, field: string, amount: unknown) => (to[field] = big(to[field]) + big(amount));
    switch (name) {
      case "MinerCreated":
        this.miners.set(big(a.minerId), {
          ...{ actor: a.actor, owner: a.owner, collateral: a.collateral, pledge: a.pledge },
          ...{ lastDeal: 0n, dealCount: 0n, locked: 0n, used: 0n, lockedUntil: 0n, power: 0n },
        });
        break;
      case "CollateralAdded":
        add(this.miners.get(big(a.minerId))!, "collateral", a.amount);
        break;
      case "CollateralWithdrawn":
        add(this.miners.get(big(a.minerId))!, "collateral", -big(a.amount));
        break;
      case "ClientRegistered":
        this.clients.set(big(a.clientActor), big(a.minerId));
        break;
      case "AskAdded": {
        this.asks.set(big(a.askId), {
          miner: a.minerId,
          price: a.price,
          size: a.size,
          expiry: a.expiry,
          state: AskState.Open,
        });
        const record = this.miners.get(big(a.minerId))!;
        const until = big(a.expiry) + this.claimWindow;
        if (until > big(record.lockedUntil)) record.lockedUntil = until;
        break;
      }
      case "AskCancelled":
        this.asks.get(big(a.askId))!.state = AskState.Cancelled;
        break;
      case "BidAdded": {
        const params = a.params as {
          dataShards: bigint;
          totalShards: bigint;
          maxShardsPerProvider: bigint;
          payloadSize: bigint;
        };
        this.orders.set(big(a.bidId), {
          ...{ client: a.client, state: State.Open, droot: a.droot, price: a.price, deposit: a.deposit },
          ...{ duration: a.duration, expiry: a.expiry, closedAt: 0n, providersRoot: a.providersRoot },
          ...{ dataShards: params.dataShards, totalShards: params.totalShards, payloadSize: params.payloadSize },
          maxShardsPerProvider: params.maxShardsPerProvider,
          shardHeight: BigInt((big(a.size) / params.totalShards / 32n).toString(2).length - 1),
          size: a.size,
          ...{ miner: 0n, ask: 0n, previousDeal: 0n, dealPrice: 0n, stake: 0n, reporter: `0x${"00".repeat(20)}` },
          progress: Array<bigint | boolean>(8).fill(0n).concat(false),
          pay: { total: 0n, withdrawn: 0n, provenEpochs: 0n, duration: 0n },
        });
        break;
      }
      case "BidCancelled":
        Object.assign(order!, { state: State.Cancelled, closedAt: block });
        break;
      case "BidExpired":
        order!.state = State.Expired;
        break;
      case "DealAdded": {
        const ask = this.asks.get(big(a.askId))!;
        const record = this.miners.get(big(a.minerId))!;
        Object.assign(order!, {
          ...{ state: State.Placing, closedAt: block, miner: a.minerId, ask: a.askId, stake: a.stake },
          ...{ previousDeal: record.lastDeal, dealPrice: ask.price },
          pay: { total: a.total, withdrawn: 0n, provenEpochs: 0n, duration: order!.duration },
          progress: [0n, a.placementDeadline, 0n, 0n, 0n, 0n, 0n, 0n, false],
        });
        add(ask, "size", -big(order!.size));
        if (ask.size === 0n) ask.state = AskState.Filled;
        Object.assign(record, { lastDeal: a.dealId, dealCount: big(record.dealCount) + 1n });
        add(record, "locked", a.stake);
        add(record, "used", order!.size);
        break;
      }
      case "ShardPlaced":
        this.shards(a.dealId).set(big(a.shard), {
          ...{ provider: a.provider, sector: a.sector, dealId: a.f05DealId, validUntil: a.validUntil },
          ...{ provenAt: block, markedAt: 0n, kind: a.kind },
        });
        break;
      case "ShardsProven": {
        const shards = [...(a.shards as Iterable<bigint>)];
        // A proof of all shards stands in the deal alone.
        if (BigInt(shards.length) === order!.totalShards) break;
        for (const shard of shards) this.shards(a.dealId).get(shard)!.provenAt = block;
        break;
      }
      case "LossReported":
        this.shards(a.dealId).get(big(a.shard))!.markedAt = block;
        if ((order!.progress as unknown[])[5] === 0n) order!.reporter = a.reporter;
        break;
      case "ShardCured":
        Object.assign(this.shards(a.dealId).get(big(a.shard))!, { markedAt: 0n, provenAt: block });
        break;
      case "DealStarted":
        order!.state = State.Active;
        add(miner(), "power", order!.size);
        break;
      case "ProgressChanged":
        order!.progress = [...(a.progress as Iterable<unknown>)];
        (order!.pay as Fields).provenEpochs = a.provenEpochs;
        if ((order!.progress as unknown[])[5] === 0n) order!.reporter = `0x${"00".repeat(20)}`;
        break;
      case "DealFailed":
        order!.state = State.Failed;
        break;
      case "DealFinished":
        order!.state = State.Finished;
        break;
      case "DealClosed":
        add(order!.pay as Fields, "withdrawn", a.earned);
        order!.stake = 0n;
        add(miner(), "locked", -big(a.stakeReleased));
        add(miner(), "used", -big(order!.size));
        if ((order!.progress as unknown[])[0] !== 0n) add(miner(), "power", -big(order!.size));
        break;
      case "EarningsWithdrawn":
        add(order!.pay as Fields, "withdrawn", a.amount);
        break;
      case "AcceptanceBroken":
        this.brokenIn = transaction;
        break;
      case "Slashed": {
        const record = this.miners.get(big(a.minerId))!;
        add(record, "collateral", -big(a.amount));
        this.unburnt += big(a.burnt);
        if (this.brokenIn === transaction) break;
        add(record, "locked", -big(a.amount));
        add(order!, "stake", -big(a.amount));
        break;
      }
      case "Credited":
        this.credits.set(a.account as string, (this.credits.get(a.account as string) ?? 0n) + big(a.amount));
        break;
      case "Withdrawn":
        this.credits.set(a.account as string, 0n);
        break;
      case "BurnFlushed":
        this.unburnt = 0n;
        break;
    }
  }

  private shards(dealId: unknown): Map<bigint, Fields> {
    const known = this.placements.get(big(dealId));
    if (known !== undefined) return known;
    const made = new Map<bigint, Fields>();
    this.placements.set(big(dealId), made);
    return made;
  }
}
