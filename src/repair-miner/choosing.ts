import type { Block } from "../filecoin/block";
import { isPlaced, type RepairDealView } from "../protocol/repairRecords";
import { chooseProviders, type Choice, type ProviderOffer, RECENT_EPOCHS } from "../policy/providerChoice";
import type { RepairDeal } from "../store/repairDeals";
import { allowedProviders } from "./manifestOfDeal";
import type { MinerParts } from "./parts";

/** The providers that may store the deal's shards. */
export async function offersFor(parts: MinerParts, deal: RepairDeal): Promise<ProviderOffer[]> {
  const allowed = allowedProviders(deal);
  const offers = await parts.providers();
  return allowed.size === 0 ? offers : offers.filter(({ id }) => allowed.has(id));
}

/** A provider for one shard. */
export async function choose(
  parts: MinerParts,
  deal: RepairDeal,
  view: RepairDealView,
  shard: number,
  cid: string,
  offers: readonly ProviderOffer[],
  at: Block,
): Promise<Choice> {
  const failures = await parts.failures.relevantTo(cid, at.number - RECENT_EPOCHS);
  const given = {
    offers,
    piece: cid,
    count: 1,
    // Never the one that has lost it: a sector of the same provider is no other place.
    exclude: new Set(
      view.shards.filter((one) => one.shard === shard && isPlaced(one)).map(({ placement }) => placement.provider),
    ),
    holding: await holdings(parts, deal, view, shard),
    maxPerProvider: view.order.maxShardsPerProvider,
    now: at.number,
    ...(parts.settings.maxProviderPriceAtto === undefined ? {} : { maxPriceAtto: parts.settings.maxProviderPriceAtto }),
  };
  const choice = chooseProviders({ ...given, failures });
  if (choice.chosen.length > 0) return choice;
  // No provider is left that has not failed it: one that failed it long ago is better than none.
  const fresh = failures.filter(({ epoch }) => at.number - epoch < parts.settings.retryProviderEpochs);
  const again = chooseProviders({ ...given, failures: fresh });
  return again.chosen.length > 0 ? again : choice;
}

/** Shards of this deal at each provider: where the market names them, and on their way. The shard itself, when it moves,
 *  leaves its old place. */
async function holdings(
  parts: MinerParts,
  deal: RepairDeal,
  view: RepairDealView,
  moving: number,
): Promise<Map<bigint, number>> {
  const held = new Map<bigint, Set<number>>();
  const note = (provider: bigint, shard: number) =>
    void held.set(provider, (held.get(provider) ?? new Set()).add(shard));
  for (const one of view.shards.filter(isPlaced)) if (one.shard !== moving) note(one.placement.provider, one.shard);
  for (const { shard, providerId } of await parts.deals.copiesUnderWay(deal.id)) note(providerId, Number(shard));
  return new Map([...held].map(([provider, shards]) => [provider, shards.size]));
}
