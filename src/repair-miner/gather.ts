import type { Block } from "../filecoin/block";
import { isPlaced, type RepairDealView } from "../protocol/repairRecords";
import type { CopyView } from "../policy/repairTerms";
import type { RepairDeal, ShardCopy } from "../store/repairDeals";
import { DROP_WINDOW_EPOCHS } from "./bringing";
import type { MinerParts } from "./parts";

/** The deal as the policy sees it: the chain at one block, with what this miner remembers of losses. */
export async function gatherDeal(parts: MinerParts, deal: RepairDeal, at: Block): Promise<RepairDealView> {
  const view = await parts.chain.dealWithShards(deal.bidId!, at.number);
  const known = await parts.deals.losses(deal.id);
  for (const shard of view.shards) {
    if (!isPlaced(shard)) continue;
    const { provider, sector } = shard.placement;
    const before = known.find((loss) => loss.shard === BigInt(shard.shard));
    if (shard.held) {
      if (before === undefined) continue;
      await parts.deals.lossOver(deal.id, before.shard);
      // Recovered, or replaced: the provider that holds it now has succeeded since its failure.
      await parts.failures.succeeded(provider, at.number);
      continue;
    }
    if (before?.provider === provider && before.sector === sector) {
      shard.lostSince = before.sinceEpoch;
      continue;
    }
    const since = await lostSince(parts, { provider, sector }, at);
    const loss = { deal: deal.id, shard: BigInt(shard.shard), provider, sector, sinceEpoch: since };
    shard.lostSince = (await parts.deals.lost(loss)).sinceEpoch;
  }
  return view;
}

/** The first deadline that the sector missed, where the node can tell; else the epoch at which it was first seen. */
async function lostSince(
  { lotus, log }: MinerParts,
  { provider, sector }: { provider: bigint; sector: bigint },
  at: Block,
): Promise<bigint> {
  try {
    const since = await lotus.faultySince(provider, sector);
    return since === undefined || since > at.number ? at.number : since;
  } catch (error) {
    log.debug({ error: (error as Error).message }, "the node does not say how old the fault is");
    return at.number;
  }
}

/** Copies under way; of sealed ones, how their sectors are now. */
export async function gatherCopies(parts: MinerParts, deal: RepairDeal, at: Block): Promise<CopyView[]> {
  const views: CopyView[] = [];
  for (const copy of await parts.deals.copiesUnderWay(deal.id)) {
    const view = await viewOf(parts, copy, at);
    if (view.sector?.status === "dead") {
      await parts.deals.moveCopy(copy.identifier, "failed", { error: "its sector is dead" });
      await parts.failures.failed(copy.providerId, copy.cid, at.number, "its sector is dead");
    } else views.push(view);
  }
  return views;
}

async function viewOf(parts: MinerParts, copy: ShardCopy, at: Block): Promise<CopyView> {
  const { identifier, providerId: provider, purpose } = copy;
  const view = { identifier, shard: Number(copy.shard), provider, purpose, state: copy.state as CopyView["state"] };
  if (copy.state !== "sealed") return view;
  const sector = copy.sector!;
  const { status, location } = await parts.chain.locate(provider, sector, at.number);
  const validUntil = copy.commitment! > DROP_WINDOW_EPOCHS ? copy.commitment! - DROP_WINDOW_EPOCHS : 0n;
  return { ...view, sector: { sector, status, location, validUntil } };
}
