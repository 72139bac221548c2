import { hexlify } from "ethers";

import type { Manifest } from "../data/manifest";
import { proveShard } from "../data/treeProof";
import type { RepairMarketLens } from "../../typechain-types";
import { MarketTaskError } from "./open";

/** A shard that is a sector's piece by itself, onboarded directly, with a fresh location. */
export async function placementOf(
  lens: RepairMarketLens,
  data: Manifest,
  shard: number,
  { provider, sector }: { provider: bigint; sector: bigint },
) {
  const { index, path, piece } = proveShard(data, shard);
  const { status, location } = await lens.locate(provider, sector);
  if (status === 0n)
    throw new MarketTaskError(`f0${provider} says nothing of a sector ${sector}: is it a miner actor?`);
  return {
    shard,
    shardRoot: hexlify(piece.root),
    inData: { index, path: path.map((node) => hexlify(node)) },
    kind: 2n,
    provider,
    sector,
    dealId: 0n,
    pieceRoot: hexlify(piece.root),
    pieceHeight: piece.height,
    inPiece: { index: 0n, path: [] },
    location,
    fullTerm: false,
    allowed: [],
  };
}
