import { scope, types } from "hardhat/config";
import type { ConfigurableTaskDefinition } from "hardhat/types";

const commands = () => require("../src/cli/market/commands") as typeof import("../src/cli/market/commands");
const orders = () => require("../src/cli/market/orders") as typeof import("../src/cli/market/orders");
const acceptance = () => require("../src/cli/market/acceptance") as typeof import("../src/cli/market/acceptance");
const miner = () => require("../src/cli/market/serve") as typeof import("../src/cli/market/serve");
const store = () => require("../src/cli/market/store") as typeof import("../src/cli/market/store");
const fetching = () => require("../src/cli/market/fetch") as typeof import("../src/cli/market/fetch");
const watcher = () => require("../src/cli/market/watch") as typeof import("../src/cli/market/watch");
const withPlainErrors = (work: () => Promise<void>) =>
  (require("../src/cli/command") as typeof import("../src/cli/command")).withPlainErrors(work);

const market = scope("market", "The repair market: repair miners with collateral keep erasure-coded data available");

const common = (task: ConfigurableTaskDefinition) =>
  task
    .addOptionalParam("account", "which of the network's accounts acts, from 0", 0, types.int)
    .addFlag("json", "JSON on stdout, for programs");

common(market.task("create-miner", "Creates a repair miner, owned by the acting account, with its collateral"))
  .addOptionalParam("pubkey", "the worker's public key, 0x04… (default: the acting account's)", undefined, types.string)
  .addOptionalParam("pledgeGib", "GiB (padded) that it may take on", "1", types.string)
  .addOptionalParam("peerId", "URL at which clients reach it", "", types.string)
  .setAction((args, hre) => withPlainErrors(() => commands().createMiner(hre, args)));

common(market.task("collateral", "Adds to a miner's collateral, or withdraws free collateral"))
  .addPositionalParam("miner", "address of the RepairMiner")
  .addPositionalParam("amount", "FIL")
  .addFlag("take", "withdraw it to the owner's credit; only for the owner")
  .setAction((args, hre) => withPlainErrors(() => commands().collateral(hre, args)));

common(market.task("ask", "Offers storage capacity (an ask); for the miner's owner or worker"))
  .addPositionalParam("miner", "address of the RepairMiner")
  .addParam("price", "attoFIL per GiB and epoch (30 s)")
  .addOptionalParam("sizeGib", "GiB (padded) on offer", "1", types.string)
  .addOptionalParam("expiry", "epochs for which the ask is open", "28800", types.string)
  .setAction((args, hre) => withPlainErrors(() => commands().ask(hre, args)));

common(market.task("bid", "Orders the storage of encoded data (a bid), and pays for all of it in advance"))
  .addPositionalParam("manifest", "manifest.cbor of the encoded data")
  .addParam("price", "attoFIL per GiB and epoch (30 s), at most")
  .addParam("epochs", "duration in epochs (2880 a day)")
  .addOptionalParam("expiry", "epochs within which the bid can be filled", "2880", types.string)
  .addOptionalParam("perProvider", "shards that one provider may hold", 1, types.int)
  .setAction((args, hre) => withPlainErrors(() => commands().bid(hre, args)));

common(market.task("cancel", "Cancels a bid (for its client) or an ask (for its miner's owner or worker)"))
  .addOptionalParam("bid", "id of the bid; its deposit becomes the client's credit", undefined, types.string)
  .addOptionalParam("ask", "id of the ask", undefined, types.string)
  .setAction((args, hre) => withPlainErrors(() => orders().cancel(hre, args)));

common(market.task("expire", "Returns the deposit of an expired bid to its client's credit; anyone may do this"))
  .addPositionalParam("bid", "id of the bid")
  .setAction((args, hre) => withPlainErrors(() => orders().expire(hre, args)));

common(market.task("approve", "Allows an ask to fill a bid, on chain instead of by a signature; for the bid's client"))
  .addPositionalParam("ask", "id of the ask")
  .addPositionalParam("bid", "id of the bid")
  .setAction((args, hre) => withPlainErrors(() => orders().approve(hre, args)));

common(market.task("sign", "Signs that an ask may fill a bid; for the bid's client, sends nothing"))
  .addPositionalParam("ask", "id of the ask")
  .addPositionalParam("bid", "id of the bid")
  .setAction((args, hre) => withPlainErrors(() => commands().sign(hre, args)));

common(market.task("deal", "Fills a bid from an ask; for the miner's owner or worker"))
  .addPositionalParam("ask", "id of the ask")
  .addPositionalParam("bid", "id of the bid")
  .addOptionalParam(
    "signature",
    "the client's signature, from `market sign` (0x: approved on chain)",
    "0x",
    types.string,
  )
  .setAction((args, hre) => withPlainErrors(() => commands().deal(hre, args)));

const promise = (task: ConfigurableTaskDefinition) =>
  common(task)
    .addPositionalParam("ask", "id of the ask")
    .addPositionalParam("bid", "id of the bid")
    .addParam("deadline", "epoch by which the bid is filled, at most the expiry of bid and ask")
    .addOptionalParam(
      "authorisation",
      "the client's signature, from `market sign` (0x: approved on chain)",
      "0x",
      types.string,
    );

promise(
  market.task("accept", "Signs a binding promise to fill a bid by an epoch; for the worker, sends nothing"),
).setAction((args, hre) => withPlainErrors(() => acceptance().accept(hre, args)));

promise(market.task("broken", "Takes the bond of a miner that promised to fill a bid and did not; anyone may do this"))
  .addParam("signature", "the worker's signature, from `market accept`")
  .setAction((args, hre) => withPlainErrors(() => acceptance().broken(hre, args)));

common(market.task("place", "Registers the sector that holds a shard, with the proof; for the miner's owner or worker"))
  .addPositionalParam("deal", "id of the deal")
  .addPositionalParam("manifest", "manifest.cbor of the encoded data")
  .addParam("shard", "index of the shard, from 0", undefined, types.int)
  .addParam("provider", "the provider's actor id, digits only")
  .addParam("sector", "sector number")
  .addOptionalParam(
    "f05Deal",
    "id of the f05 deal whose piece is the shard (default: none, the sector sent a notice)",
    undefined,
    types.string,
  )
  .setAction((args, hre) => withPlainErrors(() => commands().place(hre, args)));

common(market.task("prove", "Proves that shards' sectors are active; anyone may do this"))
  .addPositionalParam("deal", "id of the deal")
  .addOptionalParam("shards", "indexes, as 0,2,5", "all", types.string)
  .setAction((args, hre) => withPlainErrors(() => commands().prove(hre, args)));

common(market.task("report", "Reports that a shard is lost; anyone may do this"))
  .addPositionalParam("deal", "id of the deal")
  .addPositionalParam("shard", "index of the shard", undefined, types.int)
  .setAction((args, hre) => withPlainErrors(() => commands().report(hre, args)));

common(market.task("cure", "Shows that a shard reported lost is in an active sector again; anyone may do this"))
  .addPositionalParam("deal", "id of the deal")
  .addPositionalParam("shard", "index of the shard", undefined, types.int)
  .setAction((args, hre) => withPlainErrors(() => commands().cure(hre, args)));

common(market.task("slash", "Slashes a miner's stake for missed deadlines; anyone may do this"))
  .addPositionalParam("deal", "id of the deal")
  .addOptionalParam("lost", "indexes of dead shards, as evidence that the data is lost", undefined, types.string)
  .setAction((args, hre) => withPlainErrors(() => commands().slash(hre, args)));

common(market.task("settle", "Closes a deal after its end; anyone may do this"))
  .addPositionalParam("deal", "id of the deal")
  .setAction((args, hre) => withPlainErrors(() => commands().settle(hre, args)));

common(market.task("withdraw", "Pays out the acting account's credit"))
  .addOptionalParam("deal", "first credit this deal's earnings to its owner", undefined, types.string)
  .addOptionalParam("to", "address to pay (default: the acting account)", undefined, types.string)
  .setAction((args, hre) => withPlainErrors(() => commands().withdraw(hre, args)));

common(
  market.task(
    "show",
    "Shows deals (the most urgent first), asks and bids; or one deal with its shards and what is due",
  ),
)
  .addOptionalPositionalParam("deal", "id of a bid or deal")
  .setAction((args, hre) => withPlainErrors(() => commands().show(hre, args)));

market
  .task("serve", "Runs a repair miner: takes deals, places and proves their shards, repairs what is lost")
  .addPositionalParam("miner", "address of the RepairMiner; the key (REPAIR_MINER_PRIVATE_KEY) is its worker's")
  .addOptionalParam("host", "address to listen on", "127.0.0.1", types.string)
  .addOptionalParam("port", "port to listen on; 0: any free one", 0, types.int)
  .addOptionalParam("publicUrl", "URL at which clients and providers reach it (default: where it listens)", undefined)
  .addOptionalParam("data", "data folder (default: data/NETWORK/repair-miner-ADDRESS)", undefined)
  .addOptionalParam("providers", "JSON file of storage providers (default: data/NETWORK/providers.json)", undefined)
  .addOptionalParam("interval", "seconds between two looks at the chain", 30, types.int)
  .addOptionalParam(
    "readTag",
    "the block whose state is taken as true: finalized, safe or latest",
    "finalized",
    types.string,
  )
  .addFlag("dropBytes", "drop shards' bytes once all are placed; rebuild them from providers when needed")
  .addOptionalParam("maxPayloadMib", "largest payload, in MiB", "32768", types.string)
  .addOptionalParam("maxTentative", "most deals that are negotiated at a time", 64, types.int)
  .addOptionalParam("maxPrice", "attoFIL per GiB and epoch that a provider may ask (default: any)", undefined)
  .addOptionalParam("minWithdraw", "FIL of earnings from which they are withdrawn", "0.1", types.string)
  .addOptionalParam("withdrawTo", "pay the owner's credit to this address, if the key is the owner's", undefined)
  .addOptionalParam("dailyLimit", "FIL that may be spent on gas in 2880 epochs", undefined, types.string)
  .setAction((args, hre) => withPlainErrors(() => miner().serve(hre, args)));
common(market.task("store", "Stores a file with a repair miner: encodes, bids, sends the data, waits for the deal"))
  .addPositionalParam("file", "the file")
  .addOptionalParam("data", "number of shards needed to restore the file (k)", undefined, types.int)
  .addOptionalParam("total", "number of shards in all (n), at most 255", undefined, types.int)
  .addOptionalParam("epochs", "duration in epochs (2880 a day)", undefined, types.string)
  .addOptionalParam(
    "price",
    "highest price in attoFIL per GiB and epoch (default: the cheapest ask's)",
    undefined,
    types.string,
  )
  .addOptionalParam("maxPerProvider", "shards that one provider may hold", 1, types.int)
  .addOptionalParam(
    "minerUrl",
    "URL of the repair miner (default: the one in its record on chain)",
    undefined,
    types.string,
  )
  .addOptionalParam("ask", "only this ask", undefined, types.string)
  .addOptionalParam("expiry", "epochs within which the bid can be filled", "2880", types.string)
  .addOptionalParam("allow", "only these providers, by actor id, as 1000,1001", undefined, types.string)
  .addOptionalParam(
    "stores",
    "folder for the records of stored files (default: data/NETWORK/stores)",
    undefined,
    types.string,
  )
  .addFlag("again", "store the same data once more, although it is stored or bid for already")
  .addFlag("cancel", "cancel an unfinished `market store` and take its bid back")
  .setAction((args, hre) => store().storeTask(hre, args));

market
  .task("fetch", "Fetches a deal's data from its providers, from any k shards")
  .addPositionalParam("target", "id of the deal, or droot of its data (0x and 64 hex digits)")
  .addOptionalParam("out", "the file to write; it appears only when all of it is verified (default: deal-ID)")
  .addOptionalParam("providers", "JSON file of providers' URLs (default: data/NETWORK/providers.json)")
  .addOptionalParam(
    "manifest",
    "the data's manifest, for when the node's events do not reach back to the deal",
    undefined,
    types.string,
  )
  .addOptionalParam("from", "more gateways to ask, http://…,http://…", undefined, types.string)
  .addOptionalParam("parallel", "shards fetched at once", 4, types.int)
  .addFlag("json", "JSON on stdout, for programs")
  .setAction((args, hre) => fetching().fetchTask(hre, args));

market
  .task("watch", "Slashes and reports what pays: missed deadlines, losses, broken promises")
  .addFlag("once", "look once, then exit")
  .addFlag("dryRun", "decide, give reasons, send nothing")
  .addOptionalParam("margin", "act when the reward is more than so many times the gas", "2", types.string)
  .addOptionalParam("odds", "percentage of reported losses that a strike is expected to follow", 50, types.int)
  .addOptionalParam("acceptances", "acceptances that you were given: files or folders, separated by commas")
  .addOptionalParam("to", "address to pay (default: the key's own)", undefined, types.string)
  .addOptionalParam("folder", "its own data folder (default: data/NETWORK/watcher)", undefined, types.string)
  .addOptionalParam("intervalSeconds", "seconds between two looks", 30, types.int)
  .addOptionalParam("dailyLimit", "FIL that may be spent on gas in 2880 epochs", undefined, types.string)
  .addFlag("logs", "write log lines to stderr")
  .addFlag("json", "JSON on stdout, for programs")
  .setAction((args, hre) => withPlainErrors(() => watcher().watch(hre, args)));
