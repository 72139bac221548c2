import { ErasureCode } from "../data/erasureCode";
import { type Layout, layoutOf } from "../data/layout";
import { decodeManifest, type Manifest } from "../data/manifest";
import { type Proposal, proposalSchema } from "../protocol/negotiationWire";
import type { RepairDeal } from "../store/repairDeals";

/** The client's proposal, as it was stored. */
export function proposalOfDeal(deal: Pick<RepairDeal, "proposal">): Proposal {
  return proposalSchema.parse(JSON.parse(deal.proposal));
}

/** How the payload is cut, from what was proposed. */
export function layoutOfProposal({ dataShards, totalShards, payloadBytes, size }: Proposal): Layout {
  return layoutOf(new ErasureCode(dataShards, totalShards), payloadBytes, size / BigInt(totalShards));
}

/** What the miner itself computed from the data; there is one from verification on. */
export function manifestOfDeal({ id, manifest }: Pick<RepairDeal, "id" | "manifest">): Manifest {
  if (manifest === null) throw new Error(`Deal ${id} has no manifest: its data has not been verified yet.`);
  return decodeManifest(Buffer.from(manifest, "hex"));
}

/** Providers that may hold shards of the deal; empty: any. */
export function allowedProviders(deal: Pick<RepairDeal, "proposal">): ReadonlySet<bigint> {
  return new Set(proposalOfDeal(deal).providers);
}
