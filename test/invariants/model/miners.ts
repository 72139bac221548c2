import { askOf, minerOf } from "./records";
import { market, refuse } from "./refusal";
import { collateralFor, MAX_MONEY, MAX_SIZE } from "./rules";
import type { Call, Hex, MarketState, Miner } from "./state";

/** Repair miners, what they put up, and what they offer. */

export const lockedOf = (m: MarketState, miner: Miner) =>
  m.openDeals(miner).reduce((sum, deal) => sum + deal.stake, 0n);

export const usedOf = (m: MarketState, miner: Miner) =>
  m.openDeals(miner).reduce((sum, deal) => sum + BigInt(m.bids[deal.id - 1]!.size), 0n);

/** What stands behind nothing: neither a stake nor, while an acceptance could still be claimed, the bond. */
export function freeOf(m: MarketState, miner: Miner, now: number): bigint {
  const bond = now <= miner.lockedUntil ? m.rules.acceptanceBond : 0n;
  const free = miner.collateral - lockedOf(m, miner) - bond;
  return free > 0n ? free : 0n;
}

export function createRepairMiner(
  m: MarketState,
  call: Call,
  o: { actor: Hex; worker: Hex | undefined; pledge: bigint },
): void {
  if (o.pledge === 0n) market("PledgeZero");
  const due = collateralFor(m.rules, o.pledge) + m.rules.acceptanceBond;
  if (call.value < due) market("CollateralShort", due, call.value);
  if (o.worker === undefined) refuse("RepairMiner_BadPubkey");
  m.balance += call.value;
  m.miners.push({
    ...{ id: m.miners.length + 1, actor: o.actor, owner: call.from, worker: o.worker!, boundUntil: new Map() },
    ...{ collateral: call.value, pledge: o.pledge, lockedUntil: 0, deals: [] },
  });
}

/** Anyone may, straight at the market; through the miner's actor the owner alone. */
export function addCollateral(m: MarketState, call: Call, actor: Hex): void {
  const miner = minerOf(m, actor);
  if (call.value === 0n) market("AmountZero");
  miner.collateral += call.value;
  m.balance += call.value;
}

export function withdrawCollateral(m: MarketState, call: Call, amount: bigint): void {
  const miner = minerOf(m, call.from);
  const free = freeOf(m, miner, call.now);
  if (amount === 0n) market("AmountZero");
  if (amount > free) market("CollateralShort", amount, free);
  miner.collateral -= amount;
  m.credit(miner.owner, amount);
}

export function registerClient(m: MarketState, clientActor: number, actor: Hex): void {
  m.clients.set(clientActor, minerOf(m, actor).id);
}

// ───────────────────────────── The miner's own actor ─────────────────────────────

export function requireOwner(miner: Miner, call: Call): void {
  if (call.from !== miner.owner) refuse("RepairMiner_NotOwner", miner.owner, call.from);
}

export function requireOwnerOrWorker(miner: Miner, call: Call): void {
  if (call.from !== miner.owner && call.from !== miner.worker) refuse("RepairMiner_NotOwnerOrWorker", call.from);
}

/** The former worker's promises bind as long as the bond had to stay when it was replaced. */
export function changeWorker(miner: Miner, call: Call, worker: Hex): void {
  requireOwner(miner, call);
  if (BigInt(worker) === 0n) refuse("RepairMiner_WorkerZero");
  miner.boundUntil.set(miner.worker, miner.lockedUntil);
  miner.worker = worker;
}

export const binds = (miner: Miner, signer: Hex, deadline: number) =>
  signer === miner.worker || deadline <= (miner.boundUntil.get(signer) ?? -1);

// ───────────────────────────── Asks ─────────────────────────────

export function addAsk(m: MarketState, call: Call, o: { price: bigint; size: bigint; lifetime: number }): void {
  const { rules } = m;
  const miner = minerOf(m, call.from);
  if (o.price === 0n || o.size === 0n) market("AmountZero");
  if (o.size > MAX_SIZE) market("AmountTooLarge", MAX_SIZE, o.size);
  if (o.lifetime === 0 || o.lifetime > rules.maxAskLifetime) {
    market("LifetimeOutOfRange", rules.maxAskLifetime, o.lifetime);
  }
  const unstaked = miner.collateral - lockedOf(m, miner);
  if (unstaked < rules.acceptanceBond) market("CollateralShort", rules.acceptanceBond, unstaked);
  if (o.price > MAX_MONEY) market("AmountTooLarge", MAX_MONEY, o.price);
  const expiry = call.now + o.lifetime;
  miner.lockedUntil = Math.max(miner.lockedUntil, expiry + rules.claimWindow);
  m.asks.push({ id: m.asks.length + 1, miner: miner.id, price: o.price, size: o.size, expiry, state: "open" });
}

export function cancelAsk(m: MarketState, call: Call, askId: number): void {
  const ask = askOf(m, askId);
  const { actor } = m.miners[ask.miner - 1]!;
  if (call.from !== actor) market("NotMiner", actor, call.from);
  if (ask.state !== "open") market("AskNotOpen", askId);
  ask.state = "cancelled";
}
