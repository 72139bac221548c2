import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { HardhatPluginError } from "hardhat/plugins";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { toJson } from "../../service/json";
import { MarketScene } from "../../scenarios/marketScene";
import { MarketStory } from "../../scenarios/marketStory";
import { StoryError } from "../../scenarios/story";
import { chainOf } from "./taskChain";
import { runYear } from "../../scenarios/year/run";

/** What the tasks do that run the repair market on a network of their own. */

export interface DemoArguments {
  file?: string;
  mib: number;
  providers: number;
  json: boolean;
}

const MIB = 1 << 20;

/** `local demo`: the whole story of the repair market, in minutes. */
export async function demo(hre: HardhatRuntimeEnvironment, args: DemoArguments): Promise<void> {
  const startedAt = Date.now();
  const print = (line: string) => (args.json ? console.error(line) : console.log(line));
  const folder = await mkdtemp(path.join(tmpdir(), "raas-demo-"));
  try {
    const scene = await MarketScene.start({
      ...{ chain: chainOf(hre, "local demo"), folder: path.join(folder, "scene"), providers: args.providers },
    });
    try {
      const figures = await new MarketStory({ scene, print, folder, ...(await filesFor(args, folder)) }).tell();
      print(`\nEvery step had the expected result, in ${((Date.now() - startedAt) / 1000).toFixed(1)} s.`);
      if (args.json) console.log(toJson(figures, 2));
    } finally {
      await scene.stop();
    }
  } catch (error) {
    throw error instanceof StoryError ? new HardhatPluginError("filecoin-raas", error.message, error) : error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export interface YearArguments {
  days: number;
  seed: number;
  providers: number;
  folder?: string;
  json: boolean;
}

/** `local year`: deals of a repair miner through days of random faults. */
export async function year(hre: HardhatRuntimeEnvironment, args: YearArguments): Promise<void> {
  const startedAt = Date.now();
  const folder = args.folder ?? (await mkdtemp(path.join(tmpdir(), "raas-year-")));
  const { providers, days, seed } = args;
  try {
    const chain = chainOf(hre, "local year");
    const scene = await MarketScene.start({ chain, folder: path.join(folder, "scene"), providers });
    try {
      const onDay = (day: number) => {
        if (day % DAYS_TOLD === 0 || day === days) console.error(`day ${day} of ${days}, ${seconds(startedAt)} s`);
      };
      const report = await runYear({ scene, folder: path.join(folder, "run"), days, seed, onDay });
      const text = toJson({ ...report, seconds: seconds(startedAt), peakMiB: peakMiB() }, 2);
      console.log(args.json ? text : `No byte was lost and no invariant broken in ${days} days.\n${text}`);
    } finally {
      await scene.stop();
    }
  } finally {
    if (args.folder === undefined) await rm(folder, { recursive: true, force: true });
  }
}

const DAYS_TOLD = 5;
const seconds = (since: number) => Number(((Date.now() - since) / 1000).toFixed(1));
const peakMiB = () => Math.round(process.resourceUsage().maxRSS / 1024);

/** The file given, or one of random bytes; and a small one for the miner that stops. */
async function filesFor({ file, mib }: DemoArguments, folder: string): Promise<{ file: string; neglected: string }> {
  await mkdir(folder, { recursive: true });
  const neglected = path.join(folder, "neglected.bin");
  await writeFile(neglected, randomBytes(MIB));
  if (file !== undefined) return { file, neglected };
  const made = path.join(folder, "file.bin");
  await writeFile(made, randomBytes(mib * MIB));
  return { file: made, neglected };
}
