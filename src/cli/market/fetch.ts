import path from "node:path";

import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { dataFolderOf } from "../../hardhat/config";
import { type CommandContext, formatBytes, type Report, runTask } from "../command";
import { readManifest } from "../../data/shardFiles";
import { ProviderDirectory } from "../../providers/directory";
import { openReader } from "./open";
import { fetchDeal } from "../../client/fetch/fetch";

interface FetchArgs {
  target: string;
  out?: string;
  providers?: string;
  manifest?: string;
  from?: string;
  parallel?: number;
  json: boolean;
}

/** `market fetch`: restores the file from any k shards. */
export async function fetchTask(hre: HardhatRuntimeEnvironment, args: FetchArgs): Promise<void> {
  const interrupted = "Interrupted. Shards that were fetched are kept: run the same command again to continue.";
  await runTask((context) => fetchCommand(hre, args, context), args.json, interrupted);
}

async function fetchCommand(hre: HardhatRuntimeEnvironment, args: FetchArgs, context: CommandContext): Promise<Report> {
  const { reader, rpc } = await openReader(hre);
  const directory = new ProviderDirectory(
    args.providers ?? path.join(dataFolderOf(hre.network.name), "providers.json"),
  );
  const fetched = await fetchDeal({
    ...context,
    ...{ reader, rpc, directory, target: args.target, out: args.out, parallel: args.parallel },
    manifest: args.manifest === undefined ? undefined : readManifest(args.manifest),
    gateways: args.from === undefined ? [] : args.from.split(","),
  });
  const { dealId, out, payloadBytes, used, rebuilt, failures } = fetched;
  return {
    rows: [
      ["written to", out],
      ["payload", formatBytes(payloadBytes)],
      ["deal", String(dealId)],
      ["from shards", used.join(", ")],
      ...(rebuilt.length === 0 ? [] : [["rebuilt", rebuilt.join(", ")] as [string, string]]),
      ...failures.map(({ shard, source, reason }): [string, string] => [
        "not fetched",
        `shard ${shard}, ${source}: ${reason}`,
      ]),
    ],
    json: fetched,
  };
}
