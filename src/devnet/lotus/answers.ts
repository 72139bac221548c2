import { pieceCidV1 } from "../../data/pieceCid";
import { FilecoinAddressError, formatAddress, parseAddress } from "../../filecoin/filecoinAddress";
import { actorEvents, type ActorEventFilter } from "./actorEvents";
import { chainLink } from "./cids";
import {
  minerFaults,
  minerInfo,
  minerPartitions,
  minerRecoveries,
  minerSectorCount,
  provingDeadline,
  sectorExpiration,
  sectorInfo,
  sectorPartition,
} from "./minerAnswers";
import { checkParams, failed, type GoType, noMethod } from "./params";
import type { LotusState } from "./state";

const NETWORK_VERSION = 28;

interface Method {
  params: GoType[];
  answer(state: LotusState, params: unknown[]): Promise<unknown>;
}

/** A method of one miner; its address is resolved first. */
const ofMiner = (params: GoType[], answer: (state: LotusState, id: bigint, params: unknown[]) => Promise<unknown>) => ({
  params: ["address.Address" as const, ...params, "types.TipSetKey" as const],
  answer: async (state: LotusState, [address, ...rest]: unknown[]) =>
    answer(state, await idOf(state, address as string), rest),
});

const METHODS: Readonly<Record<string, Method>> = {
  ChainHead: { params: [], answer: chainHead },
  StateNetworkVersion: { params: ["types.TipSetKey"], answer: async () => NETWORK_VERSION },
  StateLookupID: {
    params: ["address.Address", "types.TipSetKey"],
    answer: async (state, [address]) => `f0${await idOf(state, address as string)}`,
  },
  StateMarketStorageDeal: { params: ["abi.DealID", "types.TipSetKey"], answer: storageDeal },
  StateMinerFaults: ofMiner([], minerFaults),
  StateMinerRecoveries: ofMiner([], minerRecoveries),
  StateMinerInfo: ofMiner([], minerInfo),
  StateMinerProvingDeadline: ofMiner([], provingDeadline),
  StateMinerSectorCount: ofMiner([], minerSectorCount),
  StateMinerPartitions: ofMiner(["uint64"], (state, id, [deadline]) => minerPartitions(state, id, deadline as number)),
  StateSectorGetInfo: ofMiner(["abi.SectorNumber"], (state, id, [n]) => sectorInfo(state, id, BigInt(n as number))),
  StateSectorPartition: ofMiner(["abi.SectorNumber"], (state, id, [n]) =>
    sectorPartition(state, id, BigInt(n as number)),
  ),
  StateSectorExpiration: ofMiner(["abi.SectorNumber"], (state, id, [n]) =>
    sectorExpiration(state, id, BigInt(n as number)),
  ),
  GetActorEventsRaw: {
    params: ["types.ActorEventFilter"],
    answer: (state, [filter]) => actorEvents(filter as ActorEventFilter | null, state),
  },
};

const PREFIX = "Filecoin.";

export const isLotusMethod = (method: string) => method.startsWith(PREFIX);

/** Answers a method of Lotus's own JSON-RPC from the state of the simulated actors. */
export async function answerLotus(state: LotusState, method: string, params: unknown[]): Promise<unknown> {
  const known = METHODS[method.slice(PREFIX.length)];
  if (known === undefined) throw noMethod(method);
  checkParams(method, known.params, params);
  return known.answer(state, params);
}

async function idOf(state: LotusState, text: string): Promise<bigint> {
  let address: ReturnType<typeof parseAddress>;
  try {
    address = parseAddress(text);
  } catch (cause) {
    // BLS and robust addresses cannot be made here, but they may have been given to an actor.
    if (!(cause instanceof FilecoinAddressError)) throw cause;
    const id = await state.lookupId(text);
    if (id === undefined) throw failed(`resolution lookup failed (${text}): resolve address ${text}: actor not found`);
    return id;
  }
  if (address.protocol === "id") return address.id;
  const id = await state.lookupId(formatAddress(address));
  if (id === undefined) throw failed(`resolution lookup failed (${text}): resolve address ${text}: actor not found`);
  return id;
}

async function storageDeal(state: LotusState, [dealId]: unknown[]): Promise<object> {
  const deal = await state.deal(BigInt(dealId as number));
  if (deal === undefined || deal.gone)
    throw failed(
      `deal ${dealId as number} not found - deal may not have completed sealing before deal proposal start epoch, ` +
        "or deal may have been slashed",
    );
  const activated = deal.activatedAt !== 0n;
  return {
    Proposal: {
      PieceCID: { "/": pieceCidV1({ root: deal.root }).toString() },
      PieceSize: Number(deal.paddedBytes),
      VerifiedDeal: deal.verified,
      Client: `f0${deal.client}`,
      Provider: `f0${deal.provider}`,
      Label: deal.label,
      StartEpoch: Number(deal.start),
      EndEpoch: Number(deal.end),
      StoragePricePerEpoch: deal.pricePerEpochAtto.toString(),
      ProviderCollateral: deal.providerCollateralAtto.toString(),
      ClientCollateral: deal.clientCollateralAtto.toString(),
    },
    State: {
      SectorNumber: activated ? Number(deal.sector) : 0,
      SectorStartEpoch: activated ? Number(deal.activatedAt) : -1,
      LastUpdatedEpoch: deal.paidUntil === 0n ? -1 : Number(deal.paidUntil),
      SlashEpoch: -1,
    },
  };
}

async function chainHead(state: LotusState): Promise<object> {
  const { number, hash, parentHash, timestamp } = await state.head();
  const cid = chainLink(hash);
  const parent = chainLink(parentHash);
  const block = {
    Miner: "f01000",
    Ticket: { VRFProof: null },
    ElectionProof: { WinCount: 1, VRFProof: null },
    BeaconEntries: null,
    WinPoStProof: null,
    Parents: [parent],
    ParentWeight: number.toString(),
    Height: Number(number),
    ParentStateRoot: parent,
    ParentMessageReceipts: parent,
    Messages: parent,
    BLSAggregate: null,
    Timestamp: Number(timestamp),
    BlockSig: null,
    ForkSignaling: 0,
    ParentBaseFee: "100",
  };
  return { Cids: [cid], Blocks: [block], Height: Number(number) };
}
