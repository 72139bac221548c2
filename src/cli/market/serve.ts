import path from "node:path";

import { parseEther } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";
import pino from "pino";

import { HttpRpc, RpcError } from "../../filecoin/rpc";
import { dataFolderOf, lotusUrl, repairMinerKey } from "../../hardhat/config";
import { rpcOf, spendingOf, TaskError } from "../network";
import { MinerUrls } from "../../protocol/minerUrls";
import { ProviderDirectory } from "../../providers/directory";
import { startRepairMiner } from "../../repair-miner/node";
import type { MinerSettings } from "../../repair-miner/settings";

interface ServeArgs {
  miner: string;
  host: string;
  port: number;
  data?: string;
  providers?: string;
  interval: number;
  dropBytes: boolean;
  maxPayloadMib: string;
  maxTentative: number;
  maxPrice?: string;
  minWithdraw: string;
  withdrawTo?: string;
  dailyLimit?: string;
  publicUrl?: string;
  readTag: string;
}

const MIB = 1n << 20n;

/** Runs until SIGTERM or SIGINT, then finishes what has begun. */
export async function serve(hre: HardhatRuntimeEnvironment, args: ServeArgs): Promise<void> {
  const deployed = async (name: string) => (await hre.deployments.getOrNull(name)) ?? missing(hre, name);
  const folder = args.data ?? path.join(dataFolderOf(hre.network.name), `repair-miner-${args.miner}`);
  const directory = new ProviderDirectory(
    args.providers ?? path.join(dataFolderOf(hre.network.name), "providers.json"),
  );
  const rpc = rpcOf(hre);
  const { address: market, receipt } = await deployed("RepairMarket");
  const log = pino({ level: "info", base: undefined }, pino.destination(2));
  const node = await startRepairMiner({
    rpc,
    market,
    lens: (await deployed("RepairMarketLens")).address,
    repairMiner: args.miner,
    privateKey: repairMinerKey(hre.network.name),
    folder,
    providers: () => directory.offers(),
    log,
    settings: settingsOf(args),
    lane: spendingOf(args),
    ...(lotusUrl === "" ? {} : { lotusRpc: new HttpRpc(lotusUrl) }),
    ...{ host: args.host, port: args.port, publicUrl: args.publicUrl, intervalMs: args.interval * 1000 },
  });
  const url = args.publicUrl ?? node.url;
  console.log(`Repair miner ${args.miner} at ${node.url}, data in ${folder}. Ctrl-C stops it.`);
  await compareUrls(new MinerUrls(rpc, market, BigInt(receipt?.blockNumber ?? 0)), args.miner, url);
  await new Promise<void>((resolve) => {
    process.once("SIGTERM", resolve);
    process.once("SIGINT", resolve);
  });
  console.log("Finishing what has begun …");
  await node.stop();
}

function settingsOf(args: ServeArgs): Partial<MinerSettings> {
  const { readTag } = args;
  if (readTag !== "finalized" && readTag !== "safe" && readTag !== "latest")
    throw new TaskError(`--read-tag takes finalized, safe or latest, not ${readTag}.`);
  return {
    readTag,
    dropBytes: args.dropBytes,
    maxPayloadBytes: BigInt(args.maxPayloadMib) * MIB,
    maxTentative: args.maxTentative,
    policy: { minWithdrawAtto: parseEther(args.minWithdraw) },
    ...(args.withdrawTo === undefined ? {} : { withdrawTo: args.withdrawTo }),
    ...(args.maxPrice === undefined ? {} : { maxProviderPriceAtto: BigInt(args.maxPrice) }),
  };
}

/** Clients find a miner by the URL in its record on chain: warns when that is not the URL of this program. */
async function compareUrls(urls: MinerUrls, miner: string, url: string): Promise<void> {
  let announced: string | undefined;
  let why = "this node has no log of its creation";
  try {
    announced = await urls.announcedBy(miner);
  } catch (error) {
    // Many nodes do not keep logs that are so old. The miner can work without them.
    if (!(error instanceof RpcError)) throw error;
    why = error.message;
  }
  if (announced === undefined)
    console.warn(`The URL in the record of ${miner} on chain could not be read (${why}): make sure that it is ${url}.`);
  else if (announced.replace(/\/$/, "") !== url.replace(/\/$/, ""))
    console.warn(
      `The record of ${miner} on chain names "${announced}", but it is served at ${url}: clients will not find it. ` +
        "Give the URL of the record with --public-url, or create a miner whose --peer-id is this URL.",
    );
}

function missing(hre: HardhatRuntimeEnvironment, name: string): never {
  const { name: network } = hre.network;
  throw new TaskError(
    `No deployment of ${name} is known on ${network}: deploy it with "npx hardhat deploy --network ${network} --tags RepairMarketLens".`,
  );
}
