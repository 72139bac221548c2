import { valuesOf } from "../../protocol/enums";
import { shardPlacement } from "../../protocol/placement";
import type { Manifest } from "../../data/manifest";
import type { RepairMarketLens } from "../../../typechain-types";
import { MarketTaskError } from "./open";

const { Unproven: UNPROVEN } = valuesOf("SectorStatus");

/** A shard's placement, with the location of its sector as of now. */
export async function placementOf(
  lens: RepairMarketLens,
  data: Manifest,
  shard: number,
  { provider, sector }: { provider: bigint; sector: bigint },
  f05Deal?: string,
) {
  const { status, location } = await lens.locate(provider, sector);
  if (status === UNPROVEN)
    throw new MarketTaskError(
      `f0${provider} does not confirm sector ${sector}: check --provider (a miner actor's id) and --sector.`,
    );
  const deal = f05Deal === undefined ? {} : { f05Deal: BigInt(f05Deal) };
  return shardPlacement(data, shard, { provider, sector, location, ...deal });
}
