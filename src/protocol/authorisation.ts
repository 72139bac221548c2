import { type TypedDataDomain, TypedDataEncoder, type TypedDataField } from "ethers";

/** EIP-712 as `RepairMarket` hashes it: the only definition of it off chain. */

export const AUTHORISATION_TYPES: Record<string, TypedDataField[]> = {
  Authorisation: [
    { name: "bidId", type: "uint256" },
    { name: "askId", type: "uint256" },
    { name: "client", type: "address" },
    { name: "miner", type: "address" },
    { name: "droot", type: "bytes32" },
    { name: "bidPrice", type: "uint256" },
    { name: "price", type: "uint256" },
    { name: "size", type: "uint256" },
    { name: "duration", type: "uint256" },
    { name: "bidExpiry", type: "uint256" },
    { name: "askExpiry", type: "uint256" },
    { name: "dataShards", type: "uint8" },
    { name: "totalShards", type: "uint8" },
    { name: "maxShardsPerProvider", type: "uint8" },
    { name: "payloadSize", type: "uint64" },
    { name: "providersRoot", type: "bytes32" },
  ],
};

export const ACCEPTANCE_TYPES: Record<string, TypedDataField[]> = {
  Acceptance: [
    { name: "bidId", type: "uint256" },
    { name: "askId", type: "uint256" },
    { name: "miner", type: "address" },
    { name: "deadline", type: "uint64" },
    { name: "authorisation", type: "bytes" },
  ],
};

/** What a client signs so that an ask may fill its bid: every economic field of both. */
export interface Authorisation {
  bidId: bigint;
  askId: bigint;
  client: string;
  /** The address of the `RepairMiner`. */
  miner: string;
  droot: string;
  bidPrice: bigint;
  /** The ask's: what is paid. */
  price: bigint;
  size: bigint;
  duration: bigint;
  bidExpiry: bigint;
  askExpiry: bigint;
  dataShards: bigint;
  totalShards: bigint;
  maxShardsPerProvider: bigint;
  payloadSize: bigint;
  providersRoot: string;
}

/** What a worker signs to bind its miner: "I will fill this bid by this epoch". */
export interface Acceptance {
  bidId: bigint;
  askId: bigint;
  miner: string;
  deadline: bigint;
  /** The client's signature over the authorisation, or 0x when it approved on chain. */
  authorisation: string;
}

export function marketDomain(chainId: bigint, market: string): TypedDataDomain {
  return { name: "RepairMarket", version: "1", chainId, verifyingContract: market };
}

export function authorisationDigest(domain: TypedDataDomain, authorisation: Authorisation): string {
  return TypedDataEncoder.hash(domain, AUTHORISATION_TYPES, authorisation);
}

export function acceptanceDigest(domain: TypedDataDomain, acceptance: Acceptance): string {
  return TypedDataEncoder.hash(domain, ACCEPTANCE_TYPES, acceptance);
}

/** The authorisation for a pair, from what the chain says of both. */
export function authorisationOf(
  bid: {
    id: bigint;
    client: string;
    droot: string;
    price: bigint;
    size: bigint;
    duration: bigint;
    expiry: bigint;
    dataShards: bigint;
    totalShards: bigint;
    maxShardsPerProvider: bigint;
    payloadSize: bigint;
    providersRoot: string;
  },
  ask: { id: bigint; repairMiner: string; price: bigint; expiry: bigint },
): Authorisation {
  const { id, price, expiry, ...rest } = bid;
  return {
    ...rest,
    bidId: id,
    askId: ask.id,
    miner: ask.repairMiner,
    bidPrice: price,
    price: ask.price,
    bidExpiry: expiry,
    askExpiry: ask.expiry,
  };
}
