import type { ClassifiedDeal } from "./deal";

/** Where an aggregator can fetch a piece's bytes. */
export interface Sources {
  /** The node's own `GET /piece/{cid}`, while it holds the bytes. */
  own?: string;
  /** Link to the piece at each provider that has a known gateway, by provider id. */
  gateways: ReadonlyMap<bigint, string>;
  /** The link that the job came with. */
  given?: string;
}

export interface FetchLink {
  link: string;
  reason: string;
}

const READABLE = new Set(["active", "expiring", "unreadable"]);

/** The node's own copy first, then a healthy provider's gateway, then the job's link; never a faulty provider's. */
export function chooseFetchLink(sources: Sources, deals: readonly ClassifiedDeal[]): FetchLink | undefined {
  if (sources.own !== undefined) return { link: sources.own, reason: "held by this node" };
  for (const { deal, health } of deals.filter((deal) => READABLE.has(deal.health))) {
    const link = sources.gateways.get(deal.providerId);
    if (link !== undefined) return { link, reason: `${health} at provider f0${deal.providerId}` };
  }
  if (sources.given !== undefined) return { link: sources.given, reason: "given with the job" };
  return undefined;
}
