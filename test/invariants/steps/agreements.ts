import * as agreements from "../model/agreements";
import type { Ask, Bid, Hex } from "../model/state";
import { KEYED, keyed, keyOf } from "../world/actors";
import { forwarded, marketAbi, minerAbi, type Move, type Situation, walletAbi } from "./move";
import { anybody, aWatcher, ownerOrWorker } from "./people";
import { NO_SIGNATURE, otherDigest, type Signed, signed } from "./signing";

export interface Pair {
  ask: Ask;
  bid: Bid;
}

/** Asks and bids that fit each other. */
export function pairs({ model, now }: Situation): Pair[] {
  const open = model.bids.filter((bid) => bid.state === "open" && bid.expiry >= now);
  return open.flatMap((bid) =>
    model.asks
      .filter(
        ({ state, expiry, price, size }) => state === "open" && expiry >= now && price <= bid.price && size >= bid.size,
      )
      .map((ask) => ({ ask, bid })),
  );
}

function aPair(s: Situation): Pair | undefined {
  const { dice, model } = s;
  const fitting = dice.maybe(pairs(s));
  if (fitting !== undefined && dice.chance(88)) return fitting;
  const [ask, bid] = [dice.maybe(model.asks), dice.maybe(model.bids)];
  return ask === undefined || bid === undefined ? undefined : { ask, bid };
}

export function approveBid(s: Situation, pair = aPair(s)): Move {
  const { dice, model } = s;
  const [bidId, askId] = [pair?.bid.id ?? 1, pair === undefined || dice.chance(4) ? 999 : pair.ask.id];
  const from = pair !== undefined && dice.chance(90) ? pair.bid.client : anybody(s);
  return {
    ...{ name: "approveBid", from, to: model.address },
    data: marketAbi.encodeFunctionData("approveBid", [bidId, askId]),
    apply: (call) => agreements.approveBid(model, call, bidId, askId),
  };
}

/** The wallet vouches for a bid of its own. */
export function vouch(s: Situation, given?: Pair): Move {
  const { dice, model, scene } = s;
  const wallet = scene.wallets[0]!;
  const own = pairs(s).filter(({ bid }) => bid.client === wallet);
  const pair = given ?? dice.maybe(own);
  const digest = pair === undefined ? otherDigest(wallet) : agreements.authorisationDigest(model, pair.ask, pair.bid);
  return {
    ...{ name: "vouch", from: anybody(s), to: wallet, data: walletAbi.encodeFunctionData("vouch", [digest]) },
    apply: () => void model.vouched.set(wallet, digest),
  };
}

/** What brings a pair together next: a wallet has to say so on chain. */
export function agree(s: Situation, pair: Pair): Move {
  const { dice, model } = s;
  const digest = agreements.authorisationDigest(model, pair.ask, pair.bid);
  const signs = keyOf(pair.bid.client) !== undefined;
  if (signs || model.approvals.has(digest) || model.vouched.get(pair.bid.client) === digest) return addDeal(s, pair);
  return dice.chance(50) ? approveBid(s, pair) : vouch(s, pair);
}

/** A signature, or something like one. */
function authorisation(s: Situation, { ask, bid }: Pair): Signed & { forged: boolean } {
  const { dice, model } = s;
  const digest = agreements.authorisationDigest(model, ask, bid);
  const canSign = keyOf(bid.client) !== undefined;
  if (canSign && dice.chance(85)) return { ...signed(bid.client, digest), forged: false };
  if (model.approvals.has(digest) || model.vouched.get(bid.client) === digest)
    return { ...NO_SIGNATURE, forged: false };
  const signer = canSign ? bid.client : dice.one(KEYED).address;
  return { ...dice.one([NO_SIGNATURE, signed(signer, forgedDigest(s, { ask, bid }))]), forged: true };
}

/** Over the same two, but one field is another. */
export function forgedDigest({ dice, model }: Situation, { ask, bid }: Pair): Hex {
  const digest = (a: Ask, b: Bid, m = model) => agreements.authorisationDigest(m, a, b);
  const elsewhere = { miners: model.miners, address: model.address, chainId: model.chainId };
  return dice.one([
    () => digest({ ...ask, id: ask.id + 1 }, bid),
    () => digest({ ...ask, price: ask.price + 1n }, bid),
    () => digest({ ...ask, expiry: ask.expiry + 1 }, bid),
    () => digest(ask, { ...bid, id: bid.id + 1 }),
    () => digest(ask, { ...bid, client: keyed("stranger").address }),
    () => digest(ask, { ...bid, price: bid.price + 1n }),
    () => digest(ask, { ...bid, size: bid.size + 1 }),
    () => digest(ask, { ...bid, duration: bid.duration + 1 }),
    () => digest(ask, { ...bid, expiry: bid.expiry + 1 }),
    () => digest(ask, { ...bid, dataShards: bid.dataShards + 1 }),
    () => digest(ask, { ...bid, totalShards: bid.totalShards + 1 }),
    () => digest(ask, { ...bid, maxShardsPerProvider: bid.maxShardsPerProvider + 1 }),
    () => digest(ask, { ...bid, payloadSize: bid.payloadSize + 1n }),
    () => digest(ask, { ...bid, droot: otherDigest(bid.droot) }),
    () => digest(ask, { ...bid, providersRoot: otherDigest(bid.providersRoot) }),
    () => digest(ask, bid, { ...elsewhere, chainId: 1n } as typeof model),
    () => digest(ask, bid, { ...elsewhere, address: keyed("stranger").address } as typeof model),
    () => otherDigest(digest(ask, bid)),
  ])();
}

export function addDeal(s: Situation, pair = aPair(s)): Move {
  const { dice, model } = s;
  if (pair === undefined) return vouch(s);
  const { bytes, meant, forged } = authorisation(s, pair);
  const [askId, bidId] = [pair.ask.id, dice.chance(2) ? 0 : pair.bid.id];
  const own = model.miners[pair.ask.miner - 1]!;
  const miner = dice.chance(95) ? own : dice.one(model.miners);
  const data = minerAbi.encodeFunctionData("addDeal", [askId, bidId, bytes]);
  const at = dice.one([...Array<undefined>(8), pair.bid.expiry, pair.ask.expiry]);
  const late = dice.one([-1, 0, 0, 0, 1]);
  const move = forwarded("addDeal", { miner, from: ownerOrWorker(s, miner), data }, (call) =>
    agreements.addDeal(model, call, { askId, bidId, signature: meant }),
  );
  return { ...move, forged, at: at === undefined ? undefined : at + late };
}

/** That a worker promised to fill a bid, and did not. */
export function claimAcceptance(s: Situation): Move {
  const { dice, model } = s;
  const pair = dice.maybe(model.bids.flatMap((bid) => model.asks.map((ask) => ({ ask, bid }))).slice(-12));
  if (pair === undefined) return addDeal(s);
  const { ask, bid } = pair;
  const miner = model.miners[ask.miner - 1]!;
  const last = Math.min(bid.expiry, ask.expiry);
  const deadline = dice.chance(90) ? Math.max(last - dice.one([0, 0, 1, 50, 150]), 0) : last + 1;
  const digest = agreements.authorisationDigest(model, ask, bid);
  const byChain = model.approvals.has(digest) || dice.chance(10);
  const canSign = keyOf(bid.client) !== undefined && dice.chance(93);
  const client = canSign ? signed(bid.client, digest) : signed(dice.one(KEYED).address, digest);
  const forgedField = !byChain && dice.chance(8);
  const granted = byChain ? NO_SIGNATURE : forgedField ? signed(client.meant!.signer, forgedDigest(s, pair)) : client;
  const acceptance: agreements.Acceptance = {
    ...{ bidId: bid.id, askId: ask.id, miner: dice.chance(95) ? miner.actor : anybody(s), deadline },
    ...{ authorisation: granted.meant, authorisationBytes: granted.bytes },
  };
  const workers = [miner.worker, ...[...miner.boundUntil.keys()].filter((key) => keyOf(key) !== undefined)];
  const worker = dice.chance(90) ? dice.one(workers) : dice.one(KEYED).address;
  const promised = agreements.acceptanceDigest(model, acceptance);
  const wrong = dice.chance(8);
  const signature = signed(worker, wrong ? forgedAcceptance(s, acceptance) : promised);
  const { authorisation: _, authorisationBytes, ...rest } = acceptance;
  const due = [deadline + 1, deadline + 1, deadline, deadline + model.rules.claimWindow, deadline + 5];
  return {
    ...{ name: "slashBrokenAcceptance", from: aWatcher(s), to: model.address, forged: wrong || forgedField },
    data: marketAbi.encodeFunctionData("slashBrokenAcceptance", [
      { ...rest, authorisation: authorisationBytes },
      signature.bytes,
    ]),
    apply: (call) => agreements.slashBrokenAcceptance(model, call, acceptance, signature.meant!),
    at: dice.one(due) + (dice.chance(15) ? dice.between(-1, 1) : 0),
  };
}

function forgedAcceptance({ dice, model }: Situation, a: agreements.Acceptance): Hex {
  const other = dice.one<Partial<agreements.Acceptance>>([
    { bidId: a.bidId + 1 },
    { askId: a.askId + 1 },
    { deadline: a.deadline + 1 },
    { miner: keyed("stranger").address },
    { authorisationBytes: `${a.authorisationBytes}00` },
  ]);
  return agreements.acceptanceDigest(model, { ...a, ...other });
}
