import type { Block } from "../filecoin/block";
import type { Proposal } from "../protocol/negotiationWire";
import { providersRootOf } from "../protocol/providerList";
import type { DealView } from "../protocol/repairRecords";
import type { MinerParts } from "./parts";
import { RefusedError } from "./refused";

/** Every field of the bid is the proposal's. */
export function checkBid(bid: DealView | undefined, p: Proposal, { settings }: MinerParts, at: Block): void {
  if (bid === undefined)
    throw new RefusedError(
      "bid-not-open",
      "The bid is not in the block that this miner reads yet: send the same request again later.",
    );
  const { order } = bid;
  const pairs: [string, unknown, unknown][] = [
    ["client", order.client.toLowerCase(), p.client.toLowerCase()],
    ["droot", order.droot, p.droot.toLowerCase()],
    ["price", order.priceAtto, p.priceAtto],
    ["size", bid.size, p.size],
    ["duration", order.durationEpochs, p.durationEpochs],
    ["dataShards", order.dataShards, p.dataShards],
    ["totalShards", order.totalShards, p.totalShards],
    ["maxShardsPerProvider", order.maxShardsPerProvider, p.maxShardsPerProvider],
    ["payloadSize", order.payloadBytes, p.payloadBytes],
    ["providersRoot", order.providersRoot, providersRootOf(p.providers)],
  ];
  const other = pairs.find(([, onChain, proposed]) => onChain !== proposed);
  if (other !== undefined)
    throw new RefusedError("bid-differs", `The bid's ${other[0]} is ${other[1]}, the proposal's ${other[2]}.`);
  if (bid.state !== "open") throw new RefusedError("bid-not-open", `Bid ${bid.dealId} is ${bid.state}.`);
  const needed = at.number + settings.acceptMarginEpochs;
  if (order.expiry < needed)
    throw new RefusedError(
      "bid-not-open",
      `The bid expires at epoch ${order.expiry}; it must stay open until epoch ${needed} at least.`,
    );
}
