import { scope, types } from "hardhat/config";
import type { ConfigurableTaskDefinition } from "hardhat/types";

const commands = () => require("../src/cli/raas/dealCommands") as typeof import("../src/cli/raas/dealCommands");
const withPlainErrors = (work: () => Promise<void>) =>
  (require("../src/cli/command") as typeof import("../src/cli/command")).withPlainErrors(work);

const deals = scope("deals", "Requests for storage and the deals that answer them (the DealStatus contract)");

const common = (task: ConfigurableTaskDefinition) =>
  task
    .addOptionalParam("data", "the keeper's data folder (default data/NETWORK)", undefined, types.string)
    .addOptionalParam("contract", "address of DealStatus (default: the deployed one)", undefined, types.string)
    .addFlag("logs", "write log lines to stderr")
    .addFlag("json", "JSON on stdout, for programs");

common(deals.task("submit", "Asks aggregators for one deal of a piece; with --raas, asks RaaS nodes to keep the piece"))
  .addPositionalParam("cid", "piece CID: v2 (bafkzcib…), or v1 (baga6ea4sea…) with --size")
  .addOptionalParam("size", "padded size in bytes, for a piece CID v1", undefined, types.string)
  .addOptionalParam("link", "http(s) link to the bytes", "", types.string)
  .addFlag("raas", "a request with terms: the piece is to be kept until the request is cancelled")
  .addOptionalParam("target", "with --raas: copies on distinct providers", 2, types.int)
  .addOptionalParam("repair", "with --raas: epochs (30 s) that a copy may be faulty", 5_760, types.int)
  .addOptionalParam("renew", "with --raas: epochs before its end at which a deal is replaced", 40_320, types.int)
  .setAction((args, hre) => withPlainErrors(() => commands().submitRequest(hre, args)));

common(
  deals.task("complete", "Completes a request with a deal that holds the piece, and its proof; anyone may do this"),
)
  .addPositionalParam("request", "id of the request")
  .addPositionalParam("deal", "id of the deal (or sector number, with --market)")
  .addPositionalParam("provider", "the provider's actor id, digits only")
  .addOptionalParam("market", "actor id of the market: 5, or the provider's own for a sector", undefined, types.string)
  .addOptionalParam("proof", "JSON file with the proof of inclusion", undefined, types.inputFile)
  .addOptionalParam("piece", "piece CID, when the deal holds just this piece", undefined, types.string)
  .setAction((args, hre) => withPlainErrors(() => commands().completeRequest(hre, args)));

common(deals.task("list", "Lists the deals of a piece"))
  .addPositionalParam("cid", "piece CID")
  .setAction((args, hre) => withPlainErrors(() => commands().listDeals(hre, args)));
