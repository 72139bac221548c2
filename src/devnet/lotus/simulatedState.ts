import { type Interface, type Log, type Result, toQuantity } from "ethers";
import { base32 } from "multiformats/bases/base32";

import { SimulatedKernel__factory, SimulatedMarket__factory, SimulatedMiners__factory } from "../../../typechain-types";
import { addressToBytes, parseAddress } from "../../filecoin/filecoinAddress";
import { CONTROL, type Eip1193Provider, type SimulatedFilecoin } from "../actors/filecoin";
import type {
  LotusActorEvent,
  LotusBlock,
  LotusDeal,
  LotusMiner,
  LotusPiece,
  LotusSector,
  LotusState,
  NoMiner,
} from "./state";

const kernelAbi = SimulatedKernel__factory.createInterface();
const marketAbi = SimulatedMarket__factory.createInterface();
const minersAbi = SimulatedMiners__factory.createInterface();

const MARKET_ACTOR = 5n;
const CHECKSUM_BYTES = 4;

/** The code names of actors that are no miners. */
const SINGLETONS: Readonly<Record<string, string>> = {
  "0": "system",
  "1": "init",
  "2": "reward",
  "3": "cron",
  "4": "storagepower",
  "5": "storagemarket",
  "6": "verifiedregistry",
  "7": "datacap",
  "10": "eam",
};

/** The simulated actors' state as the Lotus endpoint reads it. */
export class SimulatedState implements LotusState {
  constructor(
    private readonly filecoin: SimulatedFilecoin,
    private readonly provider: Eip1193Provider,
  ) {}

  async head(): Promise<LotusBlock> {
    return this.block("latest");
  }

  async deal(id: bigint): Promise<LotusDeal | undefined> {
    const deal = await this.filecoin.deal(id);
    if (deal === undefined) return undefined;
    const { pieceRoot: root, startEpoch: start, endEpoch: end, label, settledTo, activatedAt, sector, ...same } = deal;
    return {
      ...same,
      root,
      start,
      end,
      sector: sector ?? 0n,
      activatedAt: activatedAt ?? 0n,
      paidUntil: settledTo ?? 0n,
      label: typeof label === "string" ? label : Buffer.from(label).toString("latin1"),
    };
  }

  async miner(id: bigint): Promise<LotusMiner | NoMiner> {
    if (!(await this.filecoin.isMiner(id))) {
      if (!(await this.filecoin.actorExists(id))) return { missing: true };
      return { kind: SINGLETONS[id.toString()] ?? "account" };
    }
    const { owner, sectorSize, partitionSectors, periodOffset, peerId } = await this.filecoin.miner(id);
    return { owner, sectorBytes: sectorSize, partitionSectors: Number(partitionSectors), periodOffset, peerId };
  }

  async sector(miner: bigint, number: bigint): Promise<LotusSector | undefined> {
    const found = await this.filecoin.sector(miner, number);
    if (found.committedAt === 0n) return undefined;
    const pieces = await this.filecoin.piecesOf(miner, number);
    return { ...found, deadline: Number(found.deadline), partition: Number(found.partition), pieces };
  }

  async sectors(miner: bigint): Promise<LotusSector[]> {
    const sectors = await this.filecoin.sectors(miner);
    // What is asked of all sectors at once never concerns their pieces.
    return sectors.map((one) => ({
      ...one,
      deadline: Number(one.deadline),
      partition: Number(one.partition),
      pieces: [],
    }));
  }

  async partitions(miner: bigint, deadline: number): Promise<bigint[][]> {
    return (await this.filecoin.partitions(miner, BigInt(deadline))).map(({ all }) => all);
  }

  async lookupId(address: string): Promise<bigint | undefined> {
    const [valid, found, id] = await this.read(CONTROL.kernel, kernelAbi, "resolve", [rawAddress(address)]);
    return valid === true && found === true ? (id as bigint) : undefined;
  }

  async events(fromHeight: bigint, toHeight: bigint): Promise<LotusActorEvent[]> {
    const head = (await this.head()).number;
    const filter = {
      address: [CONTROL.market, CONTROL.miners],
      fromBlock: toQuantity(fromHeight < head ? fromHeight : head),
      toBlock: toQuantity(toHeight < head ? toHeight : head),
    };
    const logs = (await this.provider.request({ method: "eth_getLogs", params: [filter] })) as Log[];
    const events: LotusActorEvent[] = [];
    for (const log of logs) {
      const event = await this.event(log);
      if (event !== undefined) events.push(event);
    }
    return events;
  }

  private async event(log: Log): Promise<LotusActorEvent | undefined> {
    const height = BigInt(log.blockNumber);
    const where = { height, blockHash: log.blockHash, transactionHash: log.transactionHash };
    const market = log.address.toLowerCase() === CONTROL.market;
    const parsed = (market ? marketAbi : minersAbi).parseLog(log);
    if (parsed === null) return undefined;
    const { name, args } = parsed;
    if (market) {
      const type = MARKET_EVENTS[name];
      if (type === undefined) return undefined;
      const { dealId: id, client, provider } = args as unknown as { dealId: bigint; client: bigint; provider: bigint };
      return { ...where, emitter: MARKET_ACTOR, type, id, client, provider };
    }
    const { miner: emitter, sector } = args as unknown as { miner: bigint; sector: bigint };
    if (name === "SectorPrecommitted") return { ...where, emitter, type: "sector-precommitted", sector };
    // A node of network version 28 showed no event of a sector's termination: f05 tells of the deals in it.
    if (name !== "SectorActivated" && name !== "SectorUpdated") return undefined;
    const type = name === "SectorActivated" ? "sector-activated" : "sector-updated";
    const sectorBytes = (await this.filecoin.miner(emitter)).sectorSize;
    return { ...where, emitter, type, sector, sectorBytes, pieces: piecesOf(args) };
  }

  private async block(tag: string): Promise<LotusBlock> {
    const raw = (await this.provider.request({ method: "eth_getBlockByNumber", params: [tag, false] })) as {
      number: string;
      hash: string;
      parentHash: string;
      timestamp: string;
    };
    const { hash, parentHash } = raw;
    return { number: BigInt(raw.number), hash, parentHash, timestamp: BigInt(raw.timestamp) };
  }

  private async read(to: string, abi: Interface, name: string, args: unknown[]): Promise<Result> {
    const call = { to, data: abi.encodeFunctionData(name, args) };
    const answer = await this.provider.request({ method: "eth_call", params: [call, "latest"] });
    return abi.decodeFunctionResult(name, answer as string);
  }
}

const MARKET_EVENTS: Readonly<
  Record<string, "deal-published" | "deal-activated" | "deal-terminated" | "deal-completed">
> = {
  DealPublished: "deal-published",
  DealActivated: "deal-activated",
  DealTerminated: "deal-terminated",
  DealCompleted: "deal-completed",
};

function piecesOf(args: Result): LotusPiece[] {
  const pieces = args.getValue("pieces") as { root: string; paddedSize: bigint }[];
  return pieces.map(({ root, paddedSize }) => ({
    root: Uint8Array.from(Buffer.from(root.slice(2), "hex")),
    paddedBytes: paddedSize,
  }));
}

/** The bytes of an address of any kind: also of those that this program has no other use for. */
function rawAddress(text: string): Uint8Array {
  const protocol = Number(text[1]);
  if (protocol !== 1 && protocol !== 2 && protocol !== 3) return addressToBytes(parseAddress(text));
  return Uint8Array.from([protocol, ...base32.baseDecode(text.slice(2)).slice(0, -CHECKSUM_BYTES)]);
}
