import { hexlify } from "ethers";

import { encodeManifest } from "../../data/manifest";
import type { RepairDeal } from "../../store/repairDeals";
import { encodeParity } from "../encodeParity";
import { layoutOfProposal, proposalOfDeal } from "../manifestOfDeal";
import type { LifeStage, MinerParts } from "../parts";
import { ifBidClosed } from "./bidClosed";

/** The data does not make the droot of the bid: it is other data, or the client committed to no codeword. */
export class DataDiffersError extends Error {
  override readonly name = "DataDiffersError";
}

/** Parity and droot are computed from the data shards, whatever the client says that they are. */
export const verifying: LifeStage = {
  async run(parts, deal, at) {
    const name = `verify ${deal.id}`;
    const failure = parts.work.takeFailure(name);
    if (failure instanceof DataDiffersError) return { to: "refused", reason: failure.message };
    if (failure !== undefined)
      parts.log.warn({ deal: deal.id, error: failure.message }, "the data could not be verified; trying again");
    const closed = await ifBidClosed(parts, deal, at);
    if (closed !== undefined) return closed;
    parts.work.start(name, () => verify(parts, deal));
    return undefined;
  },
};

async function verify(parts: MinerParts, deal: RepairDeal): Promise<void> {
  // The work may have ended between the look at the deal and now.
  if ((await parts.deals.get(deal.id))?.state !== "verifying") return;
  const layout = layoutOfProposal(proposalOfDeal(deal));
  const manifest = await encodeParity(parts.shards.of(deal.id), layout, { signal: parts.signal });
  const root = hexlify(manifest.root.root);
  if (root !== deal.droot.toLowerCase()) {
    throw new DataDiffersError(`data-differs: the data encodes to droot ${root}, the bid has ${deal.droot}`);
  }
  const roots = manifest.shards.map((shard) => hexlify(shard.root));
  await parts.deals.verified(deal.id, Buffer.from(encodeManifest(manifest)).toString("hex"), roots);
}
