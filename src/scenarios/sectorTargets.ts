import type { DealStatusReader } from "../protocol/dealStatus";
import { blockAt } from "../filecoin/block";
import { pieceKeyOf } from "../data/pieceKey";
import type { JsonRpc } from "../filecoin/rpc";
import { parsePieceCid } from "../data/pieceCid";
import type { SectorTarget } from "./controlWire";
import type { StorageProvider } from "../devnet/providers/provider";

/** The sector that a target names. */
interface FoundSector {
  provider: StorageProvider;
  sector: bigint;
}

/** The target names no provider, sector or copy of this network; the message lists what there is. */
export class TargetError extends Error {
  override readonly name = "TargetError";
}

/** Finds the sector that a target names. */
export async function findSector(
  target: SectorTarget,
  providers: readonly StorageProvider[],
  reader: DealStatusReader,
  rpc: JsonRpc,
): Promise<FoundSector> {
  if ("deal" in target) return ofDeal(BigInt(target.deal), providers);
  if ("provider" in target) {
    const provider = findProvider(target.provider, providers);
    const sector = BigInt(target.sector);
    if (!provider.sectors().some((known) => known.sector === sector))
      throw new TargetError(
        `Provider f0${provider.id} has no sector ${sector}; it has ${list(provider.sectors().map((s) => s.sector))}.`,
      );
    return { provider, sector };
  }
  return ofCopy(target.piece, target.copy, providers, reader, rpc);
}

/** The provider of an actor id in digits. Throws TargetError. */
export function findProvider(id: string, providers: readonly StorageProvider[]): StorageProvider {
  const provider = providers.find((one) => one.id === BigInt(id));
  if (provider === undefined)
    throw new TargetError(`There is no provider f0${id}; there are ${list(providers.map((one) => `f0${one.id}`))}.`);
  return provider;
}

function ofDeal(dealId: bigint, providers: readonly StorageProvider[]): FoundSector {
  for (const provider of providers)
    for (const deal of provider.deals.values()) {
      if (deal.dealId !== dealId) continue;
      if (deal.sector === undefined) throw new TargetError(`Deal ${dealId} is not sealed yet.`);
      return { provider, sector: deal.sector };
    }
  throw new TargetError(`No provider here has a deal ${dealId}. See \`npx hardhat --network localhost raas status\`.`);
}

/** Copies are counted from 1 in the order of their listing; those that are gone or over are not counted. */
async function ofCopy(
  cid: string,
  copy: number,
  providers: readonly StorageProvider[],
  reader: DealStatusReader,
  rpc: JsonRpc,
): Promise<FoundSector> {
  const { root, height } = parsePieceCid(cid);
  if (height === undefined) throw new TargetError(`${cid} is a piece CID v1: give the v2 one (bafkzcib…).`);
  const key = pieceKeyOf(root, height);
  const deals = (await reader.inspect([key], await blockAt(rpc, "latest"))).get(key) ?? [];
  const live = deals.filter(({ state }) => state === "active");
  const deal = live[copy - 1];
  if (deal === undefined)
    throw new TargetError(`The piece has ${live.length} live copies, counted from 1; there is no copy ${copy}.`);
  return ofDeal(deal.dealId, providers);
}

function list(values: readonly unknown[]): string {
  return values.length === 0 ? "none" : values.join(", ");
}
