import type { LogDescription } from "ethers";

import { SimulatedMarket__factory, SimulatedMiners__factory } from "../../../typechain-types";
import { CONTROL, MARKET_ACTOR } from "./addresses";
import type { LocalChain, Log } from "./chain";

const marketAbi = SimulatedMarket__factory.createInterface();
const minersAbi = SimulatedMiners__factory.createInterface();

/** What built-in actors emit of deals and sectors (FIP-0083), in the names of their `$type` entries. */
export type DealEventType = "deal-published" | "deal-activated" | "deal-terminated" | "deal-completed";
export type SectorEventType = "sector-precommitted" | "sector-activated" | "sector-updated" | "sector-terminated";

interface Emitted {
  /** Actor id of the emitter: 5 for deals, the miner for sectors. */
  emitter: bigint;
  epoch: bigint;
  blockHash: string;
  transactionHash: string;
}

export interface DealEvent extends Emitted {
  type: DealEventType;
  id: bigint;
  client: bigint;
  provider: bigint;
}

export interface SectorEvent extends Emitted {
  type: SectorEventType;
  sector: bigint;
  pieces: { root: Uint8Array; paddedBytes: bigint }[];
}

export type ActorEvent = DealEvent | SectorEvent;

const DEAL_EVENTS: Record<string, DealEventType> = {
  DealPublished: "deal-published",
  DealActivated: "deal-activated",
  DealTerminated: "deal-terminated",
  DealCompleted: "deal-completed",
};

const SECTOR_EVENTS: Record<string, SectorEventType> = {
  SectorPrecommitted: "sector-precommitted",
  SectorActivated: "sector-activated",
  SectorUpdated: "sector-updated",
  SectorTerminated: "sector-terminated",
};

/** The actor events of epochs `from` to `to`, both included, in the order they were emitted. */
export async function readActorEvents(chain: LocalChain, from: bigint, to: bigint): Promise<ActorEvent[]> {
  const range = { fromBlock: `0x${from.toString(16)}`, toBlock: `0x${to.toString(16)}` };
  const logs = await chain.request<Log[]>("eth_getLogs", { ...range, address: [CONTROL.market, CONTROL.miners] });
  return logs.flatMap((log) => {
    const emitted = { epoch: BigInt(log.blockNumber), blockHash: log.blockHash, transactionHash: log.transactionHash };
    const isDeal = log.address.toLowerCase() === CONTROL.market;
    const parsed = (isDeal ? marketAbi : minersAbi).parseLog(log);
    if (parsed === null) return [];
    return (isDeal ? dealEvent(parsed, emitted) : sectorEvent(parsed, emitted)) ?? [];
  });
}

function dealEvent({ name, args }: LogDescription, emitted: Omit<Emitted, "emitter">): DealEvent | undefined {
  const type = DEAL_EVENTS[name];
  if (type === undefined) return undefined;
  const [id, client, provider] = args as unknown as [bigint, bigint, bigint];
  return { ...emitted, emitter: MARKET_ACTOR, type, id, client, provider };
}

function sectorEvent({ name, args }: LogDescription, emitted: Omit<Emitted, "emitter">): SectorEvent | undefined {
  const type = SECTOR_EVENTS[name];
  if (type === undefined) return undefined;
  const [emitter, sector] = args as unknown as [bigint, bigint];
  const hasPieces = type === "sector-activated" || type === "sector-updated";
  const pieces = (hasPieces ? (args.getValue("pieces") as { root: string; paddedSize: bigint }[]) : []).map(
    ({ root, paddedSize }) => ({ root: Uint8Array.from(Buffer.from(root.slice(2), "hex")), paddedBytes: paddedSize }),
  );
  return { ...emitted, emitter, type, sector, pieces };
}
