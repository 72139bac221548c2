import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { ethers, network } from "hardhat";

import { valuesOf } from "../../src/protocol/enums";
import { type Aggregate, buildAggregate, type InclusionProofAbi } from "../../src/data/aggregate";
import { capacityBytesOf, paddedBytesOf, type Piece } from "../../src/data/piece";
import { pieceCidV1, pieceCidV2 } from "../../src/data/pieceCid";
import { SimulatedFilecoin } from "../../src/devnet/actors/filecoin";
import type { DealStatus } from "../../typechain-types";
import { deployed, fixture } from "./chain";

/** 1 MiB. */
export const HEIGHT = 15;
export const MARKET = 5n;
export const STATE = valuesOf("DealState");
export const REQUEST = valuesOf("RequestState");

/** A start in two days, and the shortest deal. */
export const START_DELAY = 5_760n;
export const DURATION = 180n * 2_880n;

const NO_PATH = { index: 0n, path: [] };
/** The proof of a piece that is the whole deal. */
export const WHOLE_DEAL: InclusionProofAbi = { proofSubtree: NO_PATH, proofIndex: NO_PATH };

export interface World {
  dealStatus: DealStatus;
  filecoin: SimulatedFilecoin;
  client: HardhatEthersSigner;
  stranger: HardhatEthersSigner;
  clientActor: bigint;
  provider: bigint;
  otherProvider: bigint;
}

/** DealStatus as the deploy scripts leave it, on the simulated actors, with two providers. */
export const world = fixture(async (): Promise<World> => {
  const { DealStatus } = await deployed("DealStatus");
  const filecoin = await SimulatedFilecoin.attach(network.provider);
  const [, client, stranger] = await ethers.getSigners();
  return {
    dealStatus: await ethers.getContractAt("DealStatus", DealStatus!.address, client),
    filecoin,
    client: client!,
    stranger: stranger!,
    clientActor: await filecoin.actorIdOf(client!.address),
    provider: await filecoin.createMiner(),
    otherProvider: await filecoin.createMiner(),
  };
});

let pieces = 0;

/** A piece that no other call of this function gives. */
export function examplePiece(overrides: Partial<Piece> = {}): Piece {
  const height = overrides.height ?? HEIGHT;
  const root = ethers.getBytes(ethers.id(`piece ${pieces++}`));
  root[31]! &= 0x3f;
  return { root, height, payloadBytes: capacityBytesOf(height), ...overrides };
}

/** The piece with the same root and another height. */
export const atHeight = (piece: Piece, height: number): Piece => ({
  ...piece,
  height,
  payloadBytes: capacityBytesOf(height),
});

export const cidV1 = (piece: Piece): string => ethers.hexlify(pieceCidV1(piece).bytes);
export const cidV2 = (piece: Piece): string => ethers.hexlify(pieceCidV2(piece).bytes);
export const rootOf = (piece: Piece): string => ethers.hexlify(piece.root);

/** Packs pieces without their bytes. */
export function aggregateOf(members: Piece[], paddedBytes?: bigint): Promise<Aggregate> {
  const open = () => {
    throw new Error("The bytes of an example piece are not there.");
  };
  return buildAggregate(
    members.map((piece) => ({ piece, open })),
    paddedBytes === undefined ? {} : { paddedBytes },
  );
}

export interface DealOptions {
  provider?: bigint;
  startEpoch?: bigint;
  endEpoch?: bigint;
}

/** Publishes a deal for a piece, which starts in two days unless told otherwise. */
export async function publish({ filecoin, provider, clientActor }: World, piece: Piece, options: DealOptions = {}) {
  const startEpoch = options.startEpoch ?? (await filecoin.epoch()) + START_DELAY;
  const endEpoch = options.endEpoch ?? startEpoch + DURATION;
  const dealId = await filecoin.publishDeal({
    provider: options.provider ?? provider,
    client: clientActor,
    pieceRoot: piece.root,
    paddedBytes: paddedBytesOf(piece.height),
    startEpoch,
    endEpoch,
  });
  return { dealId, startEpoch, endEpoch };
}

/** Publishes a deal and commits a sector with it. */
export async function activate(world: World, piece: Piece, options: DealOptions = {}) {
  const deal = await publish(world, piece, options);
  const provider = options.provider ?? world.provider;
  const expiration = deal.endEpoch + 28_800n;
  const sector = await world.filecoin.commitSector({ provider, expiration, dealIds: [deal.dealId] });
  return { ...deal, provider, sector };
}

/** `InclusionVerifierData` of a piece. */
export const verifierData = (piece: Piece, cid = cidV1(piece)) => ({
  commPc: cid,
  sizePc: paddedBytesOf(piece.height),
});

/** Submits a request for a piece, as the client, and returns its id. */
export async function request({ dealStatus }: World, piece: Piece): Promise<bigint> {
  await dealStatus["submit(bytes)"](cidV2(piece));
  return dealStatus.requestCount();
}

export interface ExampleTerms {
  target?: bigint;
  repair?: bigint;
  renew?: bigint;
}

export async function requestRaaS({ dealStatus }: World, piece: Piece, terms: ExampleTerms = {}): Promise<bigint> {
  const { target = 3n, repair = 2_880n, renew = 28_800n } = terms;
  await dealStatus["submitRaaS(bytes,uint256,uint256,uint256)"](cidV2(piece), target, repair, renew);
  return dealStatus.requestCount();
}

export const COMPLETE =
  "complete(uint256,uint64,uint64,((uint64,bytes32[]),(uint64,bytes32[])),(bytes,uint64))" as const;
export const COMPLETE_FRC =
  "complete(uint256,uint64,uint64,uint64,((uint64,bytes32[]),(uint64,bytes32[])),(bytes,uint64))" as const;

/** Requests a piece, puts it into a sector as a whole deal, and completes the request with it. */
export async function listWhole(world: World, piece: Piece, options: DealOptions = {}) {
  const deal = await activate(world, piece, options);
  const id = await request(world, piece);
  await world.dealStatus[COMPLETE](id, deal.dealId, deal.provider, WHOLE_DEAL, verifierData(piece));
  return { ...deal, id };
}

/** Moves on until the next block is at `epoch`. */
export async function skipTo({ filecoin }: World, epoch: bigint): Promise<void> {
  const left = epoch - (await filecoin.epoch());
  if (left > 0n) await filecoin.skip(left);
}
