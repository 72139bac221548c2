import { hexlify } from "ethers";

import type { Manifest } from "../data/manifest";
import { proveShard } from "../data/treeProof";
import type { RepairMarketLens } from "../../typechain-types";
import { MarketTaskError } from "./open";

/** As `PlacementKind` of contracts/types/Repair.sol. */
const [BY_DEAL, BY_NOTICE] = [1n, 2n];

/** A shard that is a piece by itself, of an f05 deal or onboarded directly, with a fresh location. */
export async function placementOf(
  lens: RepairMarketLens,
  data: Manifest,
  shard: number,
  { provider, sector }: { provider: bigint; sector: bigint },
  f05Deal?: string,
) {
  const { index, path, piece } = proveShard(data, shard);
  const { status, location } = await lens.locate(provider, sector);
  if (status === 0n)
    throw new MarketTaskError(`f0${provider} says nothing of a sector ${sector}: is it a miner actor?`);
  return {
    shard,
    shardRoot: hexlify(piece.root),
    inData: { index, path: path.map((node) => hexlify(node)) },
    kind: f05Deal === undefined ? BY_NOTICE : BY_DEAL,
    provider,
    sector,
    dealId: BigInt(f05Deal ?? 0),
    pieceRoot: hexlify(piece.root),
    pieceHeight: piece.height,
    inPiece: { index: 0n, path: [] },
    location,
    fullTerm: false,
    allowed: [],
  };
}
