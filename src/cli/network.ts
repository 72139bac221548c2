import { parseEther } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";
import pino, { type Logger } from "pino";

import type { LaneSettings } from "../outbox/lane";
import { HttpRpc, type JsonRpc, ProviderRpc } from "../filecoin/rpc";
import { dataFolderOf, keeperKey, lotusUrl } from "../hardhat/config";
import { type KeeperOptions, type OpenKeeper, openKeeper } from "../keeper/open";
import type { KeeperSettings, ServeRule } from "../keeper/ports";

/** What every keeper task takes. */
export interface KeeperArgs {
  data?: string;
  contract?: string;
  serve?: string;
  dailyLimit?: string;
  readTag?: string;
  requestTimeout?: number;
  logs?: boolean;
}

export class TaskError extends Error {
  override readonly name = "TaskError";
}

/** Everything `openKeeper` needs, from a Hardhat network and a task's arguments. */
export async function keeperOptions(hre: HardhatRuntimeEnvironment, args: KeeperArgs): Promise<KeeperOptions> {
  const { network } = hre;
  const privateKey = keeperKey(network.name);
  const deployment = await deployedDealStatus(hre);
  const contract = args.contract ?? deployment?.address;
  if (contract === undefined) {
    throw new TaskError(
      `No deployment of DealStatus is known on ${network.name}: deploy it (npx hardhat deploy --network ${network.name} ` +
        `--tags DealStatus) or name one with --contract 0x….`,
    );
  }
  const settings: Partial<KeeperSettings> = {
    serve: parseServe(args.serve ?? "own"),
    readTag: parseReadTag(args.readTag ?? "finalized"),
    startBlock: contract === deployment?.address ? BigInt(deployment.receipt?.blockNumber ?? 0) : 0n,
  };
  if (args.requestTimeout !== undefined) settings.requestTimeoutEpochs = BigInt(args.requestTimeout);
  return {
    rpc: rpcOf(hre),
    lotusRpc: lotusUrl === "" ? undefined : new HttpRpc(lotusUrl),
    contract,
    privateKey,
    dataFolder: args.data ?? dataFolderOf(network.name),
    log: taskLog(args.logs === true),
    settings,
    lane: spendingOf(args),
  };
}

/** Looking a deployment up asks the network for its chain id, so this is where an unreachable node shows first. */
async function deployedDealStatus({ deployments, network }: HardhatRuntimeEnvironment) {
  try {
    return await deployments.getOrNull("DealStatus");
  } catch (cause) {
    const url = "url" in network.config ? ` at ${network.config.url}` : "";
    const hint = network.name === "localhost" ? "start one with npm start" : "check its URL";
    throw new TaskError(`No node answers for network ${network.name}${url}: ${hint}.`, { cause });
  }
}

export function rpcOf({ network }: HardhatRuntimeEnvironment): JsonRpc {
  return "url" in network.config ? new HttpRpc(network.config.url!) : new ProviderRpc(network.provider);
}

/** Opens a keeper for one task and closes it after. `holder` names the task in the folder's lock; without it the folder is
 *  not locked and nothing may be sent. */
export async function withKeeper<T>(
  hre: HardhatRuntimeEnvironment,
  args: KeeperArgs,
  holder: string | undefined,
  work: (keeper: OpenKeeper) => Promise<T>,
): Promise<T> {
  const keeper = await openKeeper({ ...(await keeperOptions(hre, args)), holder });
  try {
    return await work(keeper);
  } finally {
    await keeper.close();
  }
}

/** Log lines go to stderr, so that --json stays clean. */
function taskLog(logs: boolean): Logger {
  return pino({ level: logs ? "debug" : "warn", base: undefined }, pino.destination(2));
}

/** What a program may spend. */
export function spendingOf({ dailyLimit }: { dailyLimit?: string }): Partial<LaneSettings> {
  if (dailyLimit === undefined) return {};
  try {
    return { dailyLimitAtto: parseEther(dailyLimit) };
  } catch (cause) {
    throw new TaskError(`--daily-limit takes an amount of FIL such as 0.5, not ${dailyLimit}.`, { cause });
  }
}

function parseServe(text: string): ServeRule {
  if (text === "own" || text === "all") return { kind: text };
  const clients = text.split(",");
  if (clients.every((client) => /^0x[0-9a-f]{40}$/i.test(client))) return { kind: "list", clients };
  throw new TaskError(`--serve takes own, all, or a list of client addresses (0x…,0x…), not ${text}.`);
}

function parseReadTag(text: string): KeeperSettings["readTag"] {
  if (text === "finalized" || text === "safe" || text === "latest") return text;
  throw new TaskError(`--read-tag takes finalized, safe or latest, not ${text}.`);
}
