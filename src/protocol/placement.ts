import { hexlify } from "ethers";

import type { Manifest } from "../data/manifest";
import { proveShard } from "../data/treeProof";
import { valuesOf } from "./enums";

const { Deal: BY_DEAL, Notice: BY_NOTICE } = valuesOf("PlacementKind");

/** The sector of a shard that is a piece by itself, and what proves it. */
interface ShardPlace {
  provider: bigint;
  sector: bigint;
  /** Of the sector, made just before. */
  location: string;
  /** The f05 deal that holds it; none: the sector sent a notice to `SectorContents`. */
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
