import { deadlineOf, strikesDue } from "../model/slashing";
import { endOf, marked } from "../model/state";
import { agree, pairs } from "./agreements";
import type { Move, Situation } from "./move";
import { addAsk, addBid } from "./offers";
import { withdrawEarnings } from "./payments";
import { cure, placeShards, provable, proveRepair, reportLoss, type Running, running, settle, slash } from "./shards";

/** What somebody sensible would do next for one deal. */
function forDeal(s: Situation, found: Running): Move {
  const { dice, now, model } = s;
  const { bid, deal } = found;
  const missing = deal.shards.flatMap((shard, index) => (shard.kind === "none" ? [index] : []));
  if (deal.state === "placing") {
    if (now > deal.deadline) return slash(s, found, now);
    if (missing.length === 0) return proveRepair(s, found, now);
    return placeShards(s, found, { shards: dice.chance(85) ? missing : missing.slice(0, 1), sound: true });
  }
  const end = endOf(bid, deal);
  if (now > end + model.rules.finalWindow || (now > end && deal.provenThrough >= end)) return settle(s, found, now);
  const able = provable(s, deal);
  const lost = deal.shards.flatMap((_, shard) => (able.includes(shard) ? [] : [shard]));
  if (lost.some((shard) => deal.shards[shard]!.markedAt === 0) && dice.chance(60) && deal.provenThrough < end) {
    return reportLoss(s, found);
  }
  const curable = marked(deal).length > 0 && deal.shards.some(({ markedAt }, i) => markedAt > 0 && able.includes(i));
  if (curable && dice.chance(60)) return cure(s, found);
  if (lost.length > 0 && dice.chance(70)) return placeShards(s, found, { shards: lost, sound: true });
  const { due } = strikesDue(model, bid, deal, now);
  if (due > 0 && dice.chance(40)) return slash(s, found, now);
  if (deal.provenThrough >= end)
    return dice.chance(60) ? settle(s, found, end + dice.one([0, 1, 1])) : withdrawEarnings(s, bid.id);
  const deadline = Math.min(deadlineOf(bid, deal), end);
  const when = dice.one([now, deadline - 1, deadline, deadline, deadline + 1, Math.floor((now + deadline) / 2)]);
  return proveRepair(s, found, Math.max(when, now));
}

/** The next sensible step of somebody. */
export function advance(s: Situation): Move {
  const { dice, model, now } = s;
  const open = running(s);
  const asks = model.asks.filter(({ state, expiry, size }) => state === "open" && expiry >= now && size >= 1_536n);
  if (open.length === 0 || dice.chance(25)) {
    if (asks.length === 0) return addAsk(s, dice.one(model.miners), true);
    const pair = dice.maybe(pairs(s));
    if (pair !== undefined) return agree(s, pair);
    if (open.length < 4) return addBid(s, true);
  }
  const found = dice.maybe(open);
  return found === undefined ? addBid(s, true) : forDeal(s, found);
}
