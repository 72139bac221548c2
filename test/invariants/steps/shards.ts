import { valuesByWord } from "../../../src/protocol/enums";
import { type ShardPlacement, placeShards as modelPlace } from "../model/placing";
import * as proving from "../model/proving";
import { deadlineOf, strikeEpochs } from "../model/slashing";
import { type Bid, type Deal, endOf, type Hex, isOpen, marked, NEVER, type Shard } from "../model/state";
import { allowListOf } from "../model/trees";
import { location, NOWHERE } from "../model/sectors";
import { DATA } from "../world/data";
import type { Copy } from "../world/pool";
import { forwarded, marketAbi, minerAbi, type Move, type Situation } from "./move";
import { anybody, aWatcher, ownerOrWorker } from "./people";

export interface Running {
  bid: Bid;
  deal: Deal;
}

export const running = ({ model }: Situation): Running[] =>
  model.bids.flatMap((bid) => (bid.deal !== undefined && isOpen(bid.deal) ? [{ bid, deal: bid.deal }] : []));

/** A deal, mostly an open one. */
function aDeal(s: Situation, wanted: (deal: Deal) => boolean = () => true): Running | undefined {
  const { dice, model } = s;
  if (dice.chance(4)) {
    const bid = dice.maybe(model.bids);
    return bid === undefined ? undefined : { bid, deal: bid.deal as Deal };
  }
  return dice.maybe(running(s).filter(({ deal }) => wanted(deal)));
}

/** Nothing to act on: an id that means nothing. */
const NONE = 12_345;

/** Without a deal to act on there is mostly something better to do. */
export const pointless = (s: Situation, wanted: (deal: Deal) => boolean = () => true) =>
  !running(s).some(({ deal }) => wanted(deal)) && s.dice.chance(85);

// ───────────────────────────── Placing ─────────────────────────────

/** Copies of a shard that a deal could have now, as far as can be told beforehand. */
function eligible(s: Situation, { bid, deal }: Running, shard: number, others: Shard[], current = false): Copy[] {
  const { model, stage, world, now } = s;
  const data = DATA.findIndex(({ droot }) => droot === bid.droot);
  const taken = new Set(
    running(s).flatMap((other) =>
      (other.bid === bid ? others : other.deal.shards).map(
        ({ provider, sector, root }) => `${provider}/${sector}/${other.bid === bid ? "" : root}`,
      ),
    ),
  );
  return stage.pool.copies.filter((copy) => {
    if (copy.data !== data || copy.shard !== shard) return false;
    const at = `${copy.provider}/${copy.sector}`;
    if (taken.has(`${at}/`) || taken.has(`${at}/${copy.shardRoot}`)) return false;
    const same = others.filter(({ provider, kind }) => provider === copy.provider && kind !== "none").length;
    if (same >= bid.maxShardsPerProvider) return false;
    if (
      copy.kind === "deal" &&
      model.clients.get(world.deals.find(({ id }) => id === copy.dealId)!.client) !== deal.miner
    )
      return false;
    if (!current && deal.shards[shard]!.sector === copy.sector && deal.shards[shard]!.provider === copy.provider)
      return false;
    return world.statusOf(copy.provider, copy.sector, now) === "active";
  });
}

/** Another open deal counts on this copy. */
const isHeldElsewhere = (s: Situation, { bid }: Running, copy: Copy) =>
  running(s).some(
    (other) =>
      other.bid !== bid &&
      other.deal.shards.some(
        ({ provider, sector, root }) => provider === copy.provider && sector === copy.sector && root === copy.shardRoot,
      ),
  );

function placement(s: Situation, { bid }: Running, copy: Copy): ShardPlacement {
  const { dice, stage, world } = s;
  const [first, second] = stage.pool.providers;
  const { paths } = allowListOf(first!, second!);
  const allowed = BigInt(bid.providersRoot) === 0n ? [] : (paths.get(copy.provider) ?? []);
  const { data: _, ...where } = copy;
  return {
    ...where,
    ...{ location: world.locationOf(copy.provider, copy.sector), fullTerm: dice.chance(50), allowed },
  };
}

/** One thing about it is wrong. */
function spoilt(s: Situation, p: ShardPlacement): ShardPlacement {
  const { dice } = s;
  const wrong = dice.one<Partial<ShardPlacement>>([
    { shard: p.shard + 4 },
    { shard: p.shard ^ 1 },
    { kind: "none" },
    { kind: p.kind === "deal" ? "notice" : "deal" },
    { inData: { ...p.inData, index: p.inData.index + 1n } },
    { inData: { ...p.inData, path: p.inData.path.slice(1) } },
    { inData: { ...p.inData, path: [p.shardRoot, ...p.inData.path.slice(1)] } },
    { inPiece: { index: 1n, path: [] } },
    { inPiece: { index: 0n, path: [p.shardRoot] } },
    { pieceRoot: p.shardRoot, pieceHeight: p.pieceHeight + 1 },
    { pieceRoot: p.inData.path[0]! },
    { provider: p.provider + 1 },
    { provider: 0 },
    { sector: p.sector + 1 },
    { dealId: p.dealId + 1 },
    { location: staleLocation(s, p.location) },
    { allowed: [p.shardRoot] },
  ]);
  return { ...p, ...wrong };
}

const staleLocation = ({ dice }: Situation, now: Hex): Hex =>
  dice.one([NOWHERE, "0x", location(0, 0), location(1, 0), location(0, 9)].filter((other) => other !== now));

const KINDS = valuesByWord("PlacementKind");

export function placeShards(s: Situation, found = aDeal(s), how?: { shards: number[]; sound: boolean }): Move {
  const { dice, model, world, stage } = s;
  const deal = found?.deal;
  if (found === undefined || deal === undefined) return proveRepair(s);
  const missing = deal.shards.flatMap((shard, index) => (shard.kind === "none" || shard.markedAt > 0 ? [index] : []));
  const all = deal.shards.map((_, index) => index);
  const wanted = how?.shards ?? dice.one([missing, missing, all, missing.slice(0, 1), [dice.one(all)]]);
  const given: ShardPlacement[] = [];
  const shards = deal.shards.map((shard) => ({ ...shard }));
  for (const shard of wanted) {
    const others = shards.filter((_, index) => index !== shard);
    const renewal = how === undefined && dice.chance(20);
    const fitting = eligible(s, found, shard, others, renewal);
    const any = stage.pool.copies.filter((copy) => DATA[copy.data]!.droot === found.bid.droot && copy.shard === shard);
    const contested = any.filter((copy) => isHeldElsewhere(s, found, copy));
    const covets = dice.chance(how?.sound === true ? 15 : 50);
    const copy =
      (covets ? dice.maybe(contested) : undefined) ??
      (how?.sound === true || dice.chance(95) ? (dice.maybe(fitting) ?? dice.maybe(any)) : dice.maybe(any));
    if (copy === undefined) continue;
    given.push(placement(s, found, copy));
    shards[shard] = { ...shards[shard]!, kind: copy.kind, provider: copy.provider, sector: copy.sector };
  }
  const bad = how?.sound !== true && given.length > 0 && dice.chance(18);
  if (bad) given[dice.roll(given.length)] = spoilt(s, dice.one(given));
  const miner = dice.chance(97) ? model.miners[deal.miner - 1]! : dice.one(model.miners);
  const id = found.bid.id;
  const encoded = given.map((p) => ({ ...p, kind: KINDS[p.kind] }));
  const data = minerAbi.encodeFunctionData("placeShards", [id, encoded]);
  const move = forwarded("placeShards", { miner, from: ownerOrWorker(s, miner), data }, (call) =>
    modelPlace(model, world, call, id, given),
  );
  return { ...move, at: how?.sound === true || !dice.chance(12) ? undefined : aDeadline(s, found) };
}

/** The next deadline of a deal, or one epoch before or after it. */
export function aDeadline({ dice, model }: Situation, { bid, deal }: Running): number | undefined {
  const around = dice.one([-1, 0, 0, 1, 1]);
  if (deal.state === "placing") return deal.deadline + around;
  if (deal.state !== "active") return undefined;
  const end = endOf(bid, deal);
  const { finalWindow } = model.rules;
  const epochs = [...strikeEpochs(model, bid, deal)].slice(0, 3);
  const next = deadlineOf(bid, deal) === NEVER ? end : deadlineOf(bid, deal);
  return dice.one([next, next, ...epochs, end - finalWindow, end, end + finalWindow]) + around;
}

// ───────────────────────────── Proving ─────────────────────────────

const at = ({ world }: Situation, { provider, sector }: { provider: number; sector: number }) =>
  world.locationOf(provider, sector);

/** Shards whose sectors are Active now. */
export function provable({ world, now }: Situation, deal: Deal): number[] {
  return deal.shards.flatMap(({ kind, provider, sector, validUntil }, shard) =>
    kind !== "none" && validUntil >= now && world.statusOf(provider, sector, now) === "active" ? [shard] : [],
  );
}

export function proveRepair(s: Situation, found = aDeal(s), when?: number): Move {
  const { dice, model, world } = s;
  const deal = found?.deal;
  const id = found?.bid.id ?? NONE;
  const able = deal === undefined ? [] : provable(s, deal);
  const all = deal?.shards.map((_, shard) => shard) ?? [0];
  const shards = [...dice.one([able, able, able, all, able.slice(0, 1), dice.shuffled(able).slice(0, 2), []])];
  if (dice.chance(2)) shards.push(dice.one([...all, 7]));
  const locations = shards.map((shard) => (deal?.shards[shard] === undefined ? NOWHERE : at(s, deal.shards[shard])));
  if (locations.length > 0 && dice.chance(4)) locations[0] = staleLocation(s, locations[0]!);
  if (dice.chance(1)) locations.push(NOWHERE);
  return {
    ...{ name: "proveRepair", from: aWatcher(s), to: model.address },
    data: marketAbi.encodeFunctionData("proveRepair", [id, shards, locations]),
    apply: (call) => proving.proveRepair(model, world, call, id, shards, locations),
    at: when ?? (deal !== undefined && dice.chance(35) ? aDeadline(s, found!) : undefined),
  };
}

// ───────────────────────────── Loss, cure, slash, end ─────────────────────────────

function lostShards({ world, now }: Situation, deal: Deal): number[] {
  return deal.shards.flatMap(({ kind, provider, sector, validUntil, markedAt }, shard) => {
    const lost = kind !== "none" && (now > validUntil || world.statusOf(provider, sector, now) !== "active");
    return lost && markedAt === 0 ? [shard] : [];
  });
}

export function reportLoss(s: Situation, found = aDeal(s, (deal) => deal.state === "active")): Move {
  const { dice, model, world } = s;
  const deal = found?.deal;
  const id = found?.bid.id ?? NONE;
  const lost = deal === undefined ? [] : lostShards(s, deal);
  const shard = dice.chance(90) ? (dice.maybe(lost) ?? dice.roll(3)) : dice.roll(5);
  const held = deal?.shards[shard];
  const right = held === undefined ? NOWHERE : at(s, held);
  const where = dice.chance(92) ? right : staleLocation(s, right);
  return {
    ...{ name: "reportLoss", from: aWatcher(s), to: model.address },
    data: marketAbi.encodeFunctionData("reportLoss", [id, shard, where]),
    apply: (call) => proving.reportLoss(model, world, call, id, { shard, location: where }),
    at: deal?.state === "active" && dice.chance(12) ? endOf(found!.bid, deal) + dice.between(-1, 1) : undefined,
  };
}

export function cure(s: Situation, found = aDeal(s, (deal) => marked(deal).length > 0)): Move {
  const { dice, model, world } = s;
  const deal = found?.deal;
  const id = found?.bid.id ?? NONE;
  const marks = deal === undefined ? [] : deal.shards.flatMap(({ markedAt }, shard) => (markedAt > 0 ? [shard] : []));
  const able = deal === undefined ? [] : provable(s, deal).filter((shard) => marks.includes(shard));
  const shard = dice.maybe(able) ?? dice.maybe(marks) ?? dice.roll(4);
  const held = deal?.shards[shard];
  const right = held === undefined ? NOWHERE : at(s, held);
  const where = dice.chance(94) ? right : staleLocation(s, right);
  return {
    ...{ name: "cure", from: anybody(s), to: model.address },
    data: marketAbi.encodeFunctionData("cure", [id, shard, where]),
    apply: (call) => proving.cure(model, world, call, id, { shard, location: where }),
    at: found !== undefined && deal !== undefined && dice.chance(25) ? aDeadline(s, found) : undefined,
  };
}

export function slash(s: Situation, found = aDeal(s), when?: number): Move {
  const { dice, model } = s;
  const deal = found?.deal;
  const id = found?.bid.id ?? NONE;
  const own = deal === undefined ? undefined : model.miners[deal.miner - 1]!.actor;
  const actor = own === undefined || dice.chance(3) ? anybody(s) : own;
  return {
    ...slashing(s, actor, id, []),
    at: when ?? (found !== undefined && deal !== undefined && dice.chance(80) ? aDeadline(s, found) : undefined),
  };
}

function slashing(s: Situation, actor: Hex, id: number, evidence: proving.ShardAt[]): Move {
  const { model, world } = s;
  return {
    ...{ name: "slashRepairMiner", from: aWatcher(s), to: model.address },
    data: marketAbi.encodeFunctionData("slashRepairMiner", [actor, id, evidence]),
    apply: (call) => proving.slashRepairMiner(model, world, call, { actor, id, evidence }),
  };
}

/** With evidence that more shards are dead than the code can spare. */
export function slashDataLoss(s: Situation, found = aDeal(s, (deal) => marked(deal).length > 0)): Move {
  const { dice, model, world, now } = s;
  const deal = found?.deal;
  if (found === undefined || deal === undefined) return reportLoss(s);
  const marks = deal.shards.flatMap(({ markedAt }, shard) => (markedAt > 0 ? [shard] : []));
  const chosen = dice.chance(90) ? marks : dice.shuffled(deal.shards.map((_, shard) => shard));
  if (dice.chance(4) && chosen.length > 0) chosen.push(chosen[0]!);
  const evidence = chosen.map((shard) => ({ shard, location: at(s, deal.shards[shard]!) }));
  if (evidence.length > 0 && dice.chance(6)) evidence[0]!.location = staleLocation(s, evidence[0]!.location);
  const newest = Math.max(...deal.shards.map(({ markedAt }) => markedAt), now) + model.rules.repairWindow;
  const dead = chosen.every(
    (shard) => world.statusOf(deal.shards[shard]!.provider, deal.shards[shard]!.sector, now) === "dead",
  );
  const epoch = newest + dice.one([0, 1, 1]);
  const move = slashing(s, model.miners[deal.miner - 1]!.actor, found.bid.id, evidence);
  return { ...move, at: dead && evidence.length > 0 && dice.chance(70) ? epoch : undefined };
}

export function settle(s: Situation, found = aDeal(s, (deal) => deal.state === "active"), when?: number): Move {
  const { dice, model } = s;
  const deal = found?.deal;
  const id = found?.bid.id ?? NONE;
  let epoch: number | undefined;
  if (deal?.state === "active" && dice.chance(60)) {
    const end = endOf(found!.bid, deal);
    epoch = (deal.provenThrough >= end ? end : end + model.rules.finalWindow) + dice.one([0, 1, 1]);
  }
  return {
    ...{ name: "settle", from: anybody(s), to: model.address },
    data: marketAbi.encodeFunctionData("settle", [id]),
    apply: (call) => proving.settle(model, call, id),
    at: when ?? epoch,
  };
}
