import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import pino from "pino";

import { Aggregator } from "../aggregator/aggregator";
import type { AggregatorEvent, AggregatorSettings } from "../aggregator/options";
import { blockAt } from "../filecoin/block";
import { dealStatusAbi, DealStatusReader } from "../protocol/dealStatus";
import { HttpRpc } from "../filecoin/rpc";
import { startNode, type RunningNode } from "../keeper/node";
import type { KeeperSettings } from "../keeper/ports";
import type { TickReport } from "../keeper/tick";
import { serveControl } from "./control";
import { RUNNING_FILE } from "./controlClient";
import type { ControlAnswer, ControlRequest, RunningNetwork } from "./controlWire";
import { SettlementByTerms } from "../devnet/providers/directOnboarding";
import { ProviderFleet } from "../devnet/providers/fleet";
import type { ProviderEvent, StorageProvider } from "../devnet/providers/provider";
import type { SectorDriver } from "../devnet/providers/providerSectors";
import type { SettlementDriver } from "../devnet/providers/settlement";
import { carryOutBy } from "./providerOrders";
import { findProvider, findSector } from "./sectorTargets";

export type NetworkEvent =
  | { source: "provider"; event: ProviderEvent }
  | { source: "aggregator"; event: AggregatorEvent }
  | { source: "keeper"; report: TickReport }
  | { source: "order"; done: string };

/** What the network needs of the simulated chain. */
interface FilecoinDriver extends SettlementDriver, SectorDriver {
  createMiner(): Promise<bigint>;
  skip(epochs: bigint): Promise<void>;
}

export interface LocalNetworkOptions {
  filecoin: FilecoinDriver;
  /** Where the chain's JSON-RPC is served. */
  rpcUrl: string;
  /** The address of DealStatus. */
  dealStatus: string;
  /** Wiped first. */
  folder: string;
  /** Private keys with funds. */
  keys: { node: string; aggregator: string };
  providers?: number;
  /** Where the node's HTTP interface listens; any free port if not given. */
  nodePort?: number;
  /** Milliseconds between two looks of the node at the chain. */
  tickMs?: number;
  keeper?: Partial<KeeperSettings>;
  aggregator?: Partial<AggregatorSettings>;
  onEvent?: (event: NetworkEvent, epoch: bigint) => void;
}

const PROVIDERS = 6;
const TICK_TIMEOUT_MS = 60_000;

/** Storage providers, an aggregator and a RaaS node around a simulated Filecoin that is there already. The caller
 *  mines the epochs: after each, `step` lets all of them do what is due. */
export class LocalNetwork {
  readonly reader: DealStatusReader;
  readonly rpc: HttpRpc;
  fleet!: ProviderFleet;
  aggregator!: Aggregator;
  node!: RunningNode;
  private epoch = 0n;
  private ticked: (() => void)[] = [];
  private readonly opened: (() => Promise<void>)[] = [];

  private constructor(private readonly options: LocalNetworkOptions) {
    this.rpc = new HttpRpc(options.rpcUrl);
    this.reader = new DealStatusReader(this.rpc, options.dealStatus);
  }

  static async start(options: LocalNetworkOptions): Promise<LocalNetwork> {
    const network = new LocalNetwork(options);
    try {
      await network.open();
      return network;
    } catch (error) {
      await network.stop();
      throw error;
    }
  }

  get providers(): readonly StorageProvider[] {
    return this.fleet.providers;
  }

  get filecoin(): FilecoinDriver {
    return this.options.filecoin;
  }

  /** All parts do what is due, the node's look at the chain included. */
  async step(): Promise<void> {
    await this.advance();
    await this.keeperTick();
  }

  /** Providers and aggregator alone: the node looks when it likes. */
  async advance(): Promise<void> {
    this.epoch = await this.filecoin.epoch();
    await this.fleet.advance();
    await this.aggregator.tick();
  }

  /** Lets epochs pass; then all parts do what is due. */
  async skip(epochs: bigint): Promise<bigint> {
    await this.filecoin.skip(epochs);
    this.epoch = await this.filecoin.epoch();
    return this.epoch;
  }

  /** Carries out a command from a second terminal; returns what was done, in words. */
  async carryOut(request: ControlRequest): Promise<ControlAnswer> {
    const done = await this.obey(request);
    this.tell({ source: "order", done });
    return { epoch: (await this.filecoin.epoch()).toString(), done };
  }

  async stop(): Promise<void> {
    for (const close of this.opened.splice(0).reverse()) await close();
  }

  private async open(): Promise<void> {
    const { folder, filecoin } = this.options;
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    this.epoch = await filecoin.epoch();
    await this.openProviders();
    await this.openAggregator();
    await this.openNode();
    await this.openControl();
  }

  private async openProviders(): Promise<void> {
    const { folder, filecoin, providers: count = PROVIDERS } = this.options;
    const settlement = new SettlementByTerms(filecoin);
    const onEvent = (event: ProviderEvent) => this.tell({ source: "provider", event });
    this.fleet = await ProviderFleet.start({ filecoin, settlement, folder, count, onEvent });
    this.opened.push(() => this.fleet.stop());
  }

  private async openAggregator(): Promise<void> {
    const { folder, dealStatus, keys } = this.options;
    const destination = pino.destination({ dest: path.join(folder, "aggregator.log"), sync: true });
    this.opened.push(async () => destination.end());
    this.aggregator = await Aggregator.start({
      folder: path.join(folder, "aggregator"),
      rpc: this.rpc,
      dealStatus,
      privateKey: keys.aggregator,
      providers: async () => this.providers.map(({ id, url }) => ({ id, url })),
      readTag: "latest",
      settings: this.options.aggregator,
      log: pino({ level: "info" }, destination),
      onEvent: (event) => this.tell({ source: "aggregator", event }),
    });
    this.opened.push(() => this.aggregator.stop());
  }

  private async openNode(): Promise<void> {
    const { folder, dealStatus, keys, tickMs, keeper, nodePort } = this.options;
    const destination = pino.destination({ dest: path.join(folder, "node.log"), sync: true });
    this.opened.push(async () => destination.end());
    this.node = await startNode({
      rpc: this.rpc,
      contract: dealStatus,
      privateKey: keys.node,
      dataFolder: folder,
      log: pino({ level: "info" }, destination),
      port: nodePort,
      providersFile: this.fleet.directoryFile,
      settings: { readTag: "latest", pollMs: 100, ...keeper },
      intervalMs: tickMs,
      onTick: (report) => this.keeperTicked(report),
    });
    this.opened.push(() => this.node.stop());
  }

  private async openControl(): Promise<void> {
    const { url, stop } = await serveControl((request) => this.carryOut(request));
    this.opened.push(stop);
    const running: RunningNetwork = { pid: process.pid, controlUrl: url, rpcUrl: this.options.rpcUrl };
    const file = path.join(this.options.folder, RUNNING_FILE);
    await writeFile(file, JSON.stringify(running, null, 2));
    this.opened.push(() => rm(file, { force: true }));
  }

  /** The node looks at the chain now; waits until it has. */
  private async keeperTick(): Promise<void> {
    const failures = this.node.state.failures;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      this.ticked.push(resolve);
      timer = setTimeout(() => {
        const { lastError } = this.node.state;
        const cause = this.node.state.failures > failures ? lastError : undefined;
        reject(
          new Error(`The node did not look at the chain in time: ${cause?.message ?? "no reason known"}`, { cause }),
        );
      }, TICK_TIMEOUT_MS);
      this.node.wake();
    }).finally(() => clearTimeout(timer));
  }

  private keeperTicked(report: TickReport): void {
    this.tell({ source: "keeper", report });
    for (const resolve of this.ticked.splice(0)) resolve();
  }

  private tell(event: NetworkEvent): void {
    this.options.onEvent?.(event, this.epoch);
  }

  private async obey(request: ControlRequest): Promise<string> {
    if (request.action === "skip") {
      const epoch = await this.skip(BigInt(request.epochs));
      return `skipped ${request.epochs} epochs; it is epoch ${epoch}`;
    }
    if ("target" in request) {
      const { provider, sector } = await findSector(request.target, this.providers, this.reader, this.rpc);
      const { action } = request;
      await provider[action](sector);
      const tense = { fault: "is no longer proven", recover: "is proven again", terminate: "is terminated" };
      return `sector ${sector} of provider f0${provider.id} ${tense[action]}`;
    }
    const provider = findProvider(request.provider, this.providers);
    return carryOutBy(provider, request);
  }

  async headEpoch(): Promise<bigint> {
    return (await blockAt(this.rpc, "latest")).number;
  }

  /** Requests ever made of DealStatus. */
  async requestCount(): Promise<bigint> {
    const data = dealStatusAbi.encodeFunctionData("requestCount");
    const answer = await this.rpc.request<string>("eth_call", [{ to: this.options.dealStatus, data }, "latest"]);
    return dealStatusAbi.decodeFunctionResult("requestCount", answer)[0] as bigint;
  }
}
