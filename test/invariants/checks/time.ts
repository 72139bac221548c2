import { BPS, type Rules, stakeFor } from "../model/rules";
import { statusAt } from "../model/sectors";
import { type ChainOrder, STATE } from "../world/records";
import type { Event } from "../world/logs";
import type { DealHistory } from "./history";
import { equal, hold, named, type Observation, type RefusedCall } from "./observation";

const NEVER = 2n ** 32n - 1n;

interface Times {
  end: number;
  /** By when something has to be done next. */
  deadline: number;
}

/** From the record alone. */
function timesOf(order: ChainOrder): Times {
  const end = Number(order.start + order.payDuration);
  const deadline = Number(order.deadline);
  const repair = Number(order.repairDeadline);
  const repairing = order.marks > 0n && repair <= end;
  return { end, deadline: repairing && repair < deadline ? repair : deadline };
}

/** Epochs of strikes before `now`, by division. */
function strikesBefore(order: ChainOrder, now: number, rules: Rules): number[] {
  const { end, deadline } = timesOf(order);
  if (BigInt(deadline) === NEVER || now <= deadline) return [];
  const within = deadline > end ? 0 : Math.ceil((Math.min(now, end + 1) - deadline) / rules.strikePeriod);
  const epochs = Array.from({ length: within }, (_, index) => deadline + index * rules.strikePeriod);
  if (deadline > end) epochs.push(deadline);
  else if (Number(order.provenThrough) + rules.finalWindow < end && now > end + rules.finalWindow) {
    epochs.push(end + rules.finalWindow);
  }
  return epochs;
}

const dealIds = (o: Observation) => [...o.history.deals.keys()];

// ───────────────────────────── I4 ─────────────────────────────

/** Only epochs between proofs of all shards count, with no missed deadline between them. */
export function I4(o: Observation): void {
  for (const event of o.events) {
    const id = Number(event.args.dealId ?? 0n);
    const pages = o.history.deals.get(id);
    if (pages === undefined) continue;
    const proven = shardsProven(o, event);
    for (const shard of proven) {
      requireHeld(o, id, shard);
      pages.shardProofs[shard] = o.epoch;
    }
  }
  for (const id of dealIds(o)) {
    const order = o.after.orders[id - 1]!;
    if (order !== o.before.orders[id - 1]) countCovered(o, id, order, o.history.deals.get(id)!);
  }
}

function shardsProven(o: Observation, { name, args, lists }: Event): number[] {
  if (name === "ShardPlaced") return [Number(args.shard)];
  if (name === "ShardsProven") return lists.shards!.map(Number);
  if (name === "ShardCured" && o.name === "cure") return [Number(args.shard)];
  return [];
}

/** A proof is one of a sector that is Active, and bound to hold the shard. */
function requireHeld(o: Observation, id: number, shard: number): void {
  const order = o.after.orders[id - 1]!;
  const { provider, sector, validUntil } = order.placements[shard]!;
  const known = o.world.find(Number(provider), Number(sector));
  const active = known !== undefined && statusAt(known, o.epoch) === "active";
  hold("I4", active, () => `shard ${shard} of deal ${id} counts as proven, and its sector is not Active`);
  const until = order.start === 0n ? o.epoch : Math.min(o.epoch, timesOf(order).end);
  hold("I4", Number(validUntil) >= until, () => `shard ${shard} of deal ${id} is proven beyond its term`);
}

function countCovered(o: Observation, id: number, order: ChainOrder, pages: DealHistory): void {
  const former = o.before.orders[id - 1];
  if (order.strikes > (former?.strikes ?? 0n)) pages.struckAt = o.epoch;
  const complete = Math.min(...pages.shardProofs);
  const begins = order.start !== 0n && (former?.start ?? 0n) === 0n;
  if (pages.tail > 0) {
    // Covered to the end.
  } else if (begins) pages.complete = o.epoch;
  else if (order.start !== 0n && complete > pages.complete && complete >= (pages.struckAt ?? 0)) {
    if (pages.struckAt === undefined)
      pages.covered += Math.min(complete, timesOf(order).end) - Math.min(pages.complete, timesOf(order).end);
    pages.struckAt = undefined;
    pages.complete = complete;
  }
  // What a proof covered to the end stays covered, wherever shards go afterwards; and shards that were bound for too short
  // a time when all were proven may be moved to where they are bound to the end.
  if (order.start !== 0n && pages.tail === 0) pages.tail = tailOf(o, order, pages.complete);
  const most = BigInt(pages.covered + pages.tail);
  hold(
    "I4",
    order.provenEpochs <= most,
    () => `deal ${id} is paid for ${order.provenEpochs} epochs; ${most} are proven`,
  );
}

/** What a proof near the end covers beyond its own epoch. */
function tailOf(o: Observation, order: ChainOrder, complete: number): number {
  const { end } = timesOf(order);
  const bound = order.placements.every(({ validUntil }) => Number(validUntil) >= end);
  return bound && end - complete <= o.rules.finalWindow ? Math.max(end - complete, 0) : 0;
}

// ───────────────────────────── I5 ─────────────────────────────

/** No more than the stake is taken, all that is due, and each strike once. */
export function I5(o: Observation): void {
  for (const { args } of named(o, "Slashed")) {
    if (o.name === "slashBrokenAcceptance") continue;
    const pages = o.history.deals.get(Number(args.bidId));
    if (pages === undefined) continue;
    pages.slashed += args.amount!;
    hold("I5", pages.slashed <= pages.stake, () => `${pages.slashed} is taken of a stake of ${pages.stake}`);
  }
  for (const id of dealIds(o)) {
    const [before, after] = [o.before.orders[id - 1]!, o.after.orders[id - 1]!];
    if (before === after) continue;
    if (after.state === STATE.placing || after.state === STATE.active) {
      const { stake, slashed } = o.history.deals.get(id)!;
      equal("I5", `the stake of deal ${id}`, after.stake, stake - slashed);
    }
    if (after.strikes > before.strikes) strikesAreOnce(o, id, before, after);
  }
}

function strikesAreOnce(o: Observation, id: number, before: ChainOrder, after: ChainOrder): void {
  const { rules, history, epoch } = o;
  const taken = Number(after.strikes - before.strikes);
  const due = strikesBefore(before, epoch, rules);
  const left = rules.maxStrikes - Number(before.strikes);
  equal("I5", `strikes taken of deal ${id}`, taken, Math.min(due.length, left));
  const { strikeEpochs } = history.deals.get(id)!;
  for (const at of due.slice(0, taken)) {
    hold("I5", !strikeEpochs.has(at), () => `deal ${id} pays twice for epoch ${at}`);
    strikeEpochs.add(at);
  }
  const amount = named(o, "Slashed").find(({ args }) => Number(args.bidId) === id)?.args.amount;
  const size = Number(before.totalShards) * 32 * 2 ** Number(before.shardHeight);
  const whole = stakeFor(rules, size, before.total);
  const share = (whole * rules.strikeBps * BigInt(taken)) / BPS;
  const all = taken === left || share > before.stake;
  equal("I5", `what ${taken} strikes take of deal ${id}`, amount, all ? before.stake : share);
  if (taken === left) equal("I5", `deal ${id} after its last strike`, after.state, STATE.failed);
  else equal("I5", `strikes still due of deal ${id}`, strikesBefore(after, epoch, rules).length, 0);
}

/** Whoever slashes what is due is not refused. */
export function I5refused({ name, error, before, epoch, rules }: RefusedCall): void {
  if (error?.name !== "RepairMarket_NothingToSlash" && error?.name !== "RepairMarket_NotOver") return;
  if (name !== "slashRepairMiner") return;
  const matching = before.orders.filter(
    (order) => order.state === STATE.active && BigInt(timesOf(order).deadline) === error.args[0],
  );
  for (const order of matching)
    equal("I5", "strikes due when a slash is refused", strikesBefore(order, epoch, rules).length, 0);
}

// ───────────────────────────── I8, I11 ─────────────────────────────

/** What was shown as the deadline holds until it has passed; only a loss brings it forward. */
export function I8(o: Observation): void {
  const reported = named(o, "LossReported").map(({ args }) => Number(args.dealId));
  for (const id of dealIds(o)) {
    const [before, after] = [o.before.orders[id - 1]!, o.after.orders[id - 1]!];
    if (before === after || before.miner === 0n) continue;
    const shown = timesOf(before).deadline;
    if (after.strikes > before.strikes) {
      hold("I8", o.epoch > shown, () => `deal ${id} is struck at ${o.epoch}; its deadline was ${shown}`);
    }
    const earlier = after.state === STATE.active && before.state === STATE.active && timesOf(after).deadline < shown;
    if (earlier) {
      hold(
        "I8",
        reported.includes(id),
        () => `the deadline of deal ${id} moved from ${shown} to ${timesOf(after).deadline}`,
      );
    }
    if (before.state === STATE.placing && after.state === STATE.failed) {
      hold("I8", o.epoch > Number(before.deadline), () => `deal ${id} failed before its placement was due`);
    }
  }
}

/** Every deadline is still open at its epoch, and no longer at the next. */
export function I11(o: Observation): void {
  const { epoch, rules, before } = o;
  const until = (what: string, last: bigint | number) =>
    hold("I11", epoch <= Number(last), () => `${o.name} at ${epoch}: ${what} ended at ${last}`);
  const after = (what: string, last: bigint | number) =>
    hold("I11", epoch > Number(last), () => `${o.name} at ${epoch}: ${what} ends at ${last}`);
  for (const { name, args } of o.events) {
    const id = Number(args.dealId ?? args.bidId ?? 0n);
    const order = before.orders[id - 1];
    if (order === undefined) continue;
    const end = Number(order.start + order.payDuration);
    if (name === "BidExpired") after("the bid", order.expiry);
    if (name === "DealAdded") {
      until("the bid", order.expiry);
      until("the ask", before.asks[Number(args.askId) - 1]!.expiry);
    }
    if (["ShardPlaced", "ShardsProven", "ShardCured"].includes(name)) {
      if (order.state === STATE.placing) until("placing", order.deadline);
      else until("proving", end + rules.finalWindow);
    }
    if (name === "LossReported") until("the deal", end);
    if (name === "DealFinished") after("the deal", Number(order.provenThrough) >= end ? end : end + rules.finalWindow);
  }
}

const FROM_THEN_ON = ["AskExpired", "BidExpired", "PlacementDeadlineMissed"];
const UNTIL_THEN = ["BidNotExpired", "NothingToSlash", "NotOver", "RepairWindowOpen"];

export function I11refused({ error, epoch, before, rules }: RefusedCall): void {
  const name = error?.name.replace("RepairMarket_", "") ?? "";
  const last = Number(error?.args.at(-1) ?? 0n);
  if (FROM_THEN_ON.includes(name)) hold("I11", epoch > last, () => `${name}(${last}) at ${epoch}`);
  if (UNTIL_THEN.includes(name)) hold("I11", epoch <= last, () => `${name}(${last}) at ${epoch}`);
  if (name === "NoClaim") {
    const first = Number(error!.args[0]);
    hold("I11", epoch < first || epoch > last, () => `NoClaim(${first}, ${last}) at ${epoch}`);
  }
  if (name === "DealOver") {
    const over = before.orders.some((order) => {
      const end = Number(order.start + order.payDuration);
      const provenToEnd = last === end && Number(order.provenThrough) >= end;
      return provenToEnd || (epoch > last && (last === end || last === end + rules.finalWindow));
    });
    hold("I11", over, () => `DealOver(${last}) at ${epoch}`);
  }
}
