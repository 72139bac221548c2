import type { Block } from "../filecoin/block";
import { valuesOf } from "../protocol/enums";
import { marketAbi, repairMinerAbi } from "../protocol/marketAbi";
import { ContractRevertError } from "../filecoin/revert";
import type { Call, Seen } from "../outbox/outbox";
import { shardPlacement } from "../protocol/placement";
import { allowedProof } from "../protocol/providerList";
import type { RepairDecision } from "../policy/repairDeal";
import type { RepairDealView } from "../protocol/repairRecords";
import type { CopyView } from "../policy/repairTerms";
import type { RepairDeal } from "../store/repairDeals";
import { failCopy } from "./bringing";
import { manifestOfDeal, proposalOfDeal } from "./manifestOfDeal";
import type { Doing, MinerParts } from "./parts";

export type TransactionDecision = Exclude<RepairDecision, { kind: "copy" | "wait" }>;

/** The outcome of a decision: it has a receipt, it is on its way, or it was refused for now. */
export type Acted = { outcome: Seen["state"] | "refused"; doing: Doing };

/** Sends what was decided. A refusal is no failure: the next look at the chain decides again. */
export async function act(
  parts: MinerParts,
  deal: RepairDeal,
  view: RepairDealView,
  decision: TransactionDecision,
  at: Block,
): Promise<Acted> {
  const call = await callFor(parts, deal, view, decision);
  try {
    const { state: outcome } = await parts.outbox.sendAndLook(call, at);
    if (outcome === "mined" && decision.kind === "register") await registered(parts, deal, decision.copies);
    return { outcome, doing: { what: `${decision.kind}: ${outcome}`, why: decision.reason } };
  } catch (error) {
    if (!(error instanceof ContractRevertError)) throw error;
    if (decision.kind === "register") await dropRefused(parts, deal, decision.copies, error, at);
    parts.log.warn(
      { deal: deal.id, act: decision.kind, refusal: error.message },
      "the market refused the transaction; deciding again at the next look",
    );
    return { outcome: "refused", doing: { what: `${decision.kind}: refused`, why: error.message } };
  }
}

async function callFor(
  parts: MinerParts,
  deal: RepairDeal,
  view: RepairDealView,
  decision: TransactionDecision,
): Promise<Call> {
  const { chain, repairMiner } = parts;
  const { dealId } = view;
  const about = { requestId: dealId, single: true, reason: `deal ${dealId}: ${decision.kind}: ${decision.reason}` };
  const market = (data: string) => ({ ...about, to: chain.addresses.market, data });
  switch (decision.kind) {
    case "register": {
      const placements = await Promise.all(decision.copies.map((copy) => placementOf(parts, deal, copy)));
      const data = repairMinerAbi.encodeFunctionData("placeShards", [dealId, placements]);
      return { ...about, to: repairMiner, data };
    }
    case "prove":
    case "cure": {
      // As of now: sectors move within their miner's partitions.
      const shards = decision.shards.length === 0 ? [] : await chain.shardsOf(dealId, "latest");
      const locations = decision.shards.map((shard) => shards[shard]!.location);
      if (decision.kind === "cure" && decision.shards.length === 1)
        return market(marketAbi.encodeFunctionData("cure", [dealId, decision.shards[0]!, locations[0]!]));
      return market(marketAbi.encodeFunctionData("proveRepair", [dealId, decision.shards, locations]));
    }
    case "settle":
      return market(marketAbi.encodeFunctionData("settle", [dealId]));
    case "withdraw":
      return market(marketAbi.encodeFunctionData("withdrawEarnings", [dealId]));
  }
}

/** The location is asked for just before it is used: sectors move within their miner's partitions. */
async function placementOf(parts: MinerParts, deal: RepairDeal, { shard, provider, sector: sealed }: CopyView) {
  const { sector } = sealed!;
  const { location } = await parts.chain.locate(provider, sector, "latest");
  const allowed = allowedProof(proposalOfDeal(deal).providers, provider);
  return shardPlacement(manifestOfDeal(deal), shard, { provider, sector, location, allowed });
}

/** The market names these copies now; those that they replaced are spent. */
export async function registered(
  parts: MinerParts,
  deal: RepairDeal,
  copies: readonly Pick<CopyView, "identifier" | "shard">[],
): Promise<void> {
  const known = await parts.deals.copiesOf(deal.id);
  for (const { identifier, shard } of copies) {
    for (const other of known) {
      if (other.state === "placed" && Number(other.shard) === shard && other.identifier !== identifier)
        await parts.deals.moveCopy(other.identifier, "spent");
    }
    await parts.deals.moveCopy(identifier, "placed");
  }
}

/** Faults of a placement that pass with time: the sector shows as active a little later, or again. */
const PASSING = [valuesOf("PlacementFault").NotProvenActive];

async function dropRefused(
  parts: MinerParts,
  deal: RepairDeal,
  copies: readonly CopyView[],
  refusal: ContractRevertError,
  at: Block,
): Promise<void> {
  const { shard, fault } = refusal.args as { shard?: bigint; fault?: bigint };
  const invalid = refusal.reason === "RepairMarket_PlacementInvalid" && !PASSING.includes(fault ?? -1n);
  if (!invalid && refusal.reason !== "RepairMarket_CopyInUse") return;
  const copy = copies.find((one) => BigInt(one.shard) === shard);
  const row = (await parts.deals.copiesOf(deal.id)).find(({ identifier }) => identifier === copy?.identifier);
  if (row !== undefined) await failCopy(parts, row, at, refusal.message);
}
