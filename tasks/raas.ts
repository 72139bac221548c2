import { scope, types } from "hardhat/config";
import type { ConfigurableTaskDefinition } from "hardhat/types";

// Loaded when a task runs: a clean checkout has no typechain-types yet.
const commands = () => require("../src/cli/raas/commands") as typeof import("../src/cli/raas/commands");
const check = () => require("../src/cli/raas/check") as typeof import("../src/cli/raas/check");
const withPlainErrors = (work: () => Promise<void>) =>
  (require("../src/cli/command") as typeof import("../src/cli/command")).withPlainErrors(work);

const raas = scope("raas", "Replication, renewal and repair as a service: the keeper's node and its single steps");

const common = (task: ConfigurableTaskDefinition) =>
  task
    .addOptionalParam("data", "the node's data folder (default data/NETWORK)", undefined, types.string)
    .addOptionalParam("contract", "address of DealStatus (default: the deployed one)", undefined, types.string)
    .addOptionalParam(
      "readTag",
      "the block whose state is taken as true: finalized, safe or latest",
      undefined,
      types.string,
    )
    .addFlag("logs", "write log lines to stderr")
    .addFlag("json", "JSON on stdout, for programs");

const acting = (task: ConfigurableTaskDefinition) =>
  common(task)
    .addOptionalParam(
      "serve",
      "whose on-chain requests become jobs: own, all, or addresses 0x…,0x…",
      undefined,
      types.string,
    )
    .addOptionalParam("dailyLimit", "FIL that may be spent on gas in 2880 epochs", undefined, types.string)
    .addOptionalParam(
      "requestTimeout",
      "epochs after which an unanswered request is cancelled and sent again",
      undefined,
      types.int,
    );

common(raas.task("register", "Registers a piece (or a file, or many) to be kept; nothing is sent yet"))
  .addOptionalPositionalParam("cid", "piece CID: v2 (bafkzcib…), or v1 (baga6ea4sea…) with --size")
  .addOptionalParam(
    "file",
    "a file: its piece is computed and its bytes are held by the node",
    undefined,
    types.inputFile,
  )
  .addOptionalParam("from", "a JSON file with one job or many, as for POST /register_jobs", undefined, types.inputFile)
  .addOptionalParam("size", "padded size in bytes, for a piece CID v1", undefined, types.string)
  .addOptionalParam("target", "copies on distinct providers", undefined, types.int)
  .addOptionalParam("repair", "epochs (30 s) that a copy may be faulty", undefined, types.int)
  .addOptionalParam("renew", "epochs before its end at which a deal is replaced", undefined, types.int)
  .addOptionalParam("link", "http(s) link to the bytes", undefined, types.string)
  .setAction((args, hre) => withPlainErrors(() => commands().register(hre, args)));

common(raas.task("jobs", "Lists the registered jobs"))
  .addOptionalParam("limit", "how many", 100, types.int)
  .setAction((args, hre) => withPlainErrors(() => commands().jobs(hre, args)));

common(raas.task("status", "Shows every piece, the worst first; exit code 2 when one is lost or has one copy left"))
  .addOptionalPositionalParam("cid", "only this piece")
  .setAction((args, hre) => withPlainErrors(() => commands().status(hre, args)));

common(raas.task("explain", "Shows how the keeper judges one piece, what it would do, and why"))
  .addPositionalParam("cid", "piece CID")
  .setAction((args, hre) => withPlainErrors(() => commands().explainPiece(hre, args)));

acting(raas.task("tick", "Looks at everything once and does what is due; exit code 2 when something is blocked"))
  .addFlag("dryRun", "decide and show the decisions, send nothing")
  .setAction((args, hre) => withPlainErrors(() => commands().tickOnce(hre, args)));

acting(raas.task("node", "Runs the keeper in a loop, with its HTTP interface, until SIGTERM"))
  .addOptionalParam(
    "host",
    "address to listen on; all but loopback need the RAAS_TOKEN variable",
    undefined,
    types.string,
  )
  .addOptionalParam("port", "port to listen on", 8414, types.int)
  .addOptionalParam("publicUrl", "URL at which aggregators reach this node", undefined, types.string)
  .addOptionalParam("interval", "seconds between ticks", 30, types.int)
  .addOptionalParam("maxUpload", "largest upload, in MiB", 256, types.int)
  .setAction((args, hre) => withPlainErrors(() => commands().runNode(hre, args)));

common(raas.task("retrieve", "Fetches a piece from its providers; every byte is checked"))
  .addPositionalParam("cid", "piece CID")
  .addParam("out", "file to write", undefined, types.string)
  .setAction((args, hre) => withPlainErrors(() => commands().retrieveTo(hre, args)));

acting(
  raas.task("check", "Checks node, chain, contract, key, balance, Lotus, clock and store, and shows what to fix"),
).setAction((args, hre) => withPlainErrors(() => check().checkSetup(hre, args)));
