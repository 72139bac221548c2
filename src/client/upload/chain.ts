import type { Signer } from "ethers";

import { balanceAttoOf, blockAt, nonceOf } from "../../filecoin/block";
import { InsufficientFundsError } from "../../outbox/laneErrors";
import type { JsonRpc } from "../../filecoin/rpc";
import { sent } from "../../protocol/sent";
import type { IRepairMarket } from "../../../typechain-types";
import { AUTHORISATION_TYPES, authorisationOf, marketDomain } from "../../protocol/authorisation";
import { providersRootOf } from "../../protocol/providerList";
import type { MarketReader } from "../../protocol/repairMarket";
import type { AskView, BidView, OrderView } from "../../protocol/repairRecords";
import type { UploadRecord } from "./record";

/** What an upload reads from the chain and sends to it. */
export interface UploadChain {
  /** The newest block; what is read together is read at one. */
  pin(): Promise<bigint>;
  /** The client's next nonce at a block; `pending` counts the transactions that are not mined yet. */
  nonce(at: bigint | "pending"): Promise<bigint>;
  quote(record: UploadRecord): Promise<bigint>;
  addBid(record: UploadRecord, valueAtto: bigint, nonce: bigint): Promise<void>;
  cancelBid(bidId: bigint): Promise<void>;
  signAuthorisation(bidId: bigint, order: OrderView, size: bigint, ask: AskView): Promise<string>;
}

const PAGE = 50;

export class MarketChain implements UploadChain {
  constructor(
    private readonly rpc: JsonRpc,
    private readonly market: IRepairMarket,
    private readonly signer: Signer,
    private readonly client: string,
    private readonly chainId: bigint,
  ) {}

  async pin(): Promise<bigint> {
    return (await blockAt(this.rpc, "latest")).number;
  }

  async nonce(at: bigint | "pending"): Promise<bigint> {
    return nonceOf(this.rpc, this.client, at);
  }

  async quote({ priceAtto, size, epochs }: UploadRecord): Promise<bigint> {
    return this.market.quoteBid(priceAtto!, size, epochs);
  }

  async addBid(record: UploadRecord, value: bigint, nonce: bigint): Promise<void> {
    const { client, chainId, market } = this;
    const balance = await balanceAttoOf(this.rpc, client);
    if (balance <= value) throw new InsufficientFundsError(client, chainId, balance, value);
    const { droot, priceAtto, size, epochs, expiryEpochs, fileBytes, providers } = record;
    const params = {
      dataShards: record.dataShards,
      totalShards: record.totalShards,
      maxShardsPerProvider: record.maxPerProvider,
      payloadSize: fileBytes,
    };
    const root = providersRootOf(providers);
    await sent(
      "bid",
      market["addBid(bytes32,uint256,uint256,uint64,uint64,(uint8,uint8,uint8,uint64),bytes32)"],
      droot,
      priceAtto!,
      size,
      epochs,
      expiryEpochs,
      params,
      root,
      { value, nonce: Number(nonce) },
    );
  }

  async cancelBid(bidId: bigint): Promise<void> {
    await sent("cancel", this.market.cancelBid, bidId);
  }

  async signAuthorisation(bidId: bigint, order: OrderView, size: bigint, ask: AskView): Promise<string> {
    const bid = {
      id: bidId,
      client: order.client,
      droot: order.droot,
      price: order.priceAtto,
      size,
      duration: order.durationEpochs,
      expiry: order.expiry,
      dataShards: BigInt(order.dataShards),
      totalShards: BigInt(order.totalShards),
      maxShardsPerProvider: BigInt(order.maxShardsPerProvider),
      payloadSize: order.payloadBytes,
      providersRoot: order.providersRoot,
    };
    const { askId, repairMiner, priceAtto, expiry } = ask;
    const authorisation = authorisationOf(bid, { id: askId, repairMiner, price: priceAtto, expiry });
    const domain = marketDomain(this.chainId, await this.market.getAddress());
    return this.signer.signTypedData(domain, AUTHORISATION_TYPES, authorisation);
  }
}

/** Open bids of a client for the same data, the newest first. What expired so long ago that nothing before it can be
 *  open ends the search. */
export async function openBidsFor(
  reader: MarketReader,
  { client, droot }: Pick<UploadRecord, "client" | "droot">,
  maxBidLifetime: bigint,
  at: bigint,
): Promise<BidView[]> {
  const { bids } = await reader.counts(at);
  const found: BidView[] = [];
  for (let last = bids; last > 0n; last -= BigInt(PAGE)) {
    const first = last > BigInt(PAGE) ? last - BigInt(PAGE) + 1n : 1n;
    const page = (await reader.bids(first, Number(last - first + 1n), at)).reverse();
    found.push(...page.filter((bid) => bid.state === "open" && isOf(bid, client, droot)));
    if (page.some(({ order }) => order.expiry + maxBidLifetime < at)) break;
  }
  return found;
}

/** The bid that an upload made, if it is on chain: with the upload's terms, and no older than its intent. */
export async function bidOf(reader: MarketReader, record: UploadRecord, at: bigint): Promise<BidView | undefined> {
  const { bids } = await reader.counts(at);
  for (let first = record.intent!.firstBid; first <= bids; first += BigInt(PAGE)) {
    const found = (await reader.bids(first, PAGE, at)).find((bid) => sameTerms(bid, record));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether a bid asks for exactly what the upload asks for, whatever its expiry. */
export function sameTerms({ order, size, ...bid }: BidView, record: UploadRecord): boolean {
  return (
    isOf({ ...bid, size, order }, record.client, record.droot) &&
    size === record.size &&
    order.durationEpochs === record.epochs &&
    (record.priceAtto === undefined || order.priceAtto === record.priceAtto) &&
    order.dataShards === record.dataShards &&
    order.totalShards === record.totalShards &&
    order.maxShardsPerProvider === record.maxPerProvider &&
    order.payloadBytes === record.fileBytes &&
    order.providersRoot === providersRootOf(record.providers)
  );
}

function isOf({ order }: BidView, client: string, droot: string): boolean {
  return order.client.toLowerCase() === client.toLowerCase() && order.droot.toLowerCase() === droot.toLowerCase();
}
