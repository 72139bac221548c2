import type { Block } from "../chain/block";
import type { ChainBid } from "../chain/repairMarket";
import type { Proposal } from "../market/negotiation";
import { providersRootOf } from "../market/providerList";
import type { MinerParts } from "./parts";
import { RefusedError } from "./refused";

/** Every field of the bid is the proposal's. */
export function checkBid(bid: ChainBid | undefined, p: Proposal, { settings }: MinerParts, at: Block): void {
  if (bid === undefined)
    throw new RefusedError("bid-not-open", "There is no such bid (yet) at the block believed here.");
  const pairs: [string, unknown, unknown][] = [
    ["client", bid.client.toLowerCase(), p.client.toLowerCase()],
    ["droot", bid.droot, p.droot.toLowerCase()],
    ["price", bid.priceAtto, p.priceAtto],
    ["size", bid.size, p.size],
    ["duration", bid.durationEpochs, p.durationEpochs],
    ["dataShards", bid.dataShards, p.dataShards],
    ["totalShards", bid.totalShards, p.totalShards],
    ["maxShardsPerProvider", bid.maxShardsPerProvider, p.maxShardsPerProvider],
    ["payloadSize", bid.payloadBytes, p.payloadBytes],
    ["providersRoot", bid.providersRoot, providersRootOf(p.providers)],
  ];
  const other = pairs.find(([, onChain, proposed]) => onChain !== proposed);
  if (other !== undefined)
    throw new RefusedError("bid-differs", `The bid's ${other[0]} is ${other[1]}, the proposal's ${other[2]}.`);
  if (bid.state !== "open") throw new RefusedError("bid-not-open", `Bid ${bid.bidId} is ${bid.state}.`);
  const needed = at.number + settings.acceptMarginEpochs;
  if (bid.expiry < needed)
    throw new RefusedError(
      "bid-not-open",
      `The bid expires at epoch ${bid.expiry}; it must stand until ${needed} at least.`,
    );
}
