import { scope, types } from "hardhat/config";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import type { ControlRequest } from "../src/scenarios/controlWire";
import type { DemoArguments, YearArguments } from "../src/cli/local/marketTasks";
import type { StartArguments } from "../src/cli/local/startTask";

const local = scope("local", "A local Filecoin network on this machine, and events to try out on it");

const starting = () => require("../src/cli/local/startTask") as typeof import("../src/cli/local/startTask");
const market = () => require("../src/cli/local/marketTasks") as typeof import("../src/cli/local/marketTasks");
const orders = () => require("../src/cli/local/orderTask") as typeof import("../src/cli/local/orderTask");

local
  .task("start", "Starts a chain, storage providers, an aggregator and a RaaS node, and keeps a file stored on them")
  .addOptionalPositionalParam("file", "the file to store in three copies, up to 256 MiB", "README.md")
  .addFlag("once", "go through the whole story (store, fault, repair, terminate, renew, retrieve) and exit")
  .addOptionalParam("port", "port of the chain's JSON-RPC on 127.0.0.1", 8545, types.int)
  .addOptionalParam("nodePort", "port of the RaaS node on 127.0.0.1; 0: any free one", 0, types.int)
  .addOptionalParam("epochMs", "milliseconds an epoch lasts (30 000 on Filecoin)", 1000, types.int)
  .addOptionalParam("providers", "number of storage providers", 6, types.int)
  .setAction(async (args: StartArguments, hre) => starting().startLocal(hre, args));

local
  .task(
    "demo",
    "Shows the repair market: a file is stored, four providers are lost, shards are rebuilt, the miner is paid; another stops",
  )
  .addOptionalPositionalParam("file", "the file to store; left out: random bytes")
  .addOptionalParam("mib", "how much random data, in MiB", 20, types.int)
  .addOptionalParam("providers", "number of storage providers", 14, types.int)
  .addFlag("json", "print the figures as JSON, and what happens on standard error")
  .setAction(async (args: DemoArguments, hre) => market().demo(hre, args));

local
  .task(
    "year",
    "Simulates a repair miner's deals through days of random faults, failing requests and kills; audits money and data daily",
  )
  .addOptionalParam("days", "days of 2880 epochs", 365, types.int)
  .addOptionalParam(
    "seed",
    "seed of the random numbers; what happens also depends on what the miner does",
    1,
    types.int,
  )
  .addOptionalParam("providers", "storage providers at the start", 24, types.int)
  .addOptionalParam(
    "folder",
    "folder for the miner's log and all other files, kept at the end (default: a temporary one, removed)",
    undefined,
  )
  .addFlag("json", "print JSON alone")
  .setAction(async (args: YearArguments, hre) => market().year(hre, args));

/** A task that tells the running network to do something to one sector. */
function sectorTask(action: "fault" | "recover" | "terminate", description: string): void {
  local
    .task(action, `${description}. Name the sector by --deal, by --provider and --sector, or by --piece and --copy`)
    .addOptionalParam("deal", "deal id", undefined, types.string)
    .addOptionalParam("provider", "the provider's actor id, as f01003 or 1003", undefined, types.string)
    .addOptionalParam("sector", "sector number", undefined, types.string)
    .addOptionalParam("piece", "piece CID v2", undefined, types.string)
    .addOptionalParam(
      "copy",
      "which of the piece's live copies, from 1 in the order of `raas status`",
      undefined,
      types.int,
    )
    .addFlag("json", "print JSON")
    .setAction(async (args, hre) => order(hre, { action, target: orders().targetOf(args) }, args.json));
}

sectorTask("fault", "A provider stops proving a sector: it is faulty from its next deadline on (within 2880 epochs)");
sectorTask("recover", "A provider proves a sector again");
sectorTask("terminate", "A provider terminates a sector, and with it its deals");

local
  .task("skip", "Advances the chain by a number of epochs at once")
  .addPositionalParam("epochs", "number of epochs (2880 are a day)", undefined, types.string)
  .addFlag("json", "print JSON")
  .setAction(async ({ epochs, json }, hre) => order(hre, { action: "skip", epochs }, json));

for (const [action, description] of [
  ["vanish", "A provider disappears: no answer, no proofs"],
  ["return", "A vanished provider is back and proves again"],
  ["refuse", "A provider refuses every new deal (426)"],
  ["overload", "A provider has too many deals for now and says so (429)"],
  ["accept", "A provider takes deals again"],
  ["stall", "A provider takes deals and never seals them"],
  ["seal", "A provider seals again"],
  ["corrupt", "Changes one byte in each of a provider's pieces"],
] as const) {
  local
    .task(action, description)
    .addPositionalParam("provider", "the provider's actor id, as f01003 or 1003", undefined, types.string)
    .addFlag("json", "print JSON")
    .setAction(async ({ provider, json }, hre) => order(hre, { action, provider: orders().actorIdOf(provider) }, json));
}

local
  .task("slow", "A provider waits before each answer")
  .addPositionalParam("provider", "the provider's actor id, as f01003 or 1003", undefined, types.string)
  .addPositionalParam("delayMs", "milliseconds to wait; 0 ends the delay", undefined, types.int)
  .addFlag("json", "print JSON")
  .setAction(async ({ provider, delayMs, json }, hre) =>
    order(hre, { action: "slow", provider: orders().actorIdOf(provider), delayMs }, json),
  );

local
  .task("flaky", "A share of all requests to a provider fails: half with 500, half with a reset connection")
  .addPositionalParam("provider", "the provider's actor id, as f01003 or 1003", undefined, types.string)
  .addPositionalParam("percent", "percentage of requests that fail; 0 ends the failures", undefined, types.float)
  .addOptionalParam("seed", "seed that chooses which requests fail: the same seed, the same requests", 1, types.int)
  .addFlag("json", "print JSON")
  .setAction(async ({ provider, percent, seed, json }, hre) =>
    order(hre, { action: "flaky", provider: orders().actorIdOf(provider), percent, seed }, json),
  );

async function order(hre: HardhatRuntimeEnvironment, request: ControlRequest, json: boolean): Promise<void> {
  await orders().orderLocal(hre, request, json);
}
