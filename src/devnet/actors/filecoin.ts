import { hexlify, keccak256, toQuantity, toUtf8Bytes } from "ethers";

import { SimulatedKernel__factory, SimulatedMarket__factory, SimulatedMiners__factory } from "../../../typechain-types";
import { CONTROL, forwarderCode, maskedAddress, NATIVE_ACTOR_CODE } from "./addresses";
import { LocalChain, type Eip1193Provider, type Receipt } from "./chain";
import { enableOperator, installActors, isInstalled, makeAccountExist } from "./install";
import { CommitFailedError, exchangeOf, type Exchange } from "./exchanges";
import { dealPiece, flatten, hasContractNotice, type SectorManifest } from "./manifest";
import { FilecoinReads } from "./reads";
import { speakAs } from "./voice";

export { CommitFailedError, type Exchange } from "./exchanges";
export { SimulatedActorError, type Eip1193Provider } from "./chain";
export { maskedAddress, PRECOMPILE, CONTROL } from "./addresses";
export type { NoticeManifest, PieceManifest, SectorManifest } from "./manifest";
export type { ActorEvent, DealEvent, SectorEvent } from "./actorEvents";
export * from "./reads";

const kernelAbi = SimulatedKernel__factory.createInterface();
const marketAbi = SimulatedMarket__factory.createInterface();
const minersAbi = SimulatedMiners__factory.createInterface();

const KIND = { native: 1, account: 2 } as const;
const GIB = 1n << 30n;
const PROVING_PERIOD = 2880n;
const SECONDS_PER_EPOCH = 30;

/** Epochs per deadline window etc. are Filecoin's; how many sectors a partition holds is too (32 GiB sectors). */
const PARTITION_SECTORS = 2349n;

export interface NewMiner {
  /** Actor id; the next free one when left out. */
  id?: bigint;
  owner?: bigint;
  peerId?: Uint8Array;
  /** Bytes, 32 GiB when left out. */
  sectorSize?: bigint;
  /** Sectors a partition holds, 2349 when left out; few of them make compaction move sectors soon. */
  partitionSectors?: bigint;
  /** The epoch, modulo 2880, at which its proving periods start. */
  periodOffset?: bigint;
  /** Its f2 address as bytes. */
  robustAddress?: Uint8Array;
}

export interface NewDeal {
  provider: bigint;
  client: bigint;
  pieceRoot: Uint8Array;
  paddedBytes: bigint;
  startEpoch: bigint;
  endEpoch: bigint;
  pricePerEpochAtto?: bigint;
  label?: string | Uint8Array;
  verified?: boolean;
  providerCollateralAtto?: bigint;
  clientCollateralAtto?: bigint;
}

export interface NewSector extends Omit<SectorManifest, "number"> {
  provider: bigint;
  /** The next free number when left out. */
  number?: bigint;
  /** A refused notification stops the commit. Left out: only when deals are to be activated. */
  requireNotificationSuccess?: boolean;
}

/** The chain has no simulated actors; the message says how to start them. */
export class NoSimulatedFilecoinError extends Error {
  constructor() {
    super(
      "there is no simulated Filecoin on this chain; start one with `npm start`, or deploy with --tags SimulatedActors",
    );
    this.name = "NoSimulatedFilecoinError";
  }
}

/** The built-in actors of a local network, and the messages that are sent to them from outside of contracts. */
export class SimulatedFilecoin extends FilecoinReads {
  /** Puts the actors on the chain behind `provider`, unless they are there. */
  static async install(provider: Eip1193Provider): Promise<SimulatedFilecoin> {
    const chain = new LocalChain(provider);
    if (!(await isInstalled(chain))) await installActors(chain);
    await enableOperator(chain);
    return new SimulatedFilecoin(chain);
  }

  /** Connects to actors that are there already. */
  static async attach(provider: Eip1193Provider): Promise<SimulatedFilecoin> {
    const chain = new LocalChain(provider);
    if (!(await isInstalled(chain))) throw new NoSimulatedFilecoinError();
    await enableOperator(chain);
    return new SimulatedFilecoin(chain);
  }

  /** Lets `epochs` epochs pass, and records the deaths that fall into them. */
  async skip(epochs: bigint): Promise<void> {
    const target = (await this.epoch()) + epochs;
    for (;;) {
      const death = await this.nextDeath();
      const now = await this.epoch();
      if (death === 0n || death > target || now >= target) break;
      if (death - 1n > now) await this.#mine(death - 1n - now);
      await this.#miners("recordDeaths", []);
    }
    const now = await this.epoch();
    if (target > now) await this.#mine(target - now);
  }

  /** The actor id of an Ethereum address; it gets one, or `id`, when it has none. */
  async actorIdOf(address: string, id = 0n): Promise<bigint> {
    const [known] = await this.chain.call(CONTROL.kernel, kernelAbi, "idOf", [address]);
    await this.#kernel("assign", [address, id]);
    const [assigned] = await this.chain.call(CONTROL.kernel, kernelAbi, "idOf", [address]);
    const mask = maskedAddress(assigned as bigint);
    if (known !== assigned || (await this.chain.request("eth_getCode", mask, "latest")) === "0x") {
      await this.chain.setCode(mask, forwarderCode(address));
    }
    return assigned as bigint;
  }

  /** A native account (f1 or f3): it has no f4 address, and contracts see it by its masked id. */
  async createAccount(o: { id?: bigint; robustAddress?: Uint8Array } = {}): Promise<bigint> {
    const receipt = await this.#kernel("create", [KIND.account, o.id ?? 0n, hexlify(o.robustAddress ?? "0x")]);
    const id = eventArg(receipt, kernelAbi, "ActorAssigned", "id");
    await makeAccountExist(this.chain, maskedAddress(id));
    return id;
  }

  /** The next actor that is made without an id of its own gets `id`. */
  async continueIdsAt(id: bigint): Promise<void> {
    await this.#kernel("continueAt", [id]);
  }

  async createMiner(o: NewMiner = {}): Promise<bigint> {
    const owner = o.owner ?? (await this.createAccount());
    const seed = keccak256(toUtf8Bytes(`miner of ${owner} at ${await this.epoch()}`));
    const receipt = await this.#miners("create", [
      {
        id: o.id ?? 0n,
        owner,
        sectorSize: o.sectorSize ?? 32n * GIB,
        partitionSectors: o.partitionSectors ?? PARTITION_SECTORS,
        periodOffset: o.periodOffset ?? BigInt(seed) % PROVING_PERIOD,
        peerId: hexlify(o.peerId ?? toUtf8Bytes(`peer-${owner}`)),
        robust: o.robustAddress === undefined ? `0x02${seed.slice(2, 42)}` : hexlify(o.robustAddress),
      },
    ]);
    const id = eventArg(receipt, minersAbi, "MinerCreated", "miner");
    await this.chain.setCode(maskedAddress(id), NATIVE_ACTOR_CODE);
    return id;
  }

  /** Publishes one deal; its id. Deal ids start at 0. */
  async publishDeal(deal: NewDeal): Promise<bigint> {
    const [id] = await this.publishDeals([deal]);
    return id as bigint;
  }

  /** Publishes deals in one message; their ids. */
  async publishDeals(deals: NewDeal[]): Promise<bigint[]> {
    const proposals = deals.map((deal) => ({
      pieceRoot: hexlify(deal.pieceRoot),
      paddedSize: deal.paddedBytes,
      client: deal.client,
      provider: deal.provider,
      start: deal.startEpoch,
      end: deal.endEpoch,
      verified: deal.verified ?? false,
      textLabel: !(deal.label instanceof Uint8Array),
      label: deal.label instanceof Uint8Array ? hexlify(deal.label) : hexlify(toUtf8Bytes(deal.label ?? "")),
      pricePerEpoch: deal.pricePerEpochAtto ?? 0n,
      clientCollateral: deal.clientCollateralAtto ?? 0n,
      providerCollateral: deal.providerCollateralAtto ?? 0n,
    }));
    const receipt = await this.chain.transact(CONTROL.market, marketAbi, "publish", [proposals]);
    const first = eventArg(receipt, marketAbi, "DealPublished", "dealId");
    return deals.map((_, index) => first + BigInt(index));
  }

  async preCommit(provider: bigint, sectors: bigint[]): Promise<void> {
    await this.#miners("preCommit", [provider, sectors]);
  }

  /** Commits one sector; its number. */
  async commitSector(sector: NewSector): Promise<bigint> {
    const number = sector.number ?? (await this.miner(sector.provider)).nextSector;
    const requireSuccess = sector.requireNotificationSuccess ?? (sector.dealIds ?? []).length > 0;
    await this.commitSectors(sector.provider, [{ ...sector, number }], requireSuccess);
    return number;
  }

  /** Commits sectors in one message (ProveCommitSectors3); the notifications that it sent. */
  async commitSectors(
    provider: bigint,
    sectors: SectorManifest[],
    requireNotificationSuccess: boolean,
  ): Promise<Exchange[]> {
    return this.#commit("commit", provider, sectors, requireNotificationSuccess);
  }

  /** Puts pieces into sectors committed without any (ProveReplicaUpdates3). */
  async updateSectors(
    provider: bigint,
    updates: Omit<SectorManifest, "expiration">[],
    requireNotificationSuccess: boolean,
  ): Promise<Exchange[]> {
    const sectors: SectorManifest[] = [];
    for (const update of updates) {
      sectors.push({ ...update, expiration: (await this.sector(provider, update.number)).expiration });
    }
    return this.#commit("update", provider, sectors, requireNotificationSuccess);
  }

  /** The provider declares a fault: the sector is faulty at once. */
  async declareFault(provider: bigint, sector: bigint): Promise<void> {
    await this.#miners("declareFault", [provider, sector]);
  }

  /** The data is lost and the provider does not declare it: the sector is faulty from the end of its next deadline on. */
  async fault(provider: bigint, sector: bigint): Promise<void> {
    await this.#miners("loseData", [provider, sector]);
  }

  /** The provider declares a recovery: the sector stays faulty until the end of its next deadline. */
  async declareRecovery(provider: bigint, sector: bigint): Promise<void> {
    await this.#miners("declareRecovery", [provider, sector]);
  }

  /** The sector is proven at once, whatever its deadline. */
  async recover(provider: bigint, sector: bigint): Promise<void> {
    await this.#miners("recover", [provider, sector]);
  }

  /** The sector and its running deals are gone at once. */
  async terminate(provider: bigint, sector: bigint): Promise<void> {
    await this.#miners("terminate", [provider, sector]);
  }

  /** Compacts the provider's partitions: dead sectors leave the state, living ones may move. */
  async compact(provider: bigint): Promise<void> {
    await this.#miners("compact", [provider]);
  }

  async extend(provider: bigint, sector: bigint, expiration: bigint): Promise<void> {
    await this.#miners("extend", [provider, sector, expiration]);
  }

  /** Settles deals, which anybody may do: ended ones and those that missed their start are removed. */
  async settle(dealIds: bigint[]): Promise<void> {
    await this.chain.transact(CONTROL.market, marketAbi, "settle", [dealIds]);
  }

  async #commit(
    name: "commit" | "update",
    provider: bigint,
    wanted: SectorManifest[],
    requireSuccess: boolean,
  ): Promise<Exchange[]> {
    const sectors = await Promise.all(wanted.map((sector) => this.#withDeals(sector)));
    const send = () => this.#miners(name, [provider, flatten(sectors), requireSuccess]);
    const receipt = await (hasContractNotice(sectors) ? speakAs(this.chain, provider, send) : send());
    return exchangesIn(receipt);
  }

  async #withDeals(sector: SectorManifest): Promise<SectorManifest> {
    const pieces = [];
    for (const id of sector.dealIds ?? []) {
      const deal = await this.deal(id);
      if (deal === undefined) throw new Error(`deal ${id} was never published`);
      pieces.push(dealPiece(deal));
    }
    return { ...sector, pieces: [...pieces, ...(sector.pieces ?? [])] };
  }

  async #mine(epochs: bigint): Promise<void> {
    await this.chain.request("hardhat_mine", toQuantity(epochs), toQuantity(SECONDS_PER_EPOCH));
  }

  #kernel(name: string, args: unknown[]): Promise<Receipt> {
    return this.chain.transact(CONTROL.kernel, kernelAbi, name, args);
  }

  async #miners(name: string, args: unknown[]): Promise<Receipt> {
    try {
      return await this.chain.transact(CONTROL.miners, minersAbi, name, args);
    } catch (error) {
      throw CommitFailedError.from(error) ?? error;
    }
  }
}

function exchangesIn(receipt: Receipt): Exchange[] {
  return receipt.logs.flatMap((log) => {
    const parsed = minersAbi.parseLog(log);
    return parsed?.name === "ReceiverNotified" ? [exchangeOf(parsed.args)] : [];
  });
}

function eventArg(
  receipt: Receipt,
  abi: typeof kernelAbi | typeof minersAbi | typeof marketAbi,
  event: string,
  arg: string,
): bigint {
  for (const log of receipt.logs) {
    const parsed = abi.parseLog(log);
    if (parsed?.name === event) return parsed.args.getValue(arg) as bigint;
  }
  throw new Error(`the receipt has no event ${event}`);
}
