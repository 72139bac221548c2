import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { keccak256 } from "ethers";
import { network } from "hardhat";
import pino from "pino";
import { ulid } from "ulid";

import { ProviderRpc } from "../../src/filecoin/rpc";
import { encode } from "../../src/data/encode";
import type { Manifest } from "../../src/data/manifest";
import { SettlementByTerms } from "../../src/devnet/providers/directOnboarding";
import type { StorageProvider } from "../../src/devnet/providers/provider";
import { startProvider } from "../../src/devnet/providers/providerHttp";
import type { Proposal } from "../../src/protocol/negotiationWire";
import { payloadBytesOf } from "../../src/repair-miner/shardFolder";
import { type RepairMinerNodeOptions, type RunningRepairMiner, startRepairMiner } from "../../src/repair-miner/node";
import type { MinerSettings } from "../../src/repair-miner/settings";
import type { IRepairMiner } from "../../typechain-types";
import { exampleBid, GIB, hex, MarketWorld, marketFixture, sizeOf } from "./repairMarket";
import { exampleBytes } from "./exampleBytes";

export const WORKER_KEY = keccak256("0x01");

/** A repair miner with an ask, storage providers around the simulated chain, and a client with data. */
export class RepairScene {
  running!: RunningRepairMiner;

  private constructor(
    readonly world: MarketWorld,
    readonly miner: IRepairMiner,
    readonly askId: bigint,
    readonly price: bigint,
    readonly providers: StorageProvider[],
    readonly folder: string,
    readonly payload: Uint8Array,
    readonly data: Manifest,
  ) {}

  static async set(
    o: { providers?: number; k?: number; n?: number; payloadBytes?: number; settings?: Partial<MinerSettings> } = {},
  ): Promise<RepairScene> {
    const world = await marketFixture();
    const miner = await world.createMiner();
    const payload = exampleBytes(o.payloadBytes ?? 1_000, 1);
    const data = await encodePayload(payload, o.k ?? 2, o.n ?? 4);
    const { price } = exampleBid(data);
    const askId = await world.addAsk(miner, price, GIB, 100_000n);
    const folder = await mkdtemp(path.join(tmpdir(), "raas-repair-"));
    const providers: StorageProvider[] = [];
    for (let i = 0; i < (o.providers ?? 6); i++) providers.push(await anotherProvider(world, folder));
    const scene = new RepairScene(world, miner, askId, price, providers, folder, payload, data);
    await scene.start({ settings: o.settings });
    return scene;
  }

  /** A new process where the old one left off. */
  async start(o: { settings?: Partial<MinerSettings> } & Partial<RepairMinerNodeOptions> = {}): Promise<void> {
    const { settings, ...options } = o;
    this.running = await startRepairMiner({ ...(await this.options(settings)), ...options });
  }

  async options(settings: Partial<MinerSettings> = {}): Promise<RepairMinerNodeOptions> {
    return {
      rpc: new ProviderRpc(network.provider),
      market: await this.world.market.getAddress(),
      lens: await this.world.lens.getAddress(),
      repairMiner: await this.miner.getAddress(),
      privateKey: WORKER_KEY,
      folder: path.join(this.folder, "miner"),
      providers: async () => this.providers.map(({ id, url }) => ({ id, url })),
      log: pino({ level: process.env.MINER_LOG ?? "silent" }),
      settings: { readTag: "latest", ...settings },
    };
  }

  get negotiation() {
    return this.running.miner.negotiation;
  }

  proposal(overrides: Partial<Proposal> = {}, data = this.data): Proposal {
    const { layout, root, shards } = data;
    return {
      id: ulid(),
      client: this.world.client.address,
      askId: this.askId,
      droot: hex(root.root),
      dataShards: layout.code.dataShards,
      totalShards: shards.length,
      maxShardsPerProvider: 1,
      payloadBytes: layout.payloadBytes,
      size: sizeOf(data),
      durationEpochs: 20_000n,
      priceAtto: this.price,
      providers: [],
      ...overrides,
    };
  }

  /** The bid for a proposal, paid in. */
  async bidFor(p: Proposal, data = this.data, overrides: Parameters<typeof exampleBid>[1] = {}): Promise<bigint> {
    const bid = exampleBid(data, {
      ...{ price: p.priceAtto, time: p.durationEpochs, maxShardsPerProvider: BigInt(p.maxShardsPerProvider) },
      ...overrides,
    });
    return this.world.addBid({ ...bid, droot: p.droot });
  }

  /** As a client does it, up to the data; returns the negotiation's id and the bid's. */
  async negotiate(overrides: Partial<Proposal> = {}): Promise<{ id: string; bidId: bigint }> {
    const proposal = this.proposal(overrides);
    await this.negotiation.propose(proposal);
    const bidId = await this.bidFor(proposal);
    await this.negotiation.bid(proposal.id, { bidId, authorisation: await this.world.sign(this.askId, bidId) });
    for (let shard = 0; shard < proposal.dataShards; shard++)
      await this.negotiation.receiveShard(proposal.id, shard, this.range(shard));
    return { id: proposal.id, bidId };
  }

  async *range(shard: number, data = this.data, payload = this.payload): AsyncGenerator<Uint8Array> {
    const from = shard * Number(data.layout.shardBytes);
    yield payload.subarray(from, from + Number(payloadBytesOf(data.layout, shard)));
  }

  /** Epochs pass, and everybody does what is due. */
  async step(epochs = 1n): Promise<void> {
    await this.world.filecoin.skip(epochs);
    await this.providersWork();
    await this.tick();
  }

  async providersWork(): Promise<void> {
    for (const provider of this.providers) await provider.idle();
    for (const provider of this.providers) await provider.advance();
  }

  async tick() {
    return this.running.miner.tick();
  }

  /** Steps until the deal is in a state, at most `steps` times. */
  async until(id: string, state: string, steps = 40, epochs = 4n): Promise<void> {
    for (let i = 0; i < steps; i++) {
      if ((await this.negotiation.answer(id)).state === state) return;
      await this.step(epochs);
    }
    const answer = await this.negotiation.answer(id);
    throw new Error(
      `still ${answer.state} after ${steps} steps: ${JSON.stringify(answer.doing)} ${answer.reason ?? ""}`,
    );
  }

  /** A deal that is placed and proven. */
  async kept(overrides: Partial<Proposal> = {}): Promise<{ id: string; bidId: bigint }> {
    const deal = await this.negotiate(overrides);
    await this.until(deal.id, "keeping");
    return deal;
  }

  provider(id: bigint): StorageProvider {
    return this.providers.find((one) => one.id === id)!;
  }

  async addProvider(): Promise<StorageProvider> {
    const provider = await anotherProvider(this.world, this.folder);
    this.providers.push(provider);
    return provider;
  }

  async stop(): Promise<void> {
    await this.running.stop();
    for (const provider of this.providers) await provider.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function anotherProvider(world: MarketWorld, folder: string): Promise<StorageProvider> {
  const { filecoin } = world;
  return startProvider({
    id: await filecoin.createMiner(),
    folder: path.join(folder, "providers"),
    filecoin,
    settlement: new SettlementByTerms(filecoin),
  });
}

export async function encodePayload(payload: Uint8Array, k: number, n: number): Promise<Manifest> {
  return encode(
    { bytes: BigInt(payload.length), read: (into, at) => into.set(payload.subarray(at, at + into.length)) },
    undefined,
    { dataShards: k, totalShards: n },
  );
}
