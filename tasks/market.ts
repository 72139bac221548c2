import { scope, types } from "hardhat/config";
import type { ConfigurableTaskDefinition } from "hardhat/types";

const commands = () => require("../src/cli/market/commands") as typeof import("../src/cli/market/commands");
const orders = () => require("../src/cli/market/orders") as typeof import("../src/cli/market/orders");
const acceptance = () => require("../src/cli/market/acceptance") as typeof import("../src/cli/market/acceptance");
const miner = () => require("../src/cli/market/serve") as typeof import("../src/cli/market/serve");
const store = () => require("../src/cli/market/store") as typeof import("../src/cli/market/store");
const fetching = () => require("../src/cli/market/fetch") as typeof import("../src/cli/market/fetch");
const watcher = () => require("../src/cli/market/watch") as typeof import("../src/cli/market/watch");
const told = (work: () => Promise<void>) =>
  (require("../src/cli/command") as typeof import("../src/cli/command")).told(work);

const market = scope("market", "The repair market: erasure-coded data kept whole by bonded repair miners");

const common = (task: ConfigurableTaskDefinition) =>
  task
    .addOptionalParam("account", "which of the network's accounts acts, from 0", 0, types.int)
    .addFlag("json", "JSON on stdout, for programs");

common(market.task("create-miner", "Makes a repair miner, owned by the acting account, with its collateral"))
  .addOptionalParam("pubkey", "the worker's public key, 0x04… (default: the acting account's)", undefined, types.string)
  .addOptionalParam("pledgeGib", "GiB (padded) that it may take on", "1", types.string)
  .addOptionalParam("peerId", "where it is found, as text", "", types.string)
  .setAction((args, hre) => told(() => commands().createMiner(hre, args)));

common(market.task("collateral", "Adds to a miner's collateral, or takes free collateral back"))
  .addPositionalParam("miner", "address of the RepairMiner")
  .addPositionalParam("amount", "FIL")
  .addFlag("take", "take it back, to the owner's credit; for the owner")
  .setAction((args, hre) => told(() => commands().collateral(hre, args)));

common(market.task("ask", "Offers capacity; for the miner's owner or worker"))
  .addPositionalParam("miner", "address of the RepairMiner")
  .addParam("price", "attoFIL per GiB and epoch (30 s)")
  .addOptionalParam("sizeGib", "GiB (padded) on offer", "1", types.string)
  .addOptionalParam("expiry", "epochs for which it stands", "28800", types.string)
  .setAction((args, hre) => told(() => commands().ask(hre, args)));

common(market.task("bid", "Asks for encoded data to be kept, and pays for all of it"))
  .addPositionalParam("manifest", "manifest.cbor of the encoded data")
  .addParam("price", "attoFIL per GiB and epoch (30 s), at most")
  .addParam("epochs", "how long, in epochs (2880 a day)")
  .addOptionalParam("expiry", "epochs within which it can be filled", "2880", types.string)
  .addOptionalParam("perProvider", "shards that one provider may hold", 1, types.int)
  .setAction((args, hre) => told(() => commands().bid(hre, args)));

common(market.task("cancel", "Takes a bid back, for its client, or an ask, for its miner's owner or worker"))
  .addOptionalParam("bid", "id of the bid; its deposit becomes the client's credit", undefined, types.string)
  .addOptionalParam("ask", "id of the ask", undefined, types.string)
  .setAction((args, hre) => told(() => orders().cancel(hre, args)));

common(market.task("expire", "Gives the deposit of an expired bid back, to its client's credit; anyone may"))
  .addPositionalParam("bid", "id of the bid")
  .setAction((args, hre) => told(() => orders().expire(hre, args)));

common(market.task("approve", "Says on chain, instead of by a signature, that an ask may fill a bid; for its client"))
  .addPositionalParam("ask", "id of the ask")
  .addPositionalParam("bid", "id of the bid")
  .setAction((args, hre) => told(() => orders().approve(hre, args)));

common(market.task("sign", "Signs that an ask may fill a bid; for the bid's client, sends nothing"))
  .addPositionalParam("ask", "id of the ask")
  .addPositionalParam("bid", "id of the bid")
  .setAction((args, hre) => told(() => commands().sign(hre, args)));

common(market.task("deal", "Fills a bid from an ask; for the miner's owner or worker"))
  .addPositionalParam("ask", "id of the ask")
  .addPositionalParam("bid", "id of the bid")
  .addOptionalParam("signature", "the client's, from `market sign` (0x: approved on chain)", "0x", types.string)
  .setAction((args, hre) => told(() => commands().deal(hre, args)));

const promise = (task: ConfigurableTaskDefinition) =>
  common(task)
    .addPositionalParam("ask", "id of the ask")
    .addPositionalParam("bid", "id of the bid")
    .addParam("deadline", "epoch by which the bid is filled, at most the expiry of bid and ask")
    .addOptionalParam("authorisation", "the client's, from `market sign` (0x: approved on chain)", "0x", types.string);

promise(
  market.task("accept", "Signs a binding promise to fill a bid by an epoch; for the worker, sends nothing"),
).setAction((args, hre) => told(() => acceptance().accept(hre, args)));

promise(market.task("broken", "Takes the bond of a miner that promised and did not fill; anyone may"))
  .addParam("signature", "the worker's, from `market accept`")
  .setAction((args, hre) => told(() => acceptance().broken(hre, args)));

common(market.task("place", "Says in which sector a shard lies, with the proof; for the miner's owner or worker"))
  .addPositionalParam("deal", "id of the deal")
  .addPositionalParam("manifest", "manifest.cbor of the encoded data")
  .addParam("shard", "index of the shard, from 0", undefined, types.int)
  .addParam("provider", "the provider's actor id, digits only")
  .addParam("sector", "sector number")
  .addOptionalParam(
    "f05Deal",
    "id of the f05 deal whose piece is the shard (default: the sector told so itself)",
    undefined,
    types.string,
  )
  .setAction((args, hre) => told(() => commands().place(hre, args)));

common(market.task("prove", "Proves that shards' sectors are active; anyone may"))
  .addPositionalParam("deal", "id of the deal")
  .addOptionalParam("shards", "indexes, as 0,2,5", "all", types.string)
  .setAction((args, hre) => told(() => commands().prove(hre, args)));

common(market.task("report", "Reports that a shard is lost; anyone may"))
  .addPositionalParam("deal", "id of the deal")
  .addPositionalParam("shard", "index of the shard", undefined, types.int)
  .setAction((args, hre) => told(() => commands().report(hre, args)));

common(market.task("cure", "Shows that a lost shard is there again; anyone may"))
  .addPositionalParam("deal", "id of the deal")
  .addPositionalParam("shard", "index of the shard", undefined, types.int)
  .setAction((args, hre) => told(() => commands().cure(hre, args)));

common(market.task("slash", "Takes what a miner owes for missed deadlines; anyone may"))
  .addPositionalParam("deal", "id of the deal")
  .addOptionalParam("lost", "indexes of dead shards, as evidence that the data is lost", undefined, types.string)
  .setAction((args, hre) => told(() => commands().slash(hre, args)));

common(market.task("settle", "Closes a deal after its end; anyone may"))
  .addPositionalParam("deal", "id of the deal")
  .setAction((args, hre) => told(() => commands().settle(hre, args)));

common(market.task("withdraw", "Pays out the acting account's credit"))
  .addOptionalParam("deal", "first credit this deal's earnings to its owner", undefined, types.string)
  .addOptionalParam("to", "address to pay (default: the acting account)", undefined, types.string)
  .setAction((args, hre) => told(() => commands().withdraw(hre, args)));

common(market.task("show", "Shows deals by how they are, asks and bids; or one deal with its shards and what is due"))
  .addOptionalPositionalParam("deal", "id of a bid or deal")
  .setAction((args, hre) => told(() => commands().show(hre, args)));

market
  .task("serve", "Runs a repair miner: takes deals on, places and proves their shards, repairs what is lost")
  .addPositionalParam("miner", "address of the RepairMiner; the key (REPAIR_MINER_PRIVATE_KEY) is its worker's")
  .addOptionalParam("host", "address to listen on", "127.0.0.1", types.string)
  .addOptionalParam("port", "port to listen on; 0: any free one", 0, types.int)
  .addOptionalParam("publicUrl", "where clients and providers reach it (default: where it listens)", undefined)
  .addOptionalParam("data", "data folder (default: data/NETWORK/repair-miner-ADDRESS)", undefined)
  .addOptionalParam("providers", "JSON file of storage providers (default: data/NETWORK/providers.json)", undefined)
  .addOptionalParam("interval", "seconds between two looks at the chain", 30, types.int)
  .addOptionalParam("readTag", "the block that is believed: finalized, safe or latest", "finalized", types.string)
  .addFlag("dropBytes", "drop shards' bytes once all are placed; rebuild them from providers when needed")
  .addOptionalParam("maxPayloadMib", "MiB of a payload, at most", "32768", types.string)
  .addOptionalParam("maxTentative", "deals negotiated at a time, at most", 64, types.int)
  .addOptionalParam("maxPrice", "attoFIL per GiB and epoch that a provider may ask (default: any)", undefined)
  .addOptionalParam("minWithdraw", "FIL of earnings that are worth a transaction", "0.1", types.string)
  .addOptionalParam("withdrawTo", "pay the owner's credit to this address, if the key is the owner's", undefined)
  .addOptionalParam("dailyLimit", "FIL that may be spent on gas in 2880 epochs", undefined, types.string)
  .setAction((args, hre) => told(() => miner().serve(hre, args)));
common(market.task("store", "Stores a file with a repair miner: encodes, bids, sends the data, waits for the deal"))
  .addPositionalParam("file", "the file")
  .addOptionalParam("data", "shards that give the file back (k)", undefined, types.int)
  .addOptionalParam("total", "shards in all (n), at most 255", undefined, types.int)
  .addOptionalParam("epochs", "how long, in epochs (2880 a day)", undefined, types.string)
  .addOptionalParam(
    "price",
    "attoFIL per GiB and epoch, at most (default: the cheapest ask's)",
    undefined,
    types.string,
  )
  .addOptionalParam("maxPerProvider", "shards that one provider may hold", 1, types.int)
  .addOptionalParam("minerUrl", "where the repair miner is (default: what it says on chain)", undefined, types.string)
  .addOptionalParam("ask", "only this ask", undefined, types.string)
  .addOptionalParam("expiry", "epochs within which the bid can be filled", "2880", types.string)
  .addOptionalParam("allow", "only these providers, by actor id, as 1000,1001", undefined, types.string)
  .addOptionalParam("stores", "folder of stores (default: data/NETWORK/stores)", undefined, types.string)
  .addFlag("again", "once more, though the same data is stored or bid for already")
  .addFlag("cancel", "take an unfinished store's bid back")
  .setAction((args, hre) => store().storeTask(hre, args));

market
  .task("fetch", "Brings a deal's data back from its providers, through any k shards")
  .addPositionalParam("target", "id of the deal, or droot of its data (0x and 64 hex digits)")
  .addOptionalParam("out", "the file to write; it appears when all of it is right (default: deal-ID)")
  .addOptionalParam("providers", "JSON file of providers' URLs (default: data/NETWORK/providers.json)")
  .addOptionalParam("manifest", "names the shards when the node's events do not reach back", undefined, types.string)
  .addOptionalParam("from", "other gateways to ask besides, http://…,http://…", undefined, types.string)
  .addOptionalParam("parallel", "shards fetched at once", 4, types.int)
  .addFlag("json", "JSON on stdout, for programs")
  .setAction((args, hre) => fetching().fetchTask(hre, args));

market
  .task("watch", "Slashes and reports what pays: missed deadlines, losses, broken promises")
  .addFlag("once", "one look, then the end")
  .addFlag("dryRun", "decide, give reasons, send nothing")
  .addOptionalParam("margin", "act when the reward exceeds the gas so many times", "2", types.string)
  .addOptionalParam("odds", "of a hundred reported losses, those for which a strike follows", 50, types.int)
  .addOptionalParam("acceptances", "acceptances that you were given: files or folders, separated by commas")
  .addOptionalParam("to", "address to pay (default: the key's own)", undefined, types.string)
  .addOptionalParam("folder", "its own data folder (default: data/NETWORK/watcher)", undefined, types.string)
  .addOptionalParam("intervalSeconds", "seconds between two looks", 30, types.int)
  .addOptionalParam("dailyLimit", "FIL that may be spent on gas in 2880 epochs", undefined, types.string)
  .addFlag("logs", "tell what happens, on stderr")
  .addFlag("json", "JSON on stdout, for programs")
  .setAction((args, hre) => told(() => watcher().watch(hre, args)));
