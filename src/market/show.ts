import { formatEther } from "ethers";

import { table } from "../keeper/table";
import { type OpenMarket, read } from "./open";

const STATES = ["none", "open", "cancelled", "expired", "placing", "active", "repairing", "failed", "finished"];
const STATUS = ["unproven", "active", "faulty", "dead"];
const PAGE = 50;
const NEVER = (1n << 64n) - 1n;

const epochText = (epoch: bigint) => (epoch === NEVER ? "–" : epoch.toString());
const filText = (atto: bigint) => formatEther(atto);

/** The newest asks and bids. */
export async function showMarket({ market, lens }: OpenMarket) {
  const counts = await market.counts();
  const first = (count: bigint) => (count > BigInt(PAGE) ? count - BigInt(PAGE) + 1n : 1n);
  const asks = (await lens.asks(first(counts.asks), PAGE)).page.map((view) => ({
    askId: view.askId,
    repairMiner: view.repairMiner,
    priceAtto: view.ask.price,
    bytes: view.ask.size,
    expiry: view.ask.expiry,
    open: view.open,
  }));
  const bids = (await lens.bids(first(counts.bids), PAGE)).page.map((view) => ({
    bidId: view.bidId,
    state: STATES[Number(view.state)]!,
    client: view.order.client,
    bytes: view.size,
    priceAtto: view.order.price,
    epochs: view.order.duration,
    expiry: view.order.expiry,
  }));
  const text = [
    table(
      ["ask", "miner", "attoFIL/GiB/epoch", "bytes", "until epoch", "open"],
      asks.map((a) => [a.askId, a.repairMiner, a.priceAtto, a.bytes, a.expiry, a.open ? "yes" : "no"]),
    ),
    table(
      ["bid", "state", "client", "attoFIL/GiB/epoch", "bytes", "epochs", "until epoch"],
      bids.map((b) => [b.bidId, b.state, b.client, b.priceAtto, b.bytes, b.epochs, b.expiry]),
    ),
  ].join("\n\n");
  return { data: { asks, bids }, text };
}

/** One deal: money, times, and where its shards are. */
export async function showDeal({ lens }: OpenMarket, dealId: bigint) {
  const view = await read("show", () => lens.dealOf(dealId));
  const isDeal = view.order.miner !== 0n;
  const health = isDeal ? await lens.healthOf(dealId) : undefined;
  const shards = (health?.shards ?? []).map((shard) => ({
    shard: shard.shard,
    provider: shard.placement.provider,
    sector: shard.placement.sector,
    status: STATUS[Number(shard.status)]!,
    validUntil: shard.placement.validUntil,
    lostSince: shard.placement.markedAt,
    held: shard.held,
  }));
  const data = {
    dealId,
    state: STATES[Number(view.state)]!,
    repairMiner: view.repairMiner,
    client: view.client,
    start: view.start,
    end: view.end,
    deadline: view.deadline,
    provenThrough: view.provenThrough,
    strikes: view.order.progress.strikes,
    strikesDue: view.strikesDue,
    totalAtto: view.total,
    earnedAtto: view.earned,
    withdrawableAtto: view.withdrawable,
    refundableAtto: view.refundable,
    stakeAtto: view.stake,
    held: health?.held ?? 0n,
    needed: health?.needed ?? view.order.dataShards,
    shards,
  };
  const text = [
    `Deal ${dealId}: ${data.state}, ${data.held} of ${view.order.totalShards} shards held, ${data.needed} needed`,
    `next deadline: epoch ${epochText(view.deadline)}; proven through ${view.provenThrough}; ends ${view.end}`,
    `earned ${filText(view.earned)} of ${filText(view.total)} FIL, ${filText(view.withdrawable)} to withdraw`,
    `stake ${filText(view.stake)} FIL, ${data.strikes} strikes, ${view.strikesDue} due`,
    table(
      ["shard", "provider", "sector", "status", "valid until", "lost since"],
      shards.map((s) => [s.shard, `f0${s.provider}`, s.sector, s.status, s.validUntil, s.lostSince]),
    ),
  ].join("\n");
  return { data, text };
}
