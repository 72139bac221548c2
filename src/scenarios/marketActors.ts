import { type AddressInfo, createServer } from "node:net";

import { SigningKey, Wallet } from "ethers";
import type { Logger } from "pino";

import type { JsonRpc } from "../filecoin/rpc";
import { chainIdOf } from "../filecoin/block";
import { sent } from "../protocol/sent";
import { beginUpload, type UploadTerms } from "../client/upload/begin";
import { MarketChain } from "../client/upload/chain";
import { MinerApi } from "../client/upload/minerApi";
import { MinerUrls } from "../protocol/minerUrls";
import type { Manifest } from "../data/manifest";
import { readManifest } from "../data/shardFiles";
import { UploadRecords } from "../client/upload/record";
import { runUpload, type UploadResult } from "../client/upload/run";
import { MarketReader } from "../protocol/repairMarket";
import { type RepairMinerNodeOptions, type RunningRepairMiner, startRepairMiner } from "../repair-miner/node";
import { IRepairMiner__factory } from "../../typechain-types";
import { ProviderDirectory } from "../providers/directory";
import type { MarketScene } from "./marketScene";

/** A repair miner that is known on chain, with an ask, and where it will be found. */
export interface Announced {
  repairMiner: string;
  /** Of owner and worker, which are one here. */
  key: string;
  port: number;
  folder: string;
}

interface Offer {
  key: string;
  /** Its data folder. */
  folder: string;
  pledge: bigint;
  /** Beyond what the pledge needs, attoFIL. */
  extraCollateralAtto: bigint;
  /** attoFIL per GiB and epoch. */
  priceAtto: bigint;
  /** Padded bytes. */
  askBytes: bigint;
}

/** Makes a repair miner on chain, at a free port of this machine, and puts its ask into the market. */
export async function announce(scene: MarketScene, offer: Offer): Promise<Announced> {
  const owner = new Wallet(offer.key, scene.provider);
  const port = await freePort();
  const market = scene.market.connect(owner);
  const pubkey = SigningKey.computePublicKey(offer.key);
  const value = (await market.collateralDue(offer.pledge)) + offer.extraCollateralAtto;
  const peerId = Buffer.from(`http://127.0.0.1:${port}`);
  await sent("create-miner", market.createRepairMiner, pubkey, offer.pledge, peerId, { value });
  const { actor } = await market.minerOf((await market.counts()).miners);
  const miner = IRepairMiner__factory.connect(actor, owner);
  await sent("ask", miner["addAsk(uint256,uint256)"], offer.priceAtto, offer.askBytes);
  return { repairMiner: actor, key: offer.key, port, folder: offer.folder };
}

/** Its program, which ticks only when it is told to. */
export async function startMiner(
  scene: MarketScene,
  { repairMiner, key, port, folder }: Announced,
  log: Logger,
  options: Partial<Pick<RepairMinerNodeOptions, "settings" | "openStores">> & { rpc?: JsonRpc } = {},
): Promise<RunningRepairMiner> {
  const directory = new ProviderDirectory(scene.fleet.directoryFile);
  const { market, lens } = scene.addresses;
  return startRepairMiner({
    ...{ market, lens, repairMiner, privateKey: key, folder, port, log },
    providers: () => directory.offers(),
    requestsPerMinute: 100_000,
    ...options,
    rpc: options.rpc ?? scene.rpc,
    settings: { readTag: "latest", ...options.settings },
  });
}

interface StoreOrder {
  key: string;
  /** Where the client keeps what it must not forget. */
  folder: string;
  terms: UploadTerms;
  /** The ask to fill; any if not given. */
  askId?: bigint;
  /** What happens while the client waits. */
  meanwhile(): Promise<void>;
}

/** Stores a file as `market store` does. */
export async function storeInMarket(
  scene: MarketScene,
  order: StoreOrder,
): Promise<UploadResult & { manifest: Manifest }> {
  const client = new Wallet(order.key, scene.provider);
  const chainId = await chainIdOf(scene.rpc);
  const reader = new MarketReader(scene.rpc, scene.addresses);
  const records = new UploadRecords(order.folder);
  const { market } = scene.addresses;
  const owner = { chainId, market, client: client.address };
  const begun = await beginUpload(records, owner, order.terms, { again: false, reader });
  const stored = await runUpload(
    {
      ...{ reader, records, chainId, market, again: false, pollMs: 0, retries: 4 },
      chain: new MarketChain(scene.rpc, scene.market.connect(client), client, client.address, chainId),
      urls: new MinerUrls(scene.rpc, market, 0n),
      api: (url) => new MinerApi(url),
      rules: await reader.rules(),
      choice: { askId: order.askId },
      sleep: () => order.meanwhile(),
    },
    begun,
  );
  return { ...stored, manifest: readManifest(records.folderOf(begun.id)) };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise<void>((resolve) => probe.close(() => resolve()));
  return port;
}
