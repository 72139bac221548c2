import * as money from "../model/money";
import type { Call, Hex } from "../model/state";
import { keyed } from "../world/actors";
import { forwarded, marketAbi, minerAbi, type Move, type Situation, walletAbi } from "./move";
import { anybody, ownerOrWorker } from "./people";

export function withdrawEarnings(s: Situation, id?: number): Move {
  const { dice, model } = s;
  const deals = model.bids.filter(({ deal }) => deal !== undefined && (deal.provenEpochs > 0 || dice.chance(20)));
  const dealId = id ?? dice.maybe(deals)?.id ?? dice.roll(4);
  const apply = () => money.withdrawEarnings(model, dealId);
  const deal = model.bids[dealId - 1]?.deal;
  if (deal !== undefined && dice.chance(40)) {
    const miner = model.miners[deal.miner - 1]!;
    const data = minerAbi.encodeFunctionData("withdrawEarnings", [dealId]);
    return forwarded("withdrawEarnings", { miner, from: ownerOrWorker(s, miner), data }, apply);
  }
  const data = marketAbi.encodeFunctionData("withdrawEarnings", [dealId]);
  return { name: "withdrawEarnings", from: anybody(s), to: model.address, data, apply };
}

/** Whether a payee takes money that is sent to it without a word. */
function takes({ scene, model, refusing }: Situation, to: Hex): boolean {
  if (to === scene.noActor || to === model.address || to === model.miners[0]?.actor) return false;
  return !refusing.has(to);
}

export function withdraw(s: Situation, account?: Hex, payee?: Hex): Move {
  const { dice, model, scene, stage } = s;
  const rich = [...model.credits].filter(([, amount]) => amount > 0n).map(([address]) => address);
  const from = account ?? (dice.chance(92) ? (dice.maybe(rich) ?? anybody(s)) : anybody(s));
  const provider = `0xff${"0".repeat(22)}${stage.pool.providers[0]!.toString(16).padStart(16, "0")}`;
  const actor = model.miners[0]?.actor ?? scene.noActor;
  const others = [anybody(s), ...scene.wallets, scene.nativeAccount, provider, scene.noActor, model.address, actor];
  const to = payee ?? (dice.chance(50) ? from : dice.one(others));
  return {
    ...{ name: "withdraw", from, to: model.address, data: marketAbi.encodeFunctionData("withdraw", [to]) },
    apply: (call) => {
      money.withdraw(model, call, to, takes(s, to));
      callBack(s, call, to);
    },
  };
}

/** A wallet that is paid calls back, and takes what is its own, if anything is left of that. */
function callBack({ scene, model }: Situation, call: Call, to: Hex): void {
  const wallet = scene.wallets[1]!;
  if (to !== wallet || model.address !== scene.calledBack || model.creditOf(wallet) === 0n) return;
  money.withdraw(model, { ...call, from: wallet, value: 0n }, wallet, true);
}

export function flushBurn(s: Situation): Move {
  const { model } = s;
  const data = marketAbi.encodeFunctionData("flushBurn");
  return { name: "flushBurn", from: anybody(s), to: model.address, data, apply: () => money.flushBurn(model) };
}

/** A wallet takes no money from now on, or takes it again. */
export function refuseMoney(s: Situation): Move {
  const { dice, scene, refusing } = s;
  const wallet = dice.one(scene.wallets);
  const refuses = !refusing.has(wallet);
  return {
    ...{ name: "refuseMoney", from: anybody(s), to: wallet },
    data: walletAbi.encodeFunctionData("refuse", [refuses]),
    apply: () => void (refuses ? refusing.add(wallet) : refusing.delete(wallet)),
  };
}

/** Money that nobody can refuse: a contract that dies with it names the market its heir. */
export function donate(s: Situation): Move {
  const { dice, model } = s;
  const value = dice.one([1n, 10n ** 18n + 3n]);
  const heirIsMarket = `0x73${model.address.slice(2)}ff`;
  return {
    ...{ name: "forceDonation", from: keyed("stranger").address, to: undefined, data: heirIsMarket, value },
    apply: (call) => void (model.balance += call.value),
  };
}
