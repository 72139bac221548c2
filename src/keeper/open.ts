import path from "node:path";

import { Wallet } from "ethers";
import type { Logger } from "pino";

import { dealStatusAbi } from "../protocol/dealStatus";
import { FilecoinChain } from "./filecoinChain";
import type { LaneSettings } from "../outbox/lane";
import type { JsonRpc } from "../filecoin/rpc";
import { openOutbox } from "../outbox/outbox";
import { ProviderDirectory } from "../providers/directory";
import { openLibsqlStore } from "../store/libsql";
import { lockFolder } from "../store/lock";
import type { SqlStore } from "../store/store";
import { claimFolder } from "../service/claimFolder";
import { pause } from "../service/pause";
import { openedRequest } from "./openedRequest";
import { KEEPER_DEFAULTS, type Keeper, type KeeperSettings } from "./ports";
import { FetchSources } from "./sources";

export interface KeeperOptions {
  rpc: JsonRpc;
  /** Where Filecoin's own JSON-RPC is served, when not at `rpc`. */
  lotusRpc?: JsonRpc;
  /** Address of the `DealStatus` contract. */
  contract: string;
  privateKey: string;
  dataFolder: string;
  log: Logger;
  /** The node's own address as aggregators reach it, when there is one. */
  ownUrl?: string;
  /** JSON file of providers' gateways; default: `providers.json` in the data folder. */
  providersFile?: string;
  settings?: Partial<KeeperSettings>;
  lane?: Partial<LaneSettings>;
  /** Named in the folder's lock, for the error of another process that needs it. Without it nothing is locked, and nothing may be sent. */
  holder?: string;
  sleep?: Keeper["sleep"];
  /** Another store than the embedded one. */
  openStore?: (folder: string) => Promise<SqlStore>;
}

export interface OpenKeeper extends Keeper {
  chain: FilecoinChain;
  directory: ProviderDirectory;
  dataFolder: string;
  close(): Promise<void>;
}

/** Opens the store, checks that it belongs to this chain, and puts the parts together. */
export async function openKeeper(options: KeeperOptions): Promise<OpenKeeper> {
  const { rpc, contract, dataFolder, log } = options;
  const store = await (options.openStore ?? openLibsqlStore)(dataFolder);
  const lock = options.holder === undefined ? undefined : lockFolder(dataFolder, options.holder);
  const close = async () => {
    await store.close();
    lock?.release();
  };
  try {
    const chainId = await claimFolder(rpc, store.identity, dataFolder, contract.toLowerCase());
    const settings = { ...KEEPER_DEFAULTS, ...options.settings };
    const chain = new FilecoinChain(rpc, contract, settings.readTag, options.lotusRpc ?? rpc, (method) => {
      log.warn({ method }, "this endpoint does not serve the method; continuing without it");
    });
    const key = new Wallet(options.privateKey);
    const outbox = openOutbox(
      { rpc, key, chainId, intents: store.intents, errors: dealStatusAbi, log, settings: options.lane },
      { planned: "forget", seen: "events", opened: openedRequest },
    );
    const directory = new ProviderDirectory(options.providersFile ?? path.join(dataFolder, "providers.json"));
    const sources = new FetchSources(store.pieces, directory, options.ownUrl);
    const sleep = options.sleep ?? pause;
    return { store, chain, outbox, sources, settings, log, sleep, directory, dataFolder, close };
  } catch (error) {
    await close();
    throw error;
  }
}
