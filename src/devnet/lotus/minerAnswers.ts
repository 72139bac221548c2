import { sha256 } from "@noble/hashes/sha2";
import { base58btc } from "multiformats/bases/base58";

import { sealedLink } from "./cids";
import { failed } from "./params";
import { runLengths } from "./runLengths";
import { isMiner, type LotusMiner, type LotusSector, type LotusState } from "./state";

const PROVING_PERIOD = 2880;
const DEADLINES = 48;
const WINDOW = PROVING_PERIOD / DEADLINES;
const CHALLENGE_LOOKBACK = 20;
const DECLARATION_CUTOFF = 70;

/** Seal and window proof types (version 1.1) by sector size. */
const PROOFS: Readonly<Record<string, { seal: number; window: number }>> = {
  "2048": { seal: 5, window: 10 },
  "8388608": { seal: 6, window: 11 },
  "536870912": { seal: 7, window: 12 },
  "34359738368": { seal: 8, window: 13 },
  "68719476736": { seal: 9, window: 14 },
};
/** About what a private chain asks as pledge, in attoFIL. */
const PLEDGE_PER_BYTE_ATTO = 29_103_830n;

const proofsOf = (miner: LotusMiner) => PROOFS[miner.sectorBytes.toString()] ?? PROOFS["34359738368"]!;

/** The miner; throws Lotus's error when the actor is not a miner. */
async function loadMiner(state: LotusState, id: bigint): Promise<LotusMiner> {
  const found = await state.miner(id);
  if (isMiner(found)) return found;
  if ("missing" in found) throw failed("failed to load miner actor: actor not found");
  throw failed(`failed to load miner actor state: actor code is not miner: ${found.kind}`);
}

/** Dead ones stay in the state until their partition is compacted. */
const live = (sector: LotusSector) => sector.inPartition && sector.status !== "dead";
const faulty = (sector: LotusSector) => live(sector) && sector.status === "faulty";
const recovering = (sector: LotusSector) => faulty(sector) && sector.recovering;
const active = (sector: LotusSector) => live(sector) && sector.status === "active" && sector.proven;
const numbers = (sectors: LotusSector[], which: (sector: LotusSector) => boolean) =>
  runLengths(sectors.filter(which).map(({ number }) => number));

export async function minerFaults(state: LotusState, id: bigint): Promise<number[]> {
  await loadMiner(state, id);
  return numbers(await state.sectors(id), faulty);
}

export async function minerRecoveries(state: LotusState, id: bigint): Promise<number[]> {
  await loadMiner(state, id);
  return numbers(await state.sectors(id), recovering);
}

export async function minerSectorCount(state: LotusState, id: bigint): Promise<object> {
  await loadMiner(state, id);
  const sectors = await state.sectors(id);
  const count = (which: (sector: LotusSector) => boolean) => sectors.filter(which).length;
  return { Live: count(live), Active: count(active), Faulty: count(faulty) };
}

export async function minerPartitions(state: LotusState, id: bigint, deadline: number): Promise<object[]> {
  await loadMiner(state, id);
  const sectors = await state.sectors(id);
  return (await state.partitions(id, deadline)).map((all) => {
    const here = sectors.filter(({ number }) => all.includes(number));
    return {
      AllSectors: runLengths(all),
      FaultySectors: numbers(here, faulty),
      RecoveringSectors: numbers(here, recovering),
      LiveSectors: numbers(here, live),
      ActiveSectors: numbers(here, active),
    };
  });
}

export async function provingDeadline(state: LotusState, id: bigint): Promise<object> {
  const { periodOffset } = await loadMiner(state, id);
  const epoch = Number((await state.head()).number);
  const into = (((epoch - Number(periodOffset)) % PROVING_PERIOD) + PROVING_PERIOD) % PROVING_PERIOD;
  const start = epoch - into;
  const index = Math.floor(into / WINDOW);
  const open = start + index * WINDOW;
  return {
    CurrentEpoch: epoch,
    PeriodStart: start,
    Index: index,
    Open: open,
    Close: open + WINDOW,
    Challenge: open - CHALLENGE_LOOKBACK,
    FaultCutoff: open - DECLARATION_CUTOFF,
    WPoStPeriodDeadlines: DEADLINES,
    WPoStProvingPeriod: PROVING_PERIOD,
    WPoStChallengeWindow: WINDOW,
    WPoStChallengeLookback: CHALLENGE_LOOKBACK,
    FaultDeclarationCutoff: DECLARATION_CUTOFF,
  };
}

export async function minerInfo(state: LotusState, id: bigint): Promise<object> {
  const miner = await loadMiner(state, id);
  const owner = `f0${miner.owner}`;
  return {
    Owner: owner,
    Worker: owner,
    NewWorker: "<empty>",
    ControlAddresses: null,
    WorkerChangeEpoch: -1,
    PeerId: miner.peerId.length === 0 ? null : base58btc.baseEncode(miner.peerId),
    Multiaddrs: null,
    WindowPoStProofType: proofsOf(miner).window,
    SectorSize: Number(miner.sectorBytes),
    WindowPoStPartitionSectors: miner.partitionSectors,
    ConsensusFaultElapsed: -1,
    PendingOwnerAddress: null,
    Beneficiary: owner,
    BeneficiaryTerm: { Quota: "0", UsedQuota: "0", Expiration: 0 },
    PendingBeneficiaryTerm: null,
  };
}

/** Null for a sector never committed; a terminated one is still there. */
export async function sectorInfo(state: LotusState, id: bigint, number: bigint): Promise<object | null> {
  const miner = await loadMiner(state, id);
  const sector = await state.sector(id, number);
  if (sector === undefined || !sector.inPartition) return null;
  const bytes = sector.pieces.reduce((sum, { paddedBytes }) => sum + paddedBytes, 0n);
  const committed = Number(sector.committedAt);
  return {
    SectorNumber: Number(number),
    SealProof: proofsOf(miner).seal,
    SealedCID: sealedLink(sha256(`f0${id}/${number}`)),
    Activation: committed,
    Expiration: Number(sector.expiration),
    DealWeight: (bytes * (sector.expiration - sector.committedAt)).toString(),
    VerifiedDealWeight: "0",
    InitialPledge: (miner.sectorBytes * PLEDGE_PER_BYTE_ATTO).toString(),
    ExpectedDayReward: null,
    ExpectedStoragePledge: null,
    PowerBaseEpoch: committed,
    ReplacedDayReward: null,
    SectorKeyCID: null,
    Flags: 1,
    DailyFee: "0",
  };
}

/** A terminated sector has a partition until it is compacted. */
export async function sectorPartition(state: LotusState, id: bigint, number: bigint): Promise<object> {
  await loadMiner(state, id);
  const sector = await state.sector(id, number);
  if (sector === undefined || !sector.inPartition) throw failed(`sector ${number} not due at any deadline`);
  return { Deadline: sector.deadline, Partition: sector.partition };
}

/** A faulty sector's `Early` is the last epoch at which it may still be faulty, unless it expires on time before. */
export async function sectorExpiration(state: LotusState, id: bigint, number: bigint): Promise<object> {
  await loadMiner(state, id);
  const sector = await state.sector(id, number);
  if (sector === undefined || !live(sector)) throw failed(`failed to find sector ${number}`);
  const early = faulty(sector) && sector.earlyLast !== 0n;
  return { OnTime: early ? 0 : Number(sector.onTimeLast), Early: early ? Number(sector.earlyLast) : 0 };
}
