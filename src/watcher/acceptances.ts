import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";

import { ContractRevertError } from "../filecoin/revert";
import { acceptanceSchema, RECORD_FILE, type SignedAcceptance } from "../protocol/negotiationWire";
import { marketAbi } from "../protocol/marketAbi";
import type { MarketReader } from "../protocol/repairMarket";
import type { Opportunity } from "../policy/watcherFinds";
import { bondShareAtto } from "../policy/watcherRewards";
import type { RepairParameters } from "../protocol/parameters/repairMarket";

interface GivenAcceptance {
  file: string;
  acceptance: SignedAcceptance;
}

/** Reads acceptances from a file, or from all `.json` files in a folder; `problems` names the files that are not acceptances. */
export async function readAcceptances(from: string): Promise<{ given: GivenAcceptance[]; problems: string[] }> {
  const given: GivenAcceptance[] = [];
  const problems: string[] = [];
  let files: string[];
  try {
    files = await filesOf(from);
  } catch (error) {
    return { given, problems: [`No acceptances can be read from ${from}: ${(error as Error).message}`] };
  }
  for (const file of files) {
    try {
      const json = JSON.parse(await readFile(file, "utf8")) as { acceptance?: unknown };
      given.push({ file, acceptance: acceptanceSchema.parse(json.acceptance ?? json) });
    } catch (error) {
      problems.push(`${file} is not an acceptance: ${(error as Error).message}`);
    }
  }
  return { given, problems };
}

async function filesOf(from: string): Promise<string[]> {
  if (!(await stat(from)).isDirectory()) return [from];
  const names = await readdir(from, { recursive: true });
  // In a folder of uploads, each acceptance has the upload's record beside it.
  const wanted = (name: string) => path.extname(name) === ".json" && path.basename(name) !== RECORD_FILE;
  return names.filter(wanted).map((name) => path.join(from, name));
}

/** The reward for a broken promise; undefined while it may still be kept, when it was kept, or when the time to claim is over. */
export async function findBroken(
  reader: Pick<MarketReader, "orderOf" | "asks" | "minerOf">,
  { file, acceptance }: GivenAcceptance,
  { rules, epoch }: { rules: RepairParameters; epoch: bigint },
): Promise<Opportunity | undefined> {
  const { bidId, askId, miner, deadline, authorisation, signature } = acceptance;
  if (epoch <= deadline || epoch > deadline + rules.claimWindow) return undefined;
  const order = await orUndefined(reader.orderOf(bidId, epoch));
  const [ask] = await reader.asks(askId, 1, epoch);
  if (order === undefined || ask === undefined) return undefined;
  if (order.closedAt !== 0n && order.closedAt <= deadline) return undefined;
  const record = await reader.minerOf(ask.minerId, epoch);
  const promise = { bidId, askId, miner, deadline, authorisation };
  return {
    key: `acceptance/${bidId}/${askId}/${deadline}`,
    kind: "acceptance",
    dealId: bidId,
    rewardAtto: bondShareAtto(record, rules),
    why: `${miner} promised to fill bid ${bidId} by epoch ${deadline} and did not (${path.basename(file)})`,
    data: marketAbi.encodeFunctionData("slashBrokenAcceptance", [promise, signature]),
  };
}

async function orUndefined<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ContractRevertError) return undefined;
    throw error;
  }
}
