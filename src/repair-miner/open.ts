import { Wallet } from "ethers";
import path from "node:path";
import type { Logger } from "pino";

import { type Block, blockAt } from "../filecoin/block";
import type { LaneSettings } from "../outbox/lane";
import { LotusClient } from "../filecoin/lotus";
import { repairErrors } from "../protocol/marketAbi";
import type { JsonRpc } from "../filecoin/rpc";
import { type Acceptance, ACCEPTANCE_TYPES, marketDomain } from "../protocol/authorisation";
import { MarketReader } from "../protocol/repairMarket";
import { openOutbox } from "../outbox/outbox";
import { repairSettingsFor } from "../policy/repairTerms";
import { claimFolder } from "../service/claimFolder";
import { delegatedIdentity } from "../providers/curioAuth";
import type { ProviderOffer } from "../policy/providerChoice";
import { openLibsqlStore } from "../store/libsql";
import { lockFolder } from "../store/lock";
import { RepairDeals } from "../store/repairDeals";
import type { SqlStore } from "../store/store";
import { Background } from "./background";
import { RepairMiner } from "./miner";
import { Negotiation } from "./negotiation";
import type { MinerParts } from "./parts";
import { noteSealed } from "./sealing";
import { MINER_DEFAULTS, type MinerSettings } from "./settings";
import { ShardFolder } from "./shardFolder";

export interface RepairMinerOptions {
  rpc: JsonRpc;
  /** Where Filecoin's own JSON-RPC is served, when not at `rpc`. */
  lotusRpc?: JsonRpc;
  /** Addresses of `RepairMarket`, of its lens, and of this miner's `RepairMiner`. */
  market: string;
  lens: string;
  repairMiner: string;
  /** The worker's key: it signs acceptances, pays for transactions, and speaks to providers. */
  privateKey: string;
  /** Where bytes and state are kept. */
  folder: string;
  /** Storage providers that may be asked, read again each time. */
  providers(): Promise<ProviderOffer[]>;
  /** Where providers reach this miner; until a server says otherwise. */
  publicUrl?: string;
  log: Logger;
  settings?: Partial<MinerSettings>;
  lane?: Partial<LaneSettings>;
  /** Milliseconds that a tick waits for long work before it leaves it to the next one; default: until it ends. */
  patienceMs?: number;
  /** The name of the program that holds the folder's lock, for the error of another one. */
  holder?: string;
  /** Other stores than the embedded ones, or these seen through something. */
  openStores?: (folder: string) => Promise<{ base: SqlStore; deals: RepairDeals }>;
  /** Something changed that a tick should look at. */
  wake?: () => void;
}

/** The key is not the worker's, or the address is not a miner of the market; the message says which. */
export class NotWorkerError extends Error {
  override readonly name = "NotWorkerError";
}

/** A miner whose deals are taken on by `tick`, with no server and no clock of its own. */
export async function openRepairMiner(
  options: RepairMinerOptions,
): Promise<{ miner: RepairMiner; chainId: bigint; serveAt(url: string): void }> {
  const { rpc, folder } = options;
  const { base, deals } = await (options.openStores ?? openStores)(folder);
  const lock = lockFolder(folder, options.holder ?? "repair miner");
  const stopping = new AbortController();
  const release = async () => {
    await deals.close();
    await base.close();
    lock.release();
  };
  try {
    // It belongs to one chain, one market and one miner.
    const owner = `${options.market}/${options.repairMiner}`.toLowerCase();
    const chainId = await claimFolder(rpc, base.identity, folder, owner);
    const served = { url: options.publicUrl ?? "" };
    const parts = await assemble(options, { base, deals, chainId, served, signal: stopping.signal });
    await dropLeftovers(parts);
    const pin = () => blockAt(rpc, parts.settings.readTag);
    const negotiation = new Negotiation(parts, pin, options.wake ?? (() => {}));
    const note = (at: Block) => noteSealed(parts, rpc, base.cursors, at);
    const close = async () => {
      stopping.abort();
      await parts.work.settle(Infinity);
      await release();
    };
    const patience = { patienceMs: options.patienceMs ?? Infinity };
    const miner = new RepairMiner(parts, negotiation, pin, note, patience, close);
    return { miner, chainId, serveAt: (url) => void (served.url = options.publicUrl ?? url) };
  } catch (error) {
    await release();
    throw error;
  }
}

async function openStores(folder: string): Promise<{ base: SqlStore; deals: RepairDeals }> {
  return { base: await openLibsqlStore(folder), deals: await RepairDeals.open(folder) };
}

async function assemble(
  options: RepairMinerOptions,
  open: { base: SqlStore; deals: RepairDeals; chainId: bigint; served: { url: string }; signal: AbortSignal },
): Promise<MinerParts> {
  const { rpc, market, repairMiner, log, privateKey } = options;
  const { base, deals, chainId, served, signal } = open;
  const settings = { ...MINER_DEFAULTS, ...options.settings };
  const at = await blockAt(rpc, settings.readTag);
  const chain = new MarketReader(rpc, { market, lens: options.lens });
  const rules = await chain.rules(at.number);
  const key = new Wallet(privateKey);
  if ((await chain.minerByActor(repairMiner, at.number)) === undefined)
    throw new NotWorkerError(
      `${repairMiner} is not a miner of the market ${market}: check the address, and the network (--network).`,
    );
  const worker = await chain.workerOf(repairMiner, at.number);
  if (worker !== key.address)
    throw new NotWorkerError(
      `The worker of ${repairMiner} is ${worker}; the key given has ${key.address}. ` +
        "Give the worker's key, or name another worker (RepairMiner.changeWorker).",
    );
  const outbox = openOutbox(
    { rpc, key, chainId, intents: base.intents, errors: repairErrors, log, settings: options.lane },
    { planned: "forget", seen: "block", about: ({ requestId }) => ({ deal: requestId?.toString() }) },
  );
  const domain = marketDomain(chainId, market);
  return {
    ...{ deals, chain, rules, settings, log, signal, repairMiner },
    failures: base.providerFailures,
    shards: new ShardFolder(path.join(options.folder, "deals")),
    lotus: new LotusClient(options.lotusRpc ?? rpc, (method) => log.warn({ method }, "not served by this endpoint")),
    outbox,
    work: new Background(),
    seen: new Map(),
    identity: delegatedIdentity(privateKey),
    policy: { ...repairSettingsFor(rules), ...settings.policy },
    sectorContents: await chain.sectorContents(at.number),
    url: () => served.url,
    providers: options.providers,
    signAcceptance: (acceptance: Acceptance) => key.signTypedData(domain, ACCEPTANCE_TYPES, acceptance),
  };
}

/** Bytes of deals that ended while their folder was being removed, and files that a killed process was writing. */
async function dropLeftovers({ deals, shards }: MinerParts): Promise<void> {
  const open = new Set((await deals.open()).map(({ id }) => id));
  for (const folder of await shards.deals()) await (open.has(folder) ? shards.sweep(folder) : shards.drop(folder));
}
