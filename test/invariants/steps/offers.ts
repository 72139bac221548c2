import * as bids from "../model/bids";
import * as miners from "../model/miners";
import { collateralFor, totalPrice } from "../model/rules";
import { type Bid, NO_HASH } from "../model/state";
import { allowListOf } from "../model/trees";
import { keyed } from "../world/actors";
import { DATA } from "../world/data";
import { forwarded, marketAbi, minerAbi, type Move, ownersOwn, type Situation } from "./move";
import { aClient, aMiner, anybody, everybody, ownerOrWorker, theOwner } from "./people";

const GIB = 2n ** 30n;
const FIL = 10n ** 18n;

/** A price at which some kilobytes for some days cost about a FIL. */
const TYPICAL = (FIL * GIB) / 1_024n / 12_345n;

export function createMiner(
  s: Situation,
  from = s.dice.one(everybody(s)),
  sound = s.dice.chance(80),
  spare = s.dice.one([0n, 1n, 3n * FIL, 20n * FIL]),
): Move {
  const { dice, model, stage } = s;
  const pledge = sound ? BigInt(dice.between(2_000, 9_000)) : dice.one([0n, 1n, 2n ** 63n, 2n ** 64n - 1n]);
  const due = collateralFor(stage.rules, pledge) + stage.rules.acceptanceBond;
  const value = sound ? due + spare : dice.one([due - 1n, 0n, due]);
  const { publicKey, address } = keyed(dice.one(["worker", "otherWorker", "spareWorker"]));
  const actor = stage.miners[model.miners.length];
  // Beyond those whose addresses are known, nobody founds any more.
  const known = actor !== undefined && value < 10n ** 30n;
  const badKey = !sound && dice.chance(20);
  const data = marketAbi.encodeFunctionData("createRepairMiner", [badKey ? "0x1234" : publicKey, pledge, "0x01"]);
  if (!known) return addCollateral(s);
  return {
    ...{ name: "createRepairMiner", from, to: model.address, data, value },
    apply: (call) => miners.createRepairMiner(model, call, { actor, worker: badKey ? undefined : address, pledge }),
  };
}

export function addCollateral(s: Situation): Move {
  const { dice, model } = s;
  const miner = aMiner(s);
  const value = dice.one([0n, 1n, FIL, 3n * FIL]);
  if (dice.chance(50)) {
    const actor = dice.chance(85) ? miner.actor : anybody(s);
    const data = marketAbi.encodeFunctionData("addCollateral", [actor]);
    const apply = (call: Parameters<Move["apply"]>[0]) => miners.addCollateral(model, call, actor);
    return { name: "addCollateral", from: anybody(s), to: model.address, data, value, apply };
  }
  const data = minerAbi.encodeFunctionData("addCollateral");
  return ownersOwn("addCollateral", { miner, from: theOwner(s, miner), data, value }, (call) =>
    miners.addCollateral(model, call, miner.actor),
  );
}

export function withdrawCollateral(s: Situation, miner = aMiner(s)): Move {
  const { dice, model, now } = s;
  const free = miners.freeOf(model, miner, now);
  const amount = dice.one([free, free, free + 1n, free / 2n + 1n, 0n, miner.collateral, model.rules.acceptanceBond]);
  const data = minerAbi.encodeFunctionData("withdrawCollateral", [amount]);
  const at = dice.chance(30) ? miner.lockedUntil + dice.between(-1, 1) : undefined;
  const move = ownersOwn("withdrawCollateral", { miner, from: theOwner(s, miner), data }, (call) =>
    miners.withdrawCollateral(model, call, amount),
  );
  return { ...move, at };
}

export function changeWorker(s: Situation): Move {
  const { dice } = s;
  const miner = aMiner(s);
  const from = theOwner(s, miner);
  const key = keyed(dice.one(["worker", "otherWorker", "spareWorker"]));
  if (dice.chance(30)) {
    const data = minerAbi.encodeFunctionData("changePubkey", [key.publicKey]);
    return ownersOwn("changePubkey", { miner, from, data }, (call) =>
      miners.changeWorker(miner, { ...call, from: miner.owner }, key.address),
    );
  }
  const worker = dice.chance(90) ? key.address : `0x${"0".repeat(40)}`;
  const data = minerAbi.encodeFunctionData("changeWorker", [worker]);
  return ownersOwn("changeWorker", { miner, from, data }, (call) =>
    miners.changeWorker(miner, { ...call, from: miner.owner }, worker),
  );
}

export function registerClient(s: Situation): Move {
  const { dice, model, scene } = s;
  const from = dice.one([keyed("owner").address, keyed("client").address, keyed("stranger").address]);
  const actor = dice.chance(90) ? aMiner(s).actor : anybody(s);
  return {
    ...{ name: "registerClient", from, to: model.address },
    data: marketAbi.encodeFunctionData("registerClient", [actor]),
    apply: () => miners.registerClient(model, scene.actorIds.get(from)!, actor),
  };
}

export function addAsk(s: Situation, miner = aMiner(s), sound = s.dice.chance(85)): Move {
  const { dice, model, stage } = s;
  const price = sound ? dice.one([TYPICAL, TYPICAL / 3n, TYPICAL + 7n, 1n]) : dice.one([0n, 2n ** 96n, TYPICAL]);
  const size = BigInt(sound ? dice.one([10_000, 4_096, 1_536, 1_024, 256]) : dice.one([0, 1, 1_023]));
  const most = stage.rules.maxAskLifetime;
  const lifetime = sound ? dice.one([most, 30_000, 12_000, 1]) : dice.one([0, most, most + 1]);
  const from = ownerOrWorker(s, miner);
  const longest = lifetime === most && dice.chance(50);
  const data = longest
    ? minerAbi.encodeFunctionData("addAsk(uint256,uint256)", [price, size])
    : minerAbi.encodeFunctionData("addAsk(uint256,uint256,uint64)", [price, size, lifetime]);
  return forwarded("addRepairAsk", { miner, from, data }, (call) =>
    miners.addAsk(model, call, { price, size, lifetime }),
  );
}

export function cancelAsk(s: Situation): Move {
  const { dice, model } = s;
  const askId = dice.chance(90) && model.asks.length > 0 ? dice.one(model.asks).id : dice.roll(3) * 999;
  const own = model.asks[askId - 1];
  const miner = own !== undefined && dice.chance(90) ? model.miners[own.miner - 1]! : aMiner(s);
  const data = minerAbi.encodeFunctionData("cancelAsk", [askId]);
  return forwarded("cancelAsk", { miner, from: ownerOrWorker(s, miner), data }, (call) =>
    miners.cancelAsk(model, call, askId),
  );
}

/** `sound`: as the market wants it, at a price at which somebody offers. */
export function addBid(s: Situation, sound = s.dice.chance(88)): Move {
  const { dice, model, stage } = s;
  const { rules } = stage;
  // Several deals for the same data want the same copies.
  const again = dice.chance(60) ? DATA.find(({ droot }) => droot === model.bids.at(-1)?.droot) : undefined;
  const data = again ?? dice.one(DATA);
  const ask = dice.maybe(model.asks.filter(({ state }) => state === "open"));
  const price = ask !== undefined && dice.chance(80) ? ask.price + (dice.chance(50) ? 0n : ask.price / 3n) : TYPICAL;
  const duration = dice.one([rules.minDuration, rules.minDuration + dice.roll(6_000), rules.minDuration * 2]);
  const listed = data.totalShards === 2 && dice.chance(15);
  const [first, second] = stage.pool.providers;
  const terms: bids.BidTerms = {
    ...{ droot: data.droot, price, size: BigInt(data.totalShards * data.shardSize), duration },
    lifetime: dice.one([rules.maxBidLifetime, Math.min(rules.maxBidLifetime, 3_000), 200]),
    ...{ dataShards: data.dataShards, totalShards: data.totalShards },
    maxShardsPerProvider: dice.one([1, 1, 1, data.totalShards]),
    payloadSize: dice.one([data.payloadSize, 1n]),
    providersRoot: listed ? allowListOf(first!, second!).root : NO_HASH,
    ...(sound ? {} : spoiltTerms(s, data.payloadSize)),
  };
  const total = totalPrice(terms.price, terms.size, terms.duration);
  const value = sound || dice.chance(60) ? (total < 10n ** 27n ? total : 1n) : dice.one([total - 1n, total + 1n, 0n]);
  const { droot, size, lifetime, providersRoot } = terms;
  const plain = providersRoot === NO_HASH && dice.chance(50);
  const head = [droot, terms.price, size, terms.duration, lifetime, terms] as const;
  return {
    ...{ name: "addBid", from: aClient(s), to: model.address, value: value < 0n ? 0n : value },
    data: plain
      ? marketAbi.encodeFunctionData("addBid(bytes32,uint256,uint256,uint64,uint64,(uint8,uint8,uint8,uint64))", [
          ...head,
        ])
      : marketAbi.encodeFunctionData(
          "addBid(bytes32,uint256,uint256,uint64,uint64,(uint8,uint8,uint8,uint64),bytes32)",
          [...head, providersRoot],
        ),
    apply: (call) => bids.addBid(model, call, terms),
  };
}

function spoiltTerms({ dice, stage }: Situation, payloadSize: bigint): Partial<bids.BidTerms> {
  const { rules } = stage;
  return dice.one<Partial<bids.BidTerms>>([
    { droot: NO_HASH },
    { price: 0n },
    { price: 1n },
    { price: 2n ** 96n },
    { duration: rules.minDuration - 1 },
    { duration: rules.maxDuration },
    { duration: rules.maxDuration + 1 },
    { size: 2n ** 63n + 1n },
    { size: 3n },
    { totalShards: 5 },
    { dataShards: 0 },
    { dataShards: 4 },
    { maxShardsPerProvider: 0 },
    { maxShardsPerProvider: 9 },
    { payloadSize: 0n },
    { payloadSize: payloadSize + 1n },
    { lifetime: 0 },
    { lifetime: rules.maxBidLifetime + 1 },
    {},
  ]);
}

export function cancelBid(s: Situation): Move {
  const { dice, model } = s;
  const bid = dice.maybe(model.bids.filter(({ state }) => state === "open" || dice.chance(5)));
  const id = bid?.id ?? dice.roll(2) * 77;
  const from = bid !== undefined && dice.chance(90) ? bid.client : anybody(s);
  return {
    ...{ name: "cancelBid", from, to: model.address, data: marketAbi.encodeFunctionData("cancelBid", [id]) },
    apply: (call) => bids.cancelBid(model, call, id),
  };
}

export function expireBid(s: Situation, given?: Bid): Move {
  const { dice, model } = s;
  const bid = given ?? dice.maybe(model.bids.filter(({ state }) => state === "open" || dice.chance(5)));
  const id = bid?.id ?? model.bids.length + 1;
  return {
    ...{ name: "expireBid", from: anybody(s), to: model.address },
    data: marketAbi.encodeFunctionData("expireBid", [id]),
    apply: (call) => bids.expireBid(model, call, id),
    at: bid === undefined ? undefined : bid.expiry + dice.between(-1, 2),
  };
}
