import path from "node:path";
import { Wallet } from "ethers";
import pino from "pino";
import { ulid } from "ulid";

import { type Block, blockAt } from "../filecoin/block";
import { DealStatusReader, dealStatusAbi } from "../protocol/dealStatus";
import { LogRanges } from "../filecoin/logRanges";
import { pieceOfKey } from "../data/pieceKey";
import { paddedBytesOf, type Piece } from "../data/piece";
import { pieceCidV1, pieceCidV2 } from "../data/pieceCid";
import { openOutbox } from "../outbox/outbox";
import { claimFolder } from "../service/claimFolder";
import { delegatedIdentity } from "../providers/curioAuth";
import { Aggregations, type AggregatorRequest, membersOf, type Placement } from "../store/aggregations";
import { openLibsqlStore } from "../store/libsql";
import { lockFolder } from "../store/lock";
import type { SqlStore } from "../store/store";
import { assignRequests } from "../policy/assign";
import { Completing, isFinal } from "./completing";
import { PieceFetcher } from "./fetcher";
import { gatherHoldings } from "./holdings";
import { NoticedSectors } from "./noticedSectors";
import {
  AGGREGATOR_DEFAULTS,
  type AggregatorEvent,
  type AggregatorOptions,
  type AggregatorSettings,
  type ProviderEntry,
} from "./options";
import { type Package, packPieces } from "./packer";
import { Placing } from "./placing";
import { servePackages } from "./server";
import { watchRequests } from "./watch";

const LOOPBACK = { host: "127.0.0.1", port: 0 };

/** Answers requests for storage: fetches the piece, packs it, places it with a provider that does not hold it, and
 *  completes the request with the proof. Each step is stored before it is taken, so a tick may stop anywhere. */
export class Aggregator {
  private readonly stopping = new AbortController();
  private readonly packages = new Map<string, Package>();
  private readonly fetcher: PieceFetcher;
  private readonly settings: AggregatorSettings;
  private readonly reader: DealStatusReader;
  private readonly logs: LogRanges;
  private running: Promise<void> = Promise.resolve();
  private placing!: Placing;
  private completing!: Completing;
  private server!: { url: string; stop(): Promise<void> };

  private constructor(
    private readonly options: AggregatorOptions,
    private readonly aggregations: Aggregations,
    private readonly store: SqlStore,
    private readonly lock: { release(): void },
  ) {
    this.settings = { ...AGGREGATOR_DEFAULTS, ...options.settings };
    this.fetcher = new PieceFetcher(path.join(options.folder, "pieces"), this.stopping.signal);
    this.reader = new DealStatusReader(options.rpc, options.dealStatus);
    this.logs = new LogRanges(options.rpc, { address: options.dealStatus });
  }

  static async start(options: AggregatorOptions): Promise<Aggregator> {
    const aggregations = await Aggregations.open(options.folder);
    const store = await openLibsqlStore(options.folder);
    const lock = lockFolder(options.folder, "aggregator");
    const aggregator = new Aggregator(options, aggregations, store, lock);
    await aggregator.open();
    return aggregator;
  }

  get url(): string {
    return this.options.publicUrl ?? this.server.url;
  }

  /** One round. Rounds never overlap. */
  async tick(): Promise<void> {
    const next = this.running.then(() => this.round());
    this.running = next.catch(() => undefined);
    return next;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await this.server.stop();
    await this.aggregations.close();
    await this.store.close();
    this.lock.release();
  }

  private async open(): Promise<void> {
    const { rpc, privateKey, dealStatus, identity = delegatedIdentity(privateKey) } = this.options;
    const chainId = await claimFolder(rpc, this.store.identity, this.options.folder, dealStatus);
    const { log = pino({ level: "silent" }), lane: settings } = this.options;
    const outbox = openOutbox(
      { rpc, key: new Wallet(privateKey), chainId, intents: this.store.intents, errors: dealStatusAbi, log, settings },
      // A proof that was planned is still to be sent: its sector is sealed, and the request is open or refuses it.
      { planned: "resend", seen: "block" },
    );
    const tell = (event: AggregatorEvent) => this.options.onEvent?.(event);
    this.completing = new Completing(this.aggregations, outbox, dealStatus, tell);
    this.server = await servePackages(this.options.listen ?? LOOPBACK, (cid) => this.packageUnderWay(cid));
    const urlOf = (cid: string) => `${this.url}/piece/${cid}`;
    const { sectorContents } = this.options;
    const sectors = sectorContents === undefined ? undefined : new NoticedSectors(rpc, sectorContents);
    this.placing = new Placing(this.aggregations, identity, this.settings, urlOf, this.stopping.signal, tell, sectors);
  }

  private async round(): Promise<void> {
    const pinned = await blockAt(this.options.rpc, this.options.readTag ?? "finalized");
    const providers = await this.options.providers();
    await watchRequests(this.logs, this.store.cursors, this.aggregations, pinned, this.stopping.signal);
    await this.completing.confirm(pinned);
    await this.followAll(providers, pinned);
    for (const placement of await this.aggregations.underWay())
      if (placement.state === "sealed") await this.complete(placement, pinned);
    await this.takeOn(providers, pinned);
    await this.followAll(providers, pinned);
    await this.completing.confirm(pinned);
  }

  /** All at the same time: a provider that does not answer must not delay the others. */
  private async followAll(providers: readonly ProviderEntry[], at: Block): Promise<void> {
    const open = (await this.aggregations.underWay()).filter(({ state }) => state !== "sealed");
    await Promise.all(open.map((placement) => this.placing.follow(placement, providers, at.number)));
  }

  private async complete(placement: Placement, at: Block): Promise<void> {
    const refusal = await this.completing.complete(placement, await this.packageOf(placement), at);
    const late = at.number >= placement.createdEpoch + this.settings.placeTimeoutEpochs;
    if (refusal !== undefined && (late || isFinal(refusal)))
      return this.placing.fail(placement, at.number, refusal.message, "failed");
    if ((await this.aggregations.underWay()).some(({ identifier }) => identifier === placement.identifier)) return;
    await this.aggregations.recovered(placement.providerId, placement.createdEpoch);
    this.packages.delete(placement.cid);
    await this.dropUnneeded(placement);
  }

  /** Fetches what is asked for, and plans a placement for all that can go somewhere. */
  private async takeOn(providers: readonly ProviderEntry[], at: Block): Promise<void> {
    const due = await this.aggregations.due(at.number, this.settings.maxRequests);
    if (due.length === 0) return;
    const held = await this.fetchAll(due, at);
    const requests = due
      .filter(({ piece }) => held.has(piece))
      .map(({ requestId, piece }) => ({ requestId, piece, paddedBytes: paddedBytesOf(pieceOfKey(piece).height) }));
    const { durationEpochs, renewableEpochs, maxPaddedBytes } = this.settings;
    const holdings = await gatherHoldings([...held.keys()], this.reader, this.aggregations, durationEpochs, at);
    const limits = { now: at.number, renewableEpochs, maxPaddedBytes };
    const { batches, unassigned } = assignRequests(
      requests,
      providers.map(({ id }) => id),
      holdings,
      limits,
    );
    for (const { providerId, requests: batch } of batches) {
      const members = batch.map(({ piece }) => ({ key: piece, piece: held.get(piece)! }));
      const packed = await packPieces(members, this.fetcher, maxPaddedBytes);
      this.packages.set(packed.cid, packed);
      const requestOf = new Map(batch.map(({ requestId, piece }) => [piece, requestId]));
      await this.aggregations.plan(
        {
          identifier: ulid(),
          providerId,
          cid: packed.cid,
          paddedBytes: paddedBytesOf(packed.piece.height),
          createdEpoch: at.number,
        },
        packed.members.map(({ key, piece }) => ({
          requestId: requestOf.get(key)!.toString(),
          piece: key,
          cid: pieceCidV2(piece).toString(),
        })),
      );
    }
    for (const { requestId, piece } of unassigned) {
      const request = due.find((one) => one.requestId === requestId)!;
      await this.postpone(
        request,
        piece,
        at,
        "no other provider is left: all hold the piece already or have failed to store it",
      );
    }
  }

  /** Pieces that are on disk now, by key. A piece that cannot be fetched postpones its requests. */
  private async fetchAll(due: readonly AggregatorRequest[], at: Block): Promise<Map<string, Piece>> {
    const held = new Map<string, Piece>();
    for (const piece of new Set(due.map((request) => request.piece))) {
      const asking = due.filter((request) => request.piece === piece);
      try {
        const links = asking.map(({ fetchLink }) => fetchLink).filter((link) => URL.canParse(link));
        const found = await this.fetcher.fetch(piece, [...new Set([...links, ...(await this.gateways(piece, at))])]);
        held.set(piece, found);
        for (const { requestId } of asking)
          this.options.onEvent?.({ kind: "fetched", requestId, piece, payloadBytes: found.payloadBytes });
      } catch (error) {
        if (this.stopping.signal.aborted) throw error;
        for (const request of asking) await this.postpone(request, piece, at, (error as Error).message);
      }
    }
    return held;
  }

  /** The gateways of the providers whose deals hold the piece. */
  private async gateways(piece: string, at: Block): Promise<string[]> {
    const deals = (await this.reader.inspect([piece], at)).get(piece) ?? [];
    const holders = new Set(deals.filter(({ state }) => state === "active").map(({ providerId }) => providerId));
    const cid = pieceCidV1(pieceOfKey(piece));
    const providers = await this.options.providers();
    return providers.filter(({ id }) => holders.has(id)).map(({ url }) => new URL(`/piece/${cid}`, url).href);
  }

  private async postpone(request: AggregatorRequest, piece: string, at: Block, reason: string): Promise<void> {
    const wait = this.settings.retryEpochs * (request.failures < 6n ? 2n ** request.failures : 64n);
    await this.aggregations.postpone(request.requestId, at.number + wait, reason);
    this.options.onEvent?.({ kind: "postponed", requestId: request.requestId, piece, reason });
  }

  private async packageUnderWay(cid: string): Promise<Package | undefined> {
    const placement = await this.aggregations.ofAggregate(cid);
    return placement === undefined ? undefined : this.packageOf(placement);
  }

  private async packageOf(placement: Placement): Promise<Package> {
    const known = this.packages.get(placement.cid);
    if (known !== undefined) return known;
    const keys = membersOf(placement).map(({ piece }) => piece);
    const members = await Promise.all(keys.map(async (key) => ({ key, piece: await this.fetcher.held(key) })));
    const packed = await packPieces(members, this.fetcher, this.settings.maxPaddedBytes);
    this.packages.set(placement.cid, packed);
    return packed;
  }

  /** Bytes are kept as long as a request or a placement needs them. */
  private async dropUnneeded(placement: Placement): Promise<void> {
    const wanted = new Set([
      ...(await this.aggregations.openRequests()).map(({ piece }) => piece),
      ...(await this.aggregations.underWay()).flatMap((other) => membersOf(other).map(({ piece }) => piece)),
    ]);
    for (const { piece } of membersOf(placement)) if (!wanted.has(piece)) await this.fetcher.drop(piece);
  }
}
