import { valuesByWord } from "../../../src/protocol/enums";
import { RepairMarketLens__factory } from "../../../typechain-types";
import { marked, type Deal, endOf, earnedOf, isOpen } from "../model/state";
import { deadlineOf, strikesDue } from "../model/slashing";
import { actorOf, stateNumber } from "../model/records";
import type { Situation } from "./move";

const lens = RepairMarketLens__factory.createInterface();
const FOREVER = 2n ** 64n - 1n;
const NEVER = 2n ** 32n - 1n;
const { open: OPEN, expired: EXPIRED, active: ACTIVE, repairing: REPAIRING } = valuesByWord("RepairState");
const STATUS = valuesByWord("SectorStatus");

export type LookName = "deal" | "health" | "power" | "offers";

/** The model's answer to one of the lens's views, and the chain's. */
export async function look(s: Situation, epoch: number): Promise<{ view: string; expected: unknown; given: unknown }> {
  const { dice, model } = s;
  const bid = dice.maybe(model.bids);
  const which = bid === undefined ? "offers" : dice.one<LookName>(["deal", "deal", "health", "power", "offers"]);
  if (which === "offers") return lookAtOffers(s, epoch);
  if (which === "power") return lookAtPower(s, epoch);
  if (bid!.deal === undefined || which === "deal") return lookAtDeal(s, epoch, bid!.id);
  return lookAtHealth(s, epoch, bid!.id, bid!.deal);
}

async function ask(s: Situation, name: string, args: unknown[]): Promise<unknown[]> {
  const { scene, stage } = s;
  const data = lens.encodeFunctionData(name as "dealOf", args as [number]);
  const answer = await scene.chain.call({ from: scene.nativeAccount, to: stage.lens, data, value: 0n });
  if (!answer.ok) throw new Error(`The lens refuses ${name}(${args.join(", ")}): ${answer.data}`);
  return lens.decodeFunctionResult(name as "dealOf", answer.data) as unknown as unknown[];
}

async function lookAtDeal(s: Situation, epoch: number, id: number) {
  const { model } = s;
  const bid = model.bids[id - 1]!;
  const { deal } = bid;
  const [view] = (await ask(s, "dealOf", [id])) as [Record<string, unknown>];
  const stored = stateNumber(bid);
  const expired = stored === OPEN && epoch > bid.expiry;
  const repairing = stored === ACTIVE && marked(deal!).length > 0;
  const expected: Record<string, unknown> = {
    state: expired ? EXPIRED : repairing ? REPAIRING : stored,
    client: bid.client,
    size: BigInt(bid.size),
  };
  if (deal !== undefined) {
    const earned = earnedOf(bid, deal);
    Object.assign(expected, {
      ...{ repairMiner: actorOf(model, bid), total: deal.total, earned, withdrawable: earned - deal.withdrawn },
      ...{ refundable: isOpen(deal) ? deal.total - earned : 0n, stake: deal.stake },
      ...{ start: BigInt(deal.start), end: deal.start === 0 ? 0n : BigInt(endOf(bid, deal)) },
      ...{ provenThrough: BigInt(deal.provenThrough), ...timesOf(s, epoch, id, deal) },
    });
  }
  const given = Object.fromEntries(Object.keys(expected).map((key) => [key, plain(view[key])]));
  return { view: `dealOf(${id})`, expected, given };
}

function timesOf({ model }: Situation, epoch: number, id: number, deal: Deal): Record<string, bigint> {
  const bid = model.bids[id - 1]!;
  if (deal.state === "placing") {
    return { strikesDue: BigInt(epoch > deal.deadline ? model.rules.maxStrikes : 0), deadline: BigInt(deal.deadline) };
  }
  if (deal.state !== "active") return { strikesDue: 0n, deadline: FOREVER };
  const { due } = strikesDue(model, bid, deal, epoch);
  const deadline = BigInt(deadlineOf(bid, deal));
  return {
    strikesDue: BigInt(Math.min(due, model.rules.maxStrikes - deal.strikes)),
    deadline: deadline === NEVER ? FOREVER : deadline,
  };
}

async function lookAtHealth(s: Situation, epoch: number, id: number, deal: Deal) {
  const { world, model } = s;
  const [health] = (await ask(s, "healthOf", [id])) as [
    Record<string, unknown> & { shards: Record<string, unknown>[] },
  ];
  const shards = deal.shards.map(({ kind, provider, sector, validUntil }) => {
    if (kind === "none") return { status: STATUS.unproven, held: false, location: "0x", provider };
    const status = world.statusOf(provider, sector, epoch);
    const held = status === "active" && epoch <= validUntil;
    return { status: STATUS[status], held, location: world.locationOf(provider, sector), provider };
  });
  const held = shards.filter((shard) => shard.held);
  const expected = {
    ...{ held: BigInt(held.length), needed: BigInt(model.bids[id - 1]!.dataShards), total: BigInt(shards.length) },
    providers: BigInt(new Set(held.map(({ provider }) => provider)).size),
    shards: shards.map(({ provider: _, ...rest }) => rest),
  };
  const given = {
    ...{ held: health.held, needed: health.needed, total: health.total, providers: health.providers },
    shards: health.shards.map((shard) => ({ status: shard.status, held: shard.held, location: shard.location })),
  };
  return { view: `healthOf(${id})`, expected, given };
}

/** Bytes of deals that have begun, are not over, and have missed no deadline since their last proof. */
async function lookAtPower(s: Situation, epoch: number) {
  const { model, dice } = s;
  const miner = dice.one(model.miners);
  const [power] = await ask(s, "powerOf", [miner.actor, 0, 1_000]);
  const proven = miner.deals.filter((id) => {
    const bid = model.bids[id - 1]!;
    const deal = bid.deal!;
    if (deal.state !== "active" || deal.lapsed || epoch > endOf(bid, deal)) return false;
    return strikesDue(model, bid, deal, epoch).due === 0;
  });
  const expected = proven.reduce((sum, id) => sum + BigInt(model.bids[id - 1]!.size), 0n);
  return { view: `powerOf(${miner.actor})`, expected, given: power };
}

async function lookAtOffers(s: Situation, epoch: number) {
  const { model } = s;
  const [asks] = (await ask(s, "asks", [1, 1_000])) as [{ askId: bigint; open: boolean; repairMiner: string }[]];
  const expected = model.asks.map(({ id, miner, state, expiry }) => ({
    ...{ askId: BigInt(id), open: state === "open" && epoch <= expiry, repairMiner: model.miners[miner - 1]!.actor },
  }));
  const given = asks.map(({ askId, open, repairMiner }) => ({ askId, open, repairMiner: repairMiner.toLowerCase() }));
  return { view: "asks()", expected, given };
}

const plain = (value: unknown) => (typeof value === "string" ? value.toLowerCase() : value);
