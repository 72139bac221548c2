import { SimulatedKernel__factory, SimulatedMarket__factory, SimulatedMiners__factory } from "../../../typechain-types";
import { readActorEvents, type ActorEvent } from "./actorEvents";
import { CONTROL } from "./addresses";
import type { LocalChain } from "./chain";

const kernelAbi = SimulatedKernel__factory.createInterface();
const marketAbi = SimulatedMarket__factory.createInterface();
const minersAbi = SimulatedMiners__factory.createInterface();

const PAGE = 200n;

export interface DealInfo {
  id: bigint;
  pieceRoot: Uint8Array;
  paddedBytes: bigint;
  client: bigint;
  provider: bigint;
  startEpoch: bigint;
  endEpoch: bigint;
  pricePerEpochAtto: bigint;
  clientCollateralAtto: bigint;
  providerCollateralAtto: bigint;
  verified: boolean;
  label: string | Uint8Array;
  /** Undefined until the deal is activated. */
  activatedAt?: bigint;
  sector?: bigint;
  /** The epoch to which payments were settled; undefined when they never were. */
  settledTo?: bigint;
  /** Settled, terminated or timed out: the market answers exit 32. */
  gone: boolean;
}

/** `Status` of contracts/simulated/MinerState.sol, in order; test/src/protocol/enums.test.ts holds it to the source. */
export const SIMULATED_STATUSES = ["dead", "active", "faulty"] as const;
export type SectorStatusName = (typeof SIMULATED_STATUSES)[number];

export interface SectorInfo {
  number: bigint;
  expiration: bigint;
  committedAt: bigint;
  status: SectorStatusName;
  /** Been through a deadline since its commit. */
  proven: boolean;
  /** Recovery declared and not yet proven. */
  recovering: boolean;
  /** In a partition: committed and not compacted away. */
  inPartition: boolean;
  deadline: bigint;
  partition: bigint;
  /** The last epoch of the deadline at which it expires on time. */
  onTimeLast: bigint;
  /** The last epoch before its fault kills it; 0 without a fault, or when it expires first. */
  earlyLast: bigint;
}

export interface MinerInfo {
  owner: bigint;
  sectorSize: bigint;
  partitionSectors: bigint;
  periodOffset: bigint;
  nextSector: bigint;
  sectorCount: bigint;
  peerId: Uint8Array;
}

/** Sector numbers of one partition, as Lotus tells them apart. */
export interface PartitionInfo {
  all: bigint[];
  faulty: bigint[];
  recovering: bigint[];
  live: bigint[];
  active: bigint[];
}

/** What observers outside of contracts read: the state that a Lotus node answers from. */
export class FilecoinReads {
  constructor(protected readonly chain: LocalChain) {}

  epoch(): Promise<bigint> {
    return this.chain.epoch();
  }

  async dealCount(): Promise<bigint> {
    return (await this.chain.call(CONTROL.market, marketAbi, "dealCount", []))[0] as bigint;
  }

  /** All deals ever published, by id. */
  async deals(): Promise<DealInfo[]> {
    const count = await this.dealCount();
    const deals: DealInfo[] = [];
    for (let first = 0n; first < count; first += PAGE) deals.push(...(await this.#dealPage(first, PAGE)));
    return deals;
  }

  /** One deal; undefined when its id was never published. */
  async deal(id: bigint): Promise<DealInfo | undefined> {
    return (await this.#dealPage(id, 1n))[0];
  }

  async miners(): Promise<bigint[]> {
    return [...((await this.chain.call(CONTROL.miners, minersAbi, "minerIds", []))[0] as bigint[])];
  }

  async isMiner(id: bigint): Promise<boolean> {
    return (await this.chain.call(CONTROL.miners, minersAbi, "isMiner", [id]))[0] as boolean;
  }

  /** Whether there is an actor of that id at all. */
  async actorExists(id: bigint): Promise<boolean> {
    return ((await this.chain.call(CONTROL.kernel, kernelAbi, "kindOf", [id]))[0] as bigint) !== 0n;
  }

  async miner(provider: bigint): Promise<MinerInfo> {
    const [miner] = await this.chain.call(CONTROL.miners, minersAbi, "minerOf", [provider]);
    return { ...(miner.toObject() as Omit<MinerInfo, "peerId">), peerId: bytes(miner.peerId as string) };
  }

  /** A provider's sectors in the order of their commits, dead ones too. */
  async sectors(provider: bigint): Promise<SectorInfo[]> {
    const { sectorCount } = await this.miner(provider);
    const sectors: SectorInfo[] = [];
    for (let first = 0n; first < sectorCount; first += PAGE) {
      const [page] = await this.chain.call(CONTROL.miners, minersAbi, "sectors", [provider, first, PAGE]);
      sectors.push(...(page as SectorTuple[]).map(sectorInfo));
    }
    return sectors;
  }

  /** One sector; `committedAt` is 0 when it was never committed. */
  async sector(provider: bigint, number: bigint): Promise<SectorInfo> {
    const [found] = await this.chain.call(CONTROL.miners, minersAbi, "sectorOf", [provider, number]);
    return sectorInfo(found as SectorTuple);
  }

  async piecesOf(provider: bigint, sector: bigint): Promise<{ root: Uint8Array; paddedBytes: bigint }[]> {
    const [pieces] = await this.chain.call(CONTROL.miners, minersAbi, "piecesOf", [provider, sector]);
    return (pieces as { root: string; paddedSize: bigint }[]).map((piece) => ({
      root: bytes(piece.root),
      paddedBytes: piece.paddedSize,
    }));
  }

  /** The f05 deals in a sector, gone ones too. */
  async faults(provider: bigint): Promise<bigint[]> {
    return (await this.sectors(provider)).filter(({ status }) => status === "faulty").map(({ number }) => number);
  }

  /** Faulty sectors whose recovery is declared. */
  async recoveries(provider: bigint): Promise<bigint[]> {
    return (await this.sectors(provider)).filter(({ recovering }) => recovering).map(({ number }) => number);
  }

  async partitions(provider: bigint, deadline: bigint): Promise<PartitionInfo[]> {
    const known = new Map((await this.sectors(provider)).map((sector) => [sector.number, sector]));
    const [partitions] = await this.chain.call(CONTROL.miners, minersAbi, "partitions", [provider, deadline]);
    return (partitions as bigint[][]).map((numbers) => partitionInfo([...numbers], known));
  }

  /** As `StateSectorExpiration`: `early` only while faulty; undefined for unknown and terminated sectors. */
  async sectorExpiration(provider: bigint, number: bigint): Promise<{ onTime: bigint; early: bigint } | undefined> {
    const sector = await this.sector(provider, number);
    if (sector.committedAt === 0n || sector.status === "dead") return undefined;
    if (sector.earlyLast !== 0n) return { onTime: 0n, early: sector.earlyLast };
    return { onTime: sector.onTimeLast, early: 0n };
  }

  /** What the actors emitted in epochs `from` to `to`, both included. */
  async actorEvents(from: bigint, to: bigint): Promise<ActorEvent[]> {
    return readActorEvents(this.chain, from, to);
  }

  /** The next epoch at which a fault kills a sector; 0 when none will. */
  protected async nextDeath(): Promise<bigint> {
    return (await this.chain.call(CONTROL.miners, minersAbi, "nextDeath", []))[0] as bigint;
  }

  async #dealPage(first: bigint, count: bigint): Promise<DealInfo[]> {
    const [page] = await this.chain.call(CONTROL.market, marketAbi, "deals", [first, count]);
    return (page as DealTuple[]).map((deal, index) => dealInfo(first + BigInt(index), deal));
  }
}

interface DealTuple {
  pieceRoot: string;
  client: bigint;
  provider: bigint;
  start: bigint;
  end: bigint;
  paddedSize: bigint;
  sector: bigint;
  activatedAt: bigint;
  paidUntil: bigint;
  gone: boolean;
  verified: boolean;
  textLabel: boolean;
  pricePerEpoch: bigint;
  clientCollateral: bigint;
  providerCollateral: bigint;
  label: string;
}

interface SectorTuple {
  number: bigint;
  expiration: bigint;
  committedAt: bigint;
  onTimeLast: bigint;
  earlyLast: bigint;
  place: { deadline: bigint; partition: bigint; inPartition: boolean };
  health: { status: bigint; proven: boolean; recovering: boolean };
}

function dealInfo(id: bigint, deal: DealTuple): DealInfo {
  const label = bytes(deal.label);
  return {
    id,
    pieceRoot: bytes(deal.pieceRoot),
    paddedBytes: deal.paddedSize,
    client: deal.client,
    provider: deal.provider,
    startEpoch: deal.start,
    endEpoch: deal.end,
    pricePerEpochAtto: deal.pricePerEpoch,
    clientCollateralAtto: deal.clientCollateral,
    providerCollateralAtto: deal.providerCollateral,
    verified: deal.verified,
    label: deal.textLabel ? new TextDecoder().decode(label) : label,
    activatedAt: deal.activatedAt === 0n ? undefined : deal.activatedAt,
    sector: deal.activatedAt === 0n ? undefined : deal.sector,
    settledTo: deal.paidUntil === 0n ? undefined : deal.paidUntil,
    gone: deal.gone,
  };
}

function sectorInfo(sector: SectorTuple): SectorInfo {
  return {
    number: sector.number,
    expiration: sector.expiration,
    committedAt: sector.committedAt,
    status: SIMULATED_STATUSES[Number(sector.health.status)] as SectorStatusName,
    proven: sector.health.proven,
    recovering: sector.health.recovering,
    inPartition: sector.place.inPartition,
    deadline: sector.place.deadline,
    partition: sector.place.partition,
    onTimeLast: sector.onTimeLast,
    earlyLast: sector.earlyLast,
  };
}

function partitionInfo(all: bigint[], known: Map<bigint, SectorInfo>): PartitionInfo {
  const having = (wanted: (sector: SectorInfo) => boolean) => all.filter((number) => wanted(known.get(number)!));
  return {
    all,
    faulty: having(({ status }) => status === "faulty"),
    recovering: having(({ recovering }) => recovering),
    live: having(({ status }) => status !== "dead"),
    active: having(({ status, proven }) => status === "active" && proven),
  };
}

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.slice(2), "hex"));
}
