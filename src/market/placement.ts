import { hexlify } from "ethers";

import { valuesOf } from "../chain/enums";
import type { Manifest } from "../data/manifest";
import { proveShard } from "../data/treeProof";
import type { RepairMarketLens } from "../../typechain-types";
import { MarketTaskError } from "./open";

const { Deal: BY_DEAL, Notice: BY_NOTICE } = valuesOf("PlacementKind");
const { Unproven: UNPROVEN } = valuesOf("SectorStatus");

/** Where a shard lies that is a piece by itself, and what shows it. */
interface ShardPlace {
  provider: bigint;
  sector: bigint;
  /** Of the sector, made just before. */
  location: string;
  /** The f05 deal that holds it; none: the sector told `SectorContents` of it. */
  f05Deal?: bigint;
  /** Shows that the provider is on the bid's list, if it has one. */
  allowed?: readonly string[];
}

/** As `placeShards` takes it. */
export function shardPlacement(data: Manifest, shard: number, place: ShardPlace) {
  const { index, path, piece } = proveShard(data, shard);
  const { provider, sector, location, f05Deal, allowed = [] } = place;
  return {
    shard,
    shardRoot: hexlify(piece.root),
    inData: { index, path: path.map((node) => hexlify(node)) },
    kind: f05Deal === undefined ? BY_NOTICE : BY_DEAL,
    provider,
    sector,
    dealId: f05Deal ?? 0n,
    pieceRoot: hexlify(piece.root),
    pieceHeight: piece.height,
    inPiece: { index: 0n, path: [] },
    location,
    fullTerm: false,
    allowed: [...allowed],
  };
}

/** The same with a fresh location. */
export async function placementOf(
  lens: RepairMarketLens,
  data: Manifest,
  shard: number,
  { provider, sector }: { provider: bigint; sector: bigint },
  f05Deal?: string,
) {
  const { status, location } = await lens.locate(provider, sector);
  if (status === UNPROVEN)
    throw new MarketTaskError(`f0${provider} says nothing of a sector ${sector}: is it a miner actor?`);
  const deal = f05Deal === undefined ? {} : { f05Deal: BigInt(f05Deal) };
  return shardPlacement(data, shard, { provider, sector, location, ...deal });
}
