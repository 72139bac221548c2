import { Wallet, type Signer, AbiCoder, keccak256 } from "ethers";
import { ethers, network } from "hardhat";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";

import { valuesOf } from "../../src/protocol/enums";
import { encode } from "../../src/data/encode";
import { paddedBytesOf } from "../../src/data/piece";
import type { Manifest } from "../../src/data/manifest";
import { proveShard } from "../../src/data/treeProof";
import { SimulatedFilecoin } from "../../src/devnet/actors/filecoin";
import { AUTHORISATION_TYPES, authorisationOf, marketDomain } from "../../src/protocol/authorisation";
import { type RepairParameters, repairMarketParameters } from "../../src/protocol/parameters/repairMarket";
import {
  type IRepairMarket,
  IRepairMarket__factory,
  type IRepairMiner,
  IRepairMiner__factory,
  type RepairMarketLens,
  RepairMarketLens__factory,
} from "../../typechain-types";
import { exampleBytes } from "./exampleBytes";
import { deployed, fixture } from "./chain";

export const State = valuesOf("RepairState");
export const Fault = valuesOf("PlacementFault");
export const Kind = valuesOf("PlacementKind");
export const Reason = valuesOf("FailureReason");
export const AskState = valuesOf("AskState");
export const GIB = 1n << 30n;
export const ZERO_ROOT = ethers.ZeroHash;

/** Rounded up, as the market charges. */
export const ceilDiv = (a: bigint, b: bigint) => (a + b - 1n) / b;

export interface CodingParams {
  dataShards: bigint;
  totalShards: bigint;
  maxShardsPerProvider: bigint;
  payloadSize: bigint;
}

export interface Bid {
  droot: string;
  price: bigint;
  size: bigint;
  time: bigint;
  expiry: bigint;
  params: CodingParams;
  providersRoot: string;
}

/** Encoded data with its commitments; the shards' bytes do not matter to the chain. */
export async function exampleData(k = 2, n = 4, payloadBytes = 1_000, seed = 1): Promise<Manifest> {
  const bytes = exampleBytes(payloadBytes, seed);
  return encode(
    { bytes: BigInt(bytes.length), read: (into, at) => into.set(bytes.subarray(at, at + into.length)) },
    undefined,
    { dataShards: k, totalShards: n },
  );
}

export const hex = (bytes: Uint8Array) => `0x${Buffer.from(bytes).toString("hex")}`;
export const sizeOf = (data: Manifest) => BigInt(data.shards.length) * paddedBytesOf(data.shards[0]!.height);

/** A bid for some data; a price that makes sums readable whatever the size: 1 FIL and some for the whole term. */
export function exampleBid(data: Manifest, overrides: Partial<Omit<Bid, "params">> & Partial<CodingParams> = {}): Bid {
  const { dataShards, totalShards, maxShardsPerProvider, payloadSize, ...rest } = overrides;
  const size = sizeOf(data);
  return {
    droot: hex(data.root.root),
    price: (10n ** 18n * GIB) / size / 20_000n,
    size,
    time: 20_000n,
    expiry: 1_000n,
    params: {
      dataShards: dataShards ?? BigInt(data.layout.code.dataShards),
      totalShards: totalShards ?? BigInt(data.shards.length),
      maxShardsPerProvider: maxShardsPerProvider ?? 1n,
      payloadSize: payloadSize ?? data.layout.payloadBytes,
    },
    providersRoot: ZERO_ROOT,
    ...rest,
  };
}

/** One shard, sealed. */
export interface Sealed {
  provider: bigint;
  sector: bigint;
}

export class MarketWorld {
  private constructor(
    readonly filecoin: SimulatedFilecoin,
    readonly market: IRepairMarket,
    readonly lens: RepairMarketLens,
    readonly contents: string,
    readonly rules: RepairParameters,
    readonly client: HardhatEthersSigner,
    readonly owner: HardhatEthersSigner,
    readonly reporter: HardhatEthersSigner,
    readonly stranger: HardhatEthersSigner,
    readonly worker: Wallet,
  ) {}

  static async open(): Promise<MarketWorld> {
    const contracts = await deployed("RepairMarketLens");
    const at = (name: string) => contracts[name]!.address;
    const [deployer, client, owner, reporter, stranger] = await ethers.getSigners();
    const worker = new Wallet(keccak256("0x01"), ethers.provider);
    await deployer!.sendTransaction({ to: worker.address, value: ethers.parseEther("10") });
    const filecoin = await SimulatedFilecoin.attach(network.provider);
    await filecoin.actorIdOf(at("SectorContents"));
    return new MarketWorld(
      filecoin,
      IRepairMarket__factory.connect(at("RepairMarket"), stranger),
      RepairMarketLens__factory.connect(at("RepairMarketLens"), stranger),
      at("SectorContents"),
      repairMarketParameters(network.name),
      client!,
      owner!,
      reporter!,
      stranger!,
      worker,
    );
  }

  async now(): Promise<bigint> {
    return BigInt(await ethers.provider.getBlockNumber());
  }

  /** The next transaction is mined at this epoch. */
  async nextAt(epoch: bigint): Promise<void> {
    const missing = epoch - 1n - (await this.now());
    if (missing < 0n) throw new RangeError(`Epoch ${epoch} is past: it is ${await this.now()}.`);
    if (missing > 0n) await this.filecoin.skip(missing);
  }

  async createMiner(overrides: { owner?: Signer; worker?: Wallet; pledge?: bigint; collateral?: bigint } = {}) {
    const owner = overrides.owner ?? this.owner;
    const pledge = overrides.pledge ?? GIB;
    const value = overrides.collateral ?? (await this.market.collateralDue(pledge)) + ethers.parseEther("5");
    const market = this.market.connect(owner);
    const pubkey = (overrides.worker ?? this.worker).signingKey.publicKey;
    const actor = await market.createRepairMiner.staticCall(pubkey, pledge, "0x01", { value });
    await market.createRepairMiner(pubkey, pledge, "0x01", { value });
    return IRepairMiner__factory.connect(actor, owner);
  }

  async addAsk(miner: IRepairMiner, price: bigint, size = GIB, expiry = 50_000n): Promise<bigint> {
    await miner["addAsk(uint256,uint256,uint64)"](price, size, expiry);
    return (await this.market.counts()).asks;
  }

  async addBid(bid: Bid, client: Signer = this.client): Promise<bigint> {
    const market = this.market.connect(client);
    const value = await market.quoteBid(bid.price, bid.size, bid.time);
    await market["addBid(bytes32,uint256,uint256,uint64,uint64,(uint8,uint8,uint8,uint64),bytes32)"](
      bid.droot,
      bid.price,
      bid.size,
      bid.time,
      bid.expiry,
      bid.params,
      bid.providersRoot,
      { value },
    );
    return (await this.market.counts()).bids;
  }

  /** The client's signature that the ask may fill the bid. */
  async sign(askId: bigint, bidId: bigint, client: Signer = this.client): Promise<string> {
    const { chainId } = await ethers.provider.getNetwork();
    const domain = marketDomain(chainId, await this.market.getAddress());
    return client.signTypedData(domain, AUTHORISATION_TYPES, await this.authorisation(askId, bidId));
  }

  async authorisation(askId: bigint, bidId: bigint) {
    const ask = await this.market.askOf(askId);
    const miner = await this.market.minerOf(ask.miner);
    const order = await this.market.orderOf(bidId);
    const size = order.totalShards * paddedBytesOf(Number(order.shardHeight));
    return authorisationOf(
      {
        id: bidId,
        client: order.client,
        droot: order.droot,
        price: order.price,
        size,
        duration: order.duration,
        expiry: order.expiry,
        dataShards: order.dataShards,
        totalShards: order.totalShards,
        maxShardsPerProvider: order.maxShardsPerProvider,
        payloadSize: order.payloadSize,
        providersRoot: order.providersRoot,
      },
      { id: askId, repairMiner: miner.actor, price: ask.price, expiry: ask.expiry },
    );
  }

  /** An ask and a bid that match, filled. */
  async addDeal(data: Manifest, miner: IRepairMiner, overrides: Parameters<typeof exampleBid>[1] = {}) {
    const bid = exampleBid(data, overrides);
    const askId = await this.addAsk(miner, bid.price);
    const bidId = await this.addBid(bid);
    await miner.addDeal(askId, bidId, await this.sign(askId, bidId));
    return bidId;
  }

  payloadFor(miner: string): Promise<string> {
    return this.market
      .getAddress()
      .then((market) => AbiCoder.defaultAbiCoder().encode(["address", "address"], [market, miner]));
  }

  /** Seals one shard in a sector of its own, with a notice for this miner. */
  async seal(
    data: Manifest,
    shard: number,
    miner: IRepairMiner,
    o: { provider?: bigint; expiration?: bigint } = {},
  ): Promise<Sealed> {
    const provider = o.provider ?? (await this.filecoin.createMiner());
    const { root, height } = data.shards[shard]!;
    const payload = ethers.getBytes(await this.payloadFor(await miner.getAddress()));
    const sector = await this.filecoin.commitSector({
      provider,
      expiration: o.expiration ?? (await this.now()) + 600_000n,
      pieces: [{ root, paddedBytes: paddedBytesOf(height), notify: [{ receiver: this.contents, payload }] }],
      requireNotificationSuccess: true,
    });
    return { provider, sector };
  }

  /** Where a sector is, for a transaction. */
  async locationOf({ provider, sector }: Sealed): Promise<string> {
    return (await this.lens.locate(provider, sector)).location;
  }

  /** The placement of a shard that is a sector's only piece. */
  async placement(data: Manifest, shard: number, sealed: Sealed, overrides: object = {}) {
    const { path, index } = proveShard(data, shard);
    const { root, height } = data.shards[shard]!;
    return {
      shard: BigInt(shard),
      shardRoot: hex(root),
      inData: { index, path: path.map(hex) },
      kind: Kind.Notice,
      provider: sealed.provider,
      sector: sealed.sector,
      dealId: 0n,
      pieceRoot: hex(root),
      pieceHeight: BigInt(height),
      inPiece: { index: 0n, path: [] as string[] },
      location: await this.locationOf(sealed),
      fullTerm: false,
      allowed: [] as string[],
      ...overrides,
    };
  }

  /** One shard in an f05 deal of the client's, whose piece it is, sealed in a sector of its own; and its placement. */
  async sealDeal(data: Manifest, shard: number) {
    const { root, height } = data.shards[shard]!;
    const provider = await this.filecoin.createMiner();
    const startEpoch = (await this.now()) + 100n;
    const endEpoch = startEpoch + 600_000n;
    const dealId = await this.filecoin.publishDeal({
      ...{ provider, client: await this.filecoin.actorIdOf(this.client.address), startEpoch, endEpoch },
      ...{ pieceRoot: root, paddedBytes: paddedBytesOf(height) },
    });
    const sector = await this.filecoin.commitSector({ provider, expiration: endEpoch + 1_000n, dealIds: [dealId] });
    const placement = await this.placement(data, shard, { provider, sector }, { kind: Kind.Deal, dealId });
    return { provider, sector, dealId, placement };
  }

  /** Seals and places all shards, each with a provider of its own. */
  async placeAll(dealId: bigint, data: Manifest, miner: IRepairMiner, o: { expiration?: bigint } = {}) {
    const sealed: Sealed[] = [];
    for (let shard = 0; shard < data.shards.length; shard++) sealed.push(await this.seal(data, shard, miner, o));
    const placements = [];
    for (const [shard, where] of sealed.entries()) placements.push(await this.placement(data, shard, where));
    await miner.placeShards(dealId, placements);
    return sealed;
  }

  async prove(dealId: bigint, sealed: Sealed[], shards = sealed.map((_, shard) => shard)) {
    const locations = await Promise.all(shards.map((shard) => this.locationOf(sealed[shard]!)));
    return this.market.proveRepair(dealId, shards, locations);
  }

  /** A deal whose term has begun. */
  async activeDeal(overrides: Parameters<typeof exampleBid>[1] = {}) {
    const data = await exampleData();
    const miner = await this.createMiner();
    const dealId = await this.addDeal(data, miner, overrides);
    const sealed = await this.placeAll(dealId, data, miner);
    await this.prove(dealId, sealed);
    const order = await this.market.orderOf(dealId);
    const start = order.progress.start;
    return { data, miner, dealId, sealed, start, end: start + order.duration, total: order.pay.total };
  }
}

export const marketFixture = fixture(async () => MarketWorld.open());

/** A bid and an ask that match; nothing filled yet. */
export const openFixture = fixture(async () => {
  const world = await marketFixture();
  const data = await exampleData();
  const miner = await world.createMiner();
  const bid = exampleBid(data);
  const askId = await world.addAsk(miner, bid.price);
  const bidId = await world.addBid(bid);
  return { world, market: world.market, data, miner, bid, askId, bidId, signature: await world.sign(askId, bidId) };
});

/** A deal with nothing placed. */
export const placingFixture = fixture(async () => {
  const open = await openFixture();
  await open.miner.addDeal(open.askId, open.bidId, open.signature);
  return { ...open, dealId: open.bidId, addedAt: await open.world.now() };
});

/** A deal with all shards placed, nothing proven. */
export const placedFixture = fixture(async () => {
  const placing = await placingFixture();
  const sealed = await placing.world.placeAll(placing.dealId, placing.data, placing.miner);
  return { ...placing, sealed };
});

/** A deal whose term has begun. */
export const activeFixture = fixture(async () => {
  const placed = await placedFixture();
  await placed.world.prove(placed.dealId, placed.sealed);
  const order = await placed.market.orderOf(placed.dealId);
  const { start } = order.progress;
  return { ...placed, start, end: start + order.duration, total: order.pay.total, stake: order.stake };
});

/** An active deal whose shard 0 was reported lost by the reporter. */
export const repairingFixture = fixture(async () => {
  const active = await activeFixture();
  const { world, sealed, dealId } = active;
  await world.filecoin.declareFault(sealed[0]!.provider, sealed[0]!.sector);
  await world.market.connect(world.reporter).reportLoss(dealId, 0, await world.locationOf(sealed[0]!));
  return { ...active, markedAt: await world.now() };
});

/** Proves each proving period, and at last `epochs` after the start. */
export async function provenTo(
  world: MarketWorld,
  dealId: bigint,
  sealed: Sealed[],
  start: bigint,
  epochs: bigint,
): Promise<void> {
  for (let due = world.rules.provingPeriod; due < epochs; due += world.rules.provingPeriod) {
    await world.nextAt(start + due);
    await world.prove(dealId, sealed);
  }
  await world.nextAt(start + epochs);
  await world.prove(dealId, sealed);
}

/** A deal whose shards lie in sectors that are bound for a short time only. */
export async function shortLived(world: MarketWorld) {
  const data = await exampleData();
  const miner = await world.createMiner();
  const expiration = (await world.now()) + 520_000n;
  const sealed: Sealed[] = [];
  for (let shard = 0; shard < 4; shard++) sealed.push(await world.seal(data, shard, miner, { expiration }));
  await world.nextAt(expiration - 86_400n - 1_000n);
  const dealId = await world.addDeal(data, miner);
  const placements = [];
  for (const [shard, where] of sealed.entries()) placements.push(await world.placement(data, shard, where));
  await miner.placeShards(dealId, placements);
  await world.prove(dealId, sealed);
  return { data, miner, dealId, sealed };
}
