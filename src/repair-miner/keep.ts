import type { Block } from "../filecoin/block";
import { decideRepair, type RepairDecision } from "../policy/repairDeal";
import { isPlaced, type RepairDealView } from "../protocol/repairRecords";
import type { CopyView } from "../policy/repairTerms";
import type { RepairDeal } from "../store/repairDeals";
import { type Acted, act, registered, type TransactionDecision } from "./acting";
import { followCopy, planCopies } from "./bringing";
import { gatherCopies, gatherDeal } from "./gather";
import type { Doing, MinerParts } from "./parts";
import { dropBytes, provideBytes } from "./bytes";

/** One look at a deal on chain, and what it led to. */
interface Kept {
  view: RepairDealView;
  doing: Doing[];
  /** A transaction was mined: there is something new to look at. */
  again: boolean;
  decisions: RepairDecision[];
}

const isTransaction = (decision: RepairDecision): decision is TransactionDecision =>
  decision.kind !== "copy" && decision.kind !== "wait";

/** Chain and store to plain state, to decisions, to acts: the same whatever the deal's state. */
export async function keep(parts: MinerParts, deal: RepairDeal, at: Block): Promise<Kept> {
  const view = await gatherDeal(parts, deal, at);
  parts.seen.set(deal.id, view);
  await dropNeedless(parts, deal, view);
  const copies = await catchUp(parts, deal, view, await gatherCopies(parts, deal, at));
  const decisions = decideRepair(view, copies, parts.rules, parts.policy, at.number);
  const doing: Doing[] = decisions.flatMap((it) =>
    it.kind === "wait"
      ? [{ ...(it.shard === undefined ? {} : { shard: it.shard }), what: "waiting", why: it.reason }]
      : [],
  );
  const wanted = decisions.filter((it) => it.kind === "copy");
  if (wanted.length > 0) doing.push(...(await planCopies(parts, deal, view, wanted, at)));
  doing.push(...(await provideBytes(parts, deal, view)));
  await followAll(parts, deal, at);
  const acted = await actOn(parts, deal, view, decisions, at);
  if (acted !== undefined) doing.push(acted.doing);
  await dropBytes(parts, deal, view);
  return { view, doing, again: acted?.outcome === "mined", decisions };
}

/** Drops planned copies whose shard has recovered: they are not needed. */
async function dropNeedless({ deals }: MinerParts, deal: RepairDeal, view: RepairDealView): Promise<void> {
  for (const { identifier, state, shard, purpose } of await deals.copiesUnderWay(deal.id)) {
    if (state !== "planned" || purpose !== "repair" || view.shards[Number(shard)]?.held !== true) continue;
    await deals.moveCopy(identifier, "spent", { error: "the shard has recovered" });
  }
}

/** A crash between a placement's receipt and its note: the chain names the copy's sector already. */
async function catchUp(
  parts: MinerParts,
  deal: RepairDeal,
  view: RepairDealView,
  copies: CopyView[],
): Promise<CopyView[]> {
  const isNamed = ({ shard, provider, sector }: CopyView) => {
    const named = view.shards[shard];
    if (named === undefined || !isPlaced(named)) return false;
    return named.placement.provider === provider && named.placement.sector === sector?.sector;
  };
  const named = copies.filter(isNamed);
  if (named.length > 0) await registered(parts, deal, named);
  return copies.filter((copy) => !isNamed(copy));
}

async function followAll(parts: MinerParts, deal: RepairDeal, at: Block): Promise<void> {
  const shards = parts.shards;
  // A provider is told where to pull from only when the bytes are there.
  const ready = (await parts.deals.copiesUnderWay(deal.id)).filter(
    ({ state, shard }) => state === "proposed" || (state === "planned" && shards.has(deal.id, Number(shard))),
  );
  // All at the same time: a provider that does not answer must not delay the others.
  await Promise.all(ready.map((copy) => followCopy(parts, copy, at)));
}

async function actOn(
  parts: MinerParts,
  deal: RepairDeal,
  view: RepairDealView,
  decisions: readonly RepairDecision[],
  at: Block,
): Promise<Acted | undefined> {
  const decision = decisions.find(isTransaction);
  return decision === undefined ? undefined : act(parts, deal, view, decision, at);
}
