import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { print } from "../command";
import { type Acceptance, ACCEPTANCE_TYPES, marketDomain } from "../../protocol/authorisation";
import { type MarketArgs, type OpenMarket, openMarket, read, sent } from "./open";

type Hre = HardhatRuntimeEnvironment;
/** What makes an acceptance; `authorisation` is the client's signature, 0x when it approved on chain. */
type Args<T = object> = MarketArgs & { ask: string; bid: string; deadline: string; authorisation: string } & T;

/** The worker's binding promise to fill a bid by an epoch; nothing is sent. */
export async function accept(hre: Hre, args: Args) {
  const open = await openMarket(hre, args);
  const acceptance = await acceptanceOf(open, args);
  const domain = marketDomain(open.chainId, await open.market.getAddress());
  const signature = await open.signer.signTypedData(domain, ACCEPTANCE_TYPES, acceptance);
  print(args.json, { ...acceptance, worker: open.address, signature }, () => signature);
}

/** Takes the acceptance bond of a miner whose worker promised and did not fill. */
export async function broken(hre: Hre, args: Args<{ signature: string }>) {
  const open = await openMarket(hre, args);
  const acceptance = await acceptanceOf(open, args);
  const hash = await sent("broken", open.market.slashBrokenAcceptance, acceptance, args.signature);
  const { bidId, miner } = acceptance;
  print(args.json, { bidId, repairMiner: miner, hash }, () => `Slashed ${miner} for not filling bid ${bidId}.`);
}

async function acceptanceOf(open: OpenMarket, args: Args): Promise<Acceptance> {
  const askId = BigInt(args.ask);
  const ask = await read("ask", () => open.market.askOf(askId));
  const { actor } = await open.market.minerOf(ask.miner);
  const { authorisation } = args;
  return { bidId: BigInt(args.bid), askId, miner: actor, deadline: BigInt(args.deadline), authorisation };
}
