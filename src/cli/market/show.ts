import { formatEther } from "ethers";

import { blockAt } from "../../filecoin/block";
import { table } from "../table";
import { type OpenMarket, read } from "./open";
import { byUrgency, type DealHealth, healthOf, isOver, type Moment } from "../../policy/repairHealth";
import type { DealView } from "../../protocol/repairRecords";

const PAGE = 50;

const filText = (atto: bigint) => formatEther(atto);
const epochText = (epoch: bigint | undefined) => (epoch === undefined ? "–" : epoch.toString());
const timeText = (time: Date) => `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
const marginText = (margin: number) => `${(100 * margin).toFixed(0)} %`;

/** The newest asks and bids, and the open deals among the newest: the most urgent first. */
export async function showMarket(open: OpenMarket) {
  const { reader } = open;
  const counts = await reader.counts();
  const first = (count: bigint) => (count > BigInt(PAGE) ? count - BigInt(PAGE) + 1n : 1n);
  const asks = (await reader.asks(first(counts.asks), PAGE)).map((view) => ({
    askId: view.askId,
    repairMiner: view.repairMiner,
    priceAtto: view.priceAtto,
    bytes: view.bytes,
    expiry: view.expiry,
    open: view.open,
  }));
  const views = await reader.bids(first(counts.bids), PAGE);
  const bids = views.map((view) => ({
    bidId: view.bidId,
    state: view.state,
    client: view.order.client,
    bytes: view.size,
    priceAtto: view.order.priceAtto,
    epochs: view.order.durationEpochs,
    expiry: view.order.expiry,
  }));
  const deals = await healthOfDeals(
    open,
    (await reader.deals(first(counts.bids), PAGE)).filter((deal) => !isOver(deal)),
  );
  const text = [
    ...(deals.length === 0 ? [] : [dealsTable(deals)]),
    table(
      ["ask", "miner", "attoFIL/GiB/epoch", "bytes", "until epoch", "open"],
      asks.map((a) => [a.askId, a.repairMiner, a.priceAtto, a.bytes, a.expiry, a.open ? "yes" : "no"]),
    ),
    table(
      ["bid", "state", "client", "attoFIL/GiB/epoch", "bytes", "epochs", "until epoch"],
      bids.map((b) => [b.bidId, b.state, b.client, b.priceAtto, b.bytes, b.epochs, b.expiry]),
    ),
  ].join("\n\n");
  return { data: { deals, asks, bids }, text };
}

async function healthOfDeals({ reader, rpc }: OpenMarket, deals: DealView[]): Promise<DealHealth[]> {
  const rules = await reader.rules();
  const now = await moment(rpc);
  const found: DealHealth[] = [];
  for (const deal of deals) found.push(healthOf(deal, await reader.shardsOf(deal.dealId), rules, now));
  return found.sort(byUrgency);
}

async function moment(rpc: OpenMarket["rpc"]): Promise<Moment> {
  const { number, timestamp } = await blockAt(rpc, "latest");
  return { epoch: number, timestamp };
}

function dealsTable(deals: readonly DealHealth[]): string {
  return table(
    ["deal", "urgency", "good", "needed", "of", "providers", "margin", "next deadline", "what is due"],
    deals.map((deal) => [
      deal.dealId,
      deal.urgency,
      deal.good,
      deal.needed,
      deal.total,
      deal.providers,
      marginText(deal.margin),
      deal.deadline === undefined ? "–" : `${deal.deadline.epoch} (${timeText(deal.deadline.at)})`,
      dueText(deal),
    ]),
  );
}

/** The most urgent task in a line, and how many more there are. */
function dueText({ due }: DealHealth): string {
  const [first] = due;
  if (first === undefined) return "nothing";
  const shard = first.shard === undefined ? "" : ` shard ${first.shard}`;
  return `${first.what}${shard}${due.length > 1 ? ` and ${due.length - 1} more` : ""}`;
}

/** One deal: its health, what is due, money, times, and where its shards are. */
export async function showDeal({ reader, rpc }: OpenMarket, dealId: bigint) {
  const view = await read("show", () => reader.dealOf(dealId));
  const views = view.order.minerId === 0n ? [] : await reader.shardsOf(dealId);
  const health = healthOf(view, views, await reader.rules(), await moment(rpc));
  const shards = views.map(({ shard, placement, status, held }) => ({
    shard,
    provider: placement.provider,
    sector: placement.sector,
    status,
    validUntil: placement.validUntil,
    lostSince: placement.markedAt,
    held,
  }));
  const data = {
    ...health,
    repairMiner: view.repairMiner,
    client: view.client,
    start: view.start,
    end: view.end,
    provenThrough: view.provenThrough,
    totalAtto: view.totalAtto,
    earnedAtto: view.earnedAtto,
    withdrawableAtto: view.withdrawableAtto,
    refundableAtto: view.refundableAtto,
    stakeAtto: view.stakeAtto,
    held: health.good,
    deadline: view.deadline,
    deadlineAt: health.deadline?.at,
    shards,
  };
  const text = [
    `Deal ${dealId}: ${view.state}, ${health.urgency}`,
    `${health.good} of ${health.total} shards good, ${health.needed} needed, on ${health.providers} providers; margin ${marginText(health.margin)}`,
    `next deadline: ${health.deadline === undefined ? "none" : `epoch ${health.deadline.epoch}, ${timeText(health.deadline.at)}`}; ` +
      `proven through ${view.provenThrough}; ends ${view.end}`,
    `earned ${filText(view.earnedAtto)} of ${filText(view.totalAtto)} FIL, ${filText(view.withdrawableAtto)} to withdraw`,
    `stake ${filText(view.stakeAtto)} FIL, ${health.strikes} strikes, ${health.strikesDue} due`,
    ...(health.due.length === 0
      ? []
      : [
          "",
          table(
            ["due", "shard", "by epoch", "why"],
            health.due.map(({ what, shard, by, why }) => [what, shard ?? "–", epochText(by), why]),
          ),
        ]),
    "",
    table(
      ["shard", "provider", "sector", "status", "valid until", "lost since"],
      shards.map((s) => [s.shard, `f0${s.provider}`, s.sector, s.status, s.validUntil, s.lostSince]),
    ),
  ].join("\n");
  return { data, text };
}
