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

/** Clients find a miner by the URL in its record on chain: they had better find this one. */
async function compareUrls(urls: MinerUrls, miner: string, url: string): Promise<void> {
  let announced: string | undefined;
  let why = "this node has no log of its making";
  try {
    announced = await urls.announcedBy(miner);
  } catch (error) {
    // Many nodes keep no logs that are so old: no reason not to serve.
    if (!(error instanceof RpcError)) throw error;
    why = error.message;
  }
  if (announced === undefined)
    console.warn(
      `Where clients look for ${miner} could not be read here (${why}): see that its record on chain says ${url}.`,
    );
  else if (announced.replace(/\/$/, "") !== url.replace(/\/$/, ""))
    console.warn(
      `On chain ${miner} is found at "${announced}", served here is ${url}: clients will not find it. ` +
        "Give the one on chain with --public-url, or make a miner with --peer-id and this one.",
    );
}

function missing(hre: HardhatRuntimeEnvironment, name: string): never {
  const { name: network } = hre.network;
  throw new TaskError(
    `No ${name} is known on ${network}: deploy it with "npx hardhat deploy --network ${network} --tags RepairMarketLens".`,
  );
}
