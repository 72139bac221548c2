import { valuesByWord } from "../../../src/protocol/enums";
import { lockedOf, usedOf } from "../model/miners";
import { stateNumber } from "../model/records";
import { type Ask, type Bid, endOf, type MarketState, marked, type Miner, NOBODY, type Shard } from "../model/state";
import type { ChainOrder, ChainPlacement, Picture } from "../world/records";

/** The chain's records against the model's, field by field. */
export class Disagreement extends Error {
  constructor(what: string, expected: unknown, given: unknown) {
    super(`the model disagrees: ${what} should be ${String(expected)}, and is ${String(given)}`);
    this.name = "Disagreement";
  }
}

const ASK_STATES = valuesByWord("AskState");
const KINDS = valuesByWord("PlacementKind");
const { active: ACTIVE } = valuesByWord("RepairState");

type Expected = Record<string, bigint | number | string | boolean>;

function same(what: string, expected: Expected, given: Record<string, unknown>): void {
  for (const [field, value] of Object.entries(expected)) {
    if (BigInt(value) !== given[field]) throw new Disagreement(`${what}.${field}`, value, given[field]);
  }
}

export function agree(model: MarketState, picture: Picture): void {
  same("market", { balance: model.balance, unburnt: model.unburnt }, { ...picture });
  for (const miner of model.miners) same(`miner ${miner.id}`, minerRecord(model, miner), picture.miners[miner.id - 1]!);
  for (const ask of model.asks) same(`ask ${ask.id}`, askRecord(ask), picture.asks[ask.id - 1]!);
  for (const bid of model.bids) {
    const order = picture.orders[bid.id - 1]!;
    same(`bid ${bid.id}`, bidRecord(bid), order);
    if (bid.deal !== undefined) dealAgrees(model, bid, order);
  }
  for (const [account, credit] of picture.credits) {
    if (model.creditOf(account) !== credit)
      throw new Disagreement(`credit of ${account}`, model.creditOf(account), credit);
  }
}

function minerRecord(model: MarketState, miner: Miner): Expected {
  const begun = model.openDeals(miner).filter(({ state }) => state === "active");
  return {
    ...{ actor: miner.actor, owner: miner.owner, collateral: miner.collateral, pledge: miner.pledge },
    ...{ lastDeal: miner.deals.at(-1) ?? 0, dealCount: miner.deals.length, lockedUntil: miner.lockedUntil },
    ...{ locked: lockedOf(model, miner), used: usedOf(model, miner) },
    power: begun.reduce((sum, { id }) => sum + model.bids[id - 1]!.size, 0),
  };
}

const askRecord = ({ miner, price, size, expiry, state }: Ask): Expected => ({
  ...{ miner, price, size, expiry, state: ASK_STATES[state] },
});

function bidRecord(bid: Bid): Expected {
  const { client, droot, price, deposit, duration, expiry, closedAt, payloadSize, providersRoot, shardHeight } = bid;
  const { dataShards, totalShards, maxShardsPerProvider } = bid;
  return {
    ...{ client, droot, price, deposit, duration, expiry, closedAt, payloadSize, providersRoot, shardHeight },
    ...{ dataShards, totalShards, maxShardsPerProvider, state: stateNumber(bid), miner: bid.deal?.miner ?? 0 },
  };
}

function dealAgrees(model: MarketState, bid: Bid, order: ChainOrder): void {
  const deal = bid.deal!;
  const what = `deal ${bid.id}`;
  const marks = marked(deal).length;
  same(
    what,
    {
      ...{ ask: deal.ask, dealPrice: deal.price, start: deal.start, deadline: deal.deadline, strikes: deal.strikes },
      ...{ provenThrough: deal.provenThrough, freshAfter: deal.freshAfter, lapsed: deal.lapsed, marks },
      ...{ placed: deal.shards.filter(({ kind }) => kind !== "none").length, reporter: deal.reporter },
      ...{ total: deal.total, withdrawn: deal.withdrawn, provenEpochs: deal.provenEpochs, stake: deal.stake },
      payDuration: bid.duration,
    },
    order,
  );
  // Without a mark there is nothing to repair, and no deadline for it.
  if (marks > 0) same(what, { repairDeadline: deal.repairBy }, order);
  if (marks === 0 && deal.reporter !== NOBODY) throw new Disagreement(`${what}.reporter`, NOBODY, deal.reporter);
  const over = stateNumber(bid) !== ACTIVE || deal.provenThrough >= endOf(bid, deal);
  deal.shards.forEach((shard, index) => {
    placementAgrees(`${what}, shard ${index}`, shard, order.placements[index]!, over ? undefined : deal.provenThrough);
  });
}

/** `provenThrough`: a proof of all shards stands in the deal alone, and says more than an older one of a shard. */
function placementAgrees(what: string, s: Shard, given: ChainPlacement, provenThrough: number | undefined): void {
  const { provider, sector, dealId, validUntil, markedAt, kind } = s;
  same(what, { provider, sector, dealId, validUntil, markedAt, kind: KINDS[kind] }, given);
  if (provenThrough === undefined) return;
  const [expected, stored] = [s.lastProof, Number(given.provenAt)].map((epoch) => Math.max(epoch, provenThrough));
  if (expected !== stored) throw new Disagreement(`${what}'s last proof`, expected, stored);
}
