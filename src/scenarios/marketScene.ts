import { mkdir, rm } from "node:fs/promises";
import path from "node:path";

import { JsonRpcProvider } from "ethers";

import { HttpRpc } from "../filecoin/rpc";
import {
  type IRepairMarket,
  IRepairMarket__factory,
  type RepairMarketLens,
  RepairMarketLens__factory,
} from "../../typechain-types";
import { SettlementByTerms } from "../devnet/providers/directOnboarding";
import { SimulatedFilecoin } from "../devnet/actors/filecoin";
import { ProviderFleet } from "../devnet/providers/fleet";
import { LotusEndpoint } from "../devnet/lotus/endpoint";
import type { ProviderEvent } from "../devnet/providers/provider";
import { serveRpc } from "../devnet/lotus/rpcServer";
import type { LocalChain } from "./start";

interface MarketSceneOptions {
  chain: LocalChain;
  /** Wiped first. */
  folder: string;
  providers: number;
  onEvent?: (event: ProviderEvent) => void;
}

/** A simulated Filecoin with the repair market deployed and storage providers around it. Time is the caller's. */
export class MarketScene {
  private readonly opened: (() => Promise<void>)[] = [];
  filecoin!: SimulatedFilecoin;
  fleet!: ProviderFleet;
  rpc!: HttpRpc;
  /** For readers and senders that speak ethers. */
  provider!: JsonRpcProvider;
  market!: IRepairMarket;
  lens!: RepairMarketLens;
  addresses!: { market: string; lens: string; contents: string };

  private constructor(readonly options: MarketSceneOptions) {}

  static async start(options: MarketSceneOptions): Promise<MarketScene> {
    const scene = new MarketScene(options);
    try {
      await scene.open();
      return scene;
    } catch (error) {
      await scene.stop();
      throw error;
    }
  }

  /** Lets epochs pass; then the providers do what is due. */
  async pass(epochs: bigint): Promise<bigint> {
    await this.filecoin.skip(epochs);
    await this.fleet.advance();
    return this.filecoin.epoch();
  }

  /** A private key with funds; the first is the deployer's. */
  key(index: number): string {
    const key = this.options.chain.keys[index];
    if (key === undefined)
      throw new RangeError(`The scene has ${this.options.chain.keys.length} keys, none at ${index}.`);
    return key;
  }

  async stop(): Promise<void> {
    for (const close of this.opened.splice(0).reverse()) await close();
  }

  private async open(): Promise<void> {
    const { chain, folder, providers, onEvent } = this.options;
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    const deployments = await chain.deploy();
    const at = (name: string) => deployments[name]!.address;
    this.addresses = { market: at("RepairMarket"), lens: at("RepairMarketLens"), contents: at("SectorContents") };
    this.filecoin = await SimulatedFilecoin.install(chain.provider);
    // A contract is an actor once it is known by an id: before that no notice can reach it.
    await this.filecoin.actorIdOf(this.addresses.contents);
    const endpoint = new LotusEndpoint(this.filecoin, chain.provider);
    const rpc = await serveRpc(endpoint.answer, { host: "127.0.0.1", port: 0 });
    this.opened.push(() => rpc.stop());
    this.rpc = new HttpRpc(rpc.url);
    this.provider = new JsonRpcProvider(rpc.url, undefined, { cacheTimeout: -1, pollingInterval: 50 });
    this.opened.push(async () => this.provider.destroy());
    this.market = IRepairMarket__factory.connect(this.addresses.market, this.provider);
    this.lens = RepairMarketLens__factory.connect(this.addresses.lens, this.provider);
    this.fleet = await ProviderFleet.start({
      filecoin: this.filecoin,
      settlement: new SettlementByTerms(this.filecoin),
      folder: path.join(folder, "providers"),
      count: providers,
      ...(onEvent === undefined ? {} : { onEvent }),
    });
    this.opened.push(() => this.fleet.stop());
  }
}
