import path from "node:path";

import { formatEther } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";
import pino from "pino";

import { dataFolderOf, watcherKey } from "../../hardhat/config";
import { toJson } from "../../service/json";
import { pause } from "../../service/pause";
import { table } from "../table";
import { needsAttention } from "../command";
import { spendingOf } from "../network";
import { MarketTaskError, openReader } from "./open";
import {
  openWatcher,
  type OpenWatcher,
  WATCHER_DEFAULTS,
  type WatcherOptions,
  type WatchReport,
} from "../../watcher/watcher";

interface WatchArgs {
  once: boolean;
  dryRun: boolean;
  margin: string;
  odds: number;
  acceptances?: string;
  to?: string;
  folder?: string;
  intervalSeconds: number;
  dailyLimit?: string;
  logs: boolean;
  json: boolean;
}

const MAX_BACK_OFF = 16;

/** `market watch`: one tick with --once, else ticks until SIGINT or SIGTERM. */
export async function watch(hre: HardhatRuntimeEnvironment, args: WatchArgs): Promise<void> {
  const watcher = await openWatcher(await optionsOf(hre, args));
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    if (args.once) show(await watcher.tick(), args);
    else await watchOn(watcher, args, stopping.signal);
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
    await watcher.close();
  }
}

async function watchOn(watcher: OpenWatcher, args: WatchArgs, signal: AbortSignal): Promise<void> {
  for (let failed = 0; !signal.aborted;) {
    try {
      show(await watcher.tick(), args);
      failed = 0;
    } catch (error) {
      failed++;
      console.error(`The market could not be read (${(error as Error).message}); it will be tried again.`);
    }
    await pause(args.intervalSeconds * 1_000 * Math.min(MAX_BACK_OFF, 2 ** failed), signal);
  }
}

async function optionsOf(hre: HardhatRuntimeEnvironment, args: WatchArgs): Promise<WatcherOptions> {
  const { reader, rpc } = await openReader(hre);
  return {
    rpc,
    addresses: reader.addresses,
    privateKey: watcherKey(hre.network.name),
    folder: args.folder ?? path.join(dataFolderOf(hre.network.name), "watcher"),
    acceptances: args.acceptances?.split(",") ?? [],
    payTo: args.to,
    dryRun: args.dryRun,
    settings: { ...WATCHER_DEFAULTS, marginPercent: percentOf(args.margin), lossOddsPercent: BigInt(args.odds) },
    lane: spendingOf(args),
    holder: args.dryRun ? undefined : "market watch",
    log: pino({ level: args.logs ? "debug" : "silent", base: undefined }, pino.destination(2)),
  };
}

function percentOf(margin: string): bigint {
  const percent = Math.round(Number(margin) * 100);
  if (Number.isSafeInteger(percent) && percent >= 0) return BigInt(percent);
  throw new MarketTaskError(`--margin takes a number of 0 or more, such as 1.5, not ${margin}.`);
}

function show(report: WatchReport, { json, once }: WatchArgs): void {
  if (report.problems.length > 0 || report.decisions.some(({ decision }) => decision === "blocked")) needsAttention();
  if (json) return console.log(toJson(report, once ? 2 : undefined));
  const { epoch, deals, looked, waiting, decisions, settled, problems } = report;
  const news = decisions.length + settled.length + problems.length > 0;
  if (!news && !once) return;
  const lines = [
    `Epoch ${epoch}: ${deals} open deals, the sectors of ${looked} checked, ${waiting} transactions waiting.`,
  ];
  if (decisions.length > 0) {
    lines.push(
      table(
        ["what", "decision", "reward (FIL)", "gas (FIL)", "why", "reason"],
        decisions.map(({ key, decision, rewardAtto, costAtto, why, reason }) => [
          key,
          decision,
          formatEther(rewardAtto),
          costAtto === undefined ? "–" : formatEther(costAtto),
          why,
          reason,
        ]),
      ),
    );
  }
  for (const { key, state, hash, rewardAtto, costAtto, error } of settled)
    lines.push(
      `${key}: ${state}, reward ${formatEther(rewardAtto)} FIL, gas ${formatEther(costAtto)} FIL. ${hash ?? error ?? ""}`,
    );
  lines.push(...problems);
  console.log(lines.join("\n"));
}
