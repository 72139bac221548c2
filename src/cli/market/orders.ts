import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { print } from "../command";
import { type MarketArgs, MarketTaskError, minerAt, openMarket, read, sent } from "./open";

type Hre = HardhatRuntimeEnvironment;
type Args<T = object> = MarketArgs & T;

/** Cancels a bid or an ask. */
export async function cancel(hre: Hre, args: Args<{ bid?: string; ask?: string }>) {
  const { bid, ask } = args;
  if ((bid === undefined) === (ask === undefined))
    throw new MarketTaskError("Name what to cancel: either --bid ID or --ask ID.");
  const open = await openMarket(hre, args);
  if (bid !== undefined) {
    const hash = await sent("cancel", open.market.cancelBid, BigInt(bid));
    print(args.json, { bidId: bid, hash }, () => `Bid ${bid} is cancelled; its deposit is the client's credit.`);
    return;
  }
  const { miner } = await read("cancel", () => open.market.askOf(BigInt(ask!)));
  const { actor } = await open.market.minerOf(miner);
  const hash = await sent("cancel", minerAt(open, actor).cancelAsk, BigInt(ask!));
  print(args.json, { askId: ask, hash }, () => `Ask ${ask} is cancelled.`);
}

/** Returns an expired bid's deposit to its client's credit. */
export async function expire(hre: Hre, args: Args<{ bid: string }>) {
  const open = await openMarket(hre, args);
  const hash = await sent("expire", open.market.expireBid, BigInt(args.bid));
  print(args.json, { bidId: args.bid, hash }, () => `Bid ${args.bid} has expired; its deposit is the client's credit.`);
}

/** Records on chain that the client allows an ask to fill its bid: for accounts that cannot sign typed data. */
export async function approve(hre: Hre, args: Args<{ ask: string; bid: string }>) {
  const open = await openMarket(hre, args);
  const [askId, bidId] = [BigInt(args.ask), BigInt(args.bid)];
  const hash = await sent("approve", open.market.approveBid, bidId, askId);
  print(args.json, { askId, bidId, hash }, () => `Ask ${askId} may fill bid ${bidId}; no signature is needed.`);
}
