import { readFile } from "node:fs/promises";

import { formatEther, parseEther, SigningKey, Wallet } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { decodeManifest } from "../../data/manifest";
import { paddedBytesOf } from "../../data/piece";
import { print } from "../command";
import { AUTHORISATION_TYPES, authorisationOf, marketDomain } from "../../protocol/authorisation";
import { minerAt, type MarketArgs, MarketTaskError, openMarket, type OpenMarket, read, sent } from "./open";
import { placementOf } from "./placement";
import { showDeal, showMarket } from "./show";

type Hre = HardhatRuntimeEnvironment;
type Args<T = object> = MarketArgs & T;

const GIB = 1n << 30n;
const fil = (atto: bigint) => `${formatEther(atto)} FIL`;

/** Creates a miner whose owner is the acting account, and whose worker has the given key (default: the same). */
export async function createMiner(hre: Hre, args: Args<{ pubkey?: string; pledgeGib: string; peerId: string }>) {
  const open = await openMarket(hre, args);
  const pledge = gib("--pledge-gib", args.pledgeGib);
  const pubkey = args.pubkey ?? (await pubkeyOf(open));
  const value = await read("create-miner", () => open.market.collateralDue(pledge));
  const peerId = Buffer.from(args.peerId);
  const hash = await sent("create-miner", open.market.createRepairMiner, pubkey, pledge, peerId, { value });
  const minerId = (await open.market.counts()).miners;
  const { actor } = await open.market.minerOf(minerId);
  print(
    args.json,
    { minerId, repairMiner: actor, collateralAtto: value, hash },
    () => `Miner ${minerId} is ${actor}, with ${fil(value)} of collateral.`,
  );
}

export async function collateral(hre: Hre, args: Args<{ miner: string; amount: string; take: boolean }>) {
  const open = await openMarket(hre, args);
  const value = parseEther(args.amount);
  const hash = args.take
    ? await sent("collateral", minerAt(open, args.miner).withdrawCollateral, value)
    : await sent("collateral", open.market.addCollateral, args.miner, { value });
  print(args.json, { hash, amountAtto: args.take ? -value : value }, () =>
    args.take ? `Withdrew ${fil(value)} of collateral to the owner's credit.` : `Added ${fil(value)} to ${args.miner}.`,
  );
}

export async function ask(hre: Hre, args: Args<{ miner: string; price: string; sizeGib: string; expiry: string }>) {
  const open = await openMarket(hre, args);
  const miner = minerAt(open, args.miner);
  const hash = await sent(
    "ask",
    miner["addAsk(uint256,uint256,uint64)"],
    BigInt(args.price),
    gib("--size-gib", args.sizeGib),
    BigInt(args.expiry),
  );
  const askId = (await open.market.counts()).asks;
  print(args.json, { askId, hash }, () => `Ask ${askId} is open.`);
}

export async function bid(
  hre: Hre,
  args: Args<{ manifest: string; price: string; epochs: string; expiry: string; perProvider: number }>,
) {
  const open = await openMarket(hre, args);
  const data = decodeManifest(await readFile(args.manifest));
  const size = BigInt(data.shards.length) * paddedBytesOf(data.shards[0]!.height);
  const [price, time] = [BigInt(args.price), BigInt(args.epochs)];
  const value = await read("bid", () => open.market.quoteBid(price, size, time));
  const params = {
    dataShards: data.layout.code.dataShards,
    totalShards: data.shards.length,
    maxShardsPerProvider: args.perProvider,
    payloadSize: data.layout.payloadBytes,
  };
  const hash = await sent(
    "bid",
    open.market["addBid(bytes32,uint256,uint256,uint64,uint64,(uint8,uint8,uint8,uint64))"],
    data.root.root,
    price,
    size,
    time,
    BigInt(args.expiry),
    params,
    { value },
  );
  const bidId = (await open.market.counts()).bids;
  print(args.json, { bidId, depositAtto: value, hash }, () => `Bid ${bidId} is open, with a deposit of ${fil(value)}.`);
}

/** The client's signature that an ask may fill its bid; nothing is sent. */
export async function sign(hre: Hre, args: Args<{ ask: string; bid: string }>) {
  const open = await openMarket(hre, args);
  const [askId, bidId] = [BigInt(args.ask), BigInt(args.bid)];
  const signature = await signAuthorisation(open, askId, bidId);
  print(args.json, { askId, bidId, client: open.address, signature }, () => signature);
}

export async function deal(hre: Hre, args: Args<{ ask: string; bid: string; signature: string }>) {
  const open = await openMarket(hre, args);
  const [askId, bidId] = [BigInt(args.ask), BigInt(args.bid)];
  const { actor } = await minerOfAsk(open, askId);
  const hash = await sent("deal", minerAt(open, actor).addDeal, askId, bidId, args.signature);
  const { progress } = await open.market.orderOf(bidId);
  print(
    args.json,
    { dealId: bidId, placeBy: progress.deadline, hash },
    () => `Deal ${bidId}: place all shards and prove them by epoch ${progress.deadline}.`,
  );
}

export async function place(
  hre: Hre,
  args: Args<{ deal: string; manifest: string; shard: number; provider: string; sector: string; f05Deal?: string }>,
) {
  const open = await openMarket(hre, args);
  const dealId = BigInt(args.deal);
  const data = decodeManifest(await readFile(args.manifest));
  const where = { provider: BigInt(args.provider), sector: BigInt(args.sector) };
  const actor = (await open.market.minerOf((await open.market.orderOf(dealId)).miner)).actor;
  const placement = await placementOf(open.lens, data, args.shard, where, args.f05Deal);
  const hash = await sent("place", minerAt(open, actor).placeShards, dealId, [placement]);
  print(
    args.json,
    { dealId, shard: args.shard, ...where, hash },
    () => `Shard ${args.shard} of deal ${dealId} is registered in sector ${where.sector} of f0${where.provider}.`,
  );
}

/** Proves the named shards, or all. */
export async function prove(hre: Hre, args: Args<{ deal: string; shards: string }>) {
  const open = await openMarket(hre, args);
  const dealId = BigInt(args.deal);
  const { shards: health } = await read("prove", () => open.lens.healthOf(dealId));
  const wanted = args.shards === "all" ? health.map((_, index) => index) : args.shards.split(",").map(Number);
  const locations = wanted.map((shard) => health[shard]?.location ?? "0x");
  const hash = await sent("prove", open.market.proveRepair, dealId, wanted, locations);
  const view = await open.lens.dealOf(dealId);
  print(
    args.json,
    { dealId, shards: wanted, provenThrough: view.provenThrough, next: view.deadline, hash },
    () => `Deal ${dealId} is proven through epoch ${view.provenThrough}; next by ${view.deadline}.`,
  );
}

export async function report(hre: Hre, args: Args<{ deal: string; shard: number }>) {
  await withLocation(hre, args, "report", (market) => market.reportLoss);
}

export async function cure(hre: Hre, args: Args<{ deal: string; shard: number }>) {
  await withLocation(hre, args, "cure", (market) => market.cure);
}

/** Takes the strikes that are due; with --lost, on evidence that these shards are dead. */
export async function slash(hre: Hre, args: Args<{ deal: string; lost?: string }>) {
  const open = await openMarket(hre, args);
  const dealId = BigInt(args.deal);
  const { repairMiner } = await read("slash", () => open.lens.dealOf(dealId));
  const lost = args.lost === undefined ? [] : args.lost.split(",").map(Number);
  const health = lost.length === 0 ? [] : (await open.lens.healthOf(dealId)).shards;
  const evidence = lost.map((shard) => ({ shard, location: health[shard]?.location ?? "0x" }));
  const hash = await sent("slash", open.market.slashRepairMiner, repairMiner, dealId, evidence);
  print(args.json, { dealId, hash }, () => `Slashed the miner of deal ${dealId}.`);
}

export async function settle(hre: Hre, args: Args<{ deal: string }>) {
  const open = await openMarket(hre, args);
  const hash = await sent("settle", open.market.settle, BigInt(args.deal));
  print(args.json, { dealId: args.deal, hash }, () => `Deal ${args.deal} is settled.`);
}

/** Credits a deal's earnings to its owner, then pays the acting account's credit out to an address. */
export async function withdraw(hre: Hre, args: Args<{ deal?: string; to?: string }>) {
  const open = await openMarket(hre, args);
  if (args.deal !== undefined) await sent("withdraw", open.market.withdrawEarnings, BigInt(args.deal));
  const credit = await open.market.creditOf(open.address);
  const to = args.to ?? open.address;
  if (credit > 0n) await sent("withdraw", open.market.withdraw, to);
  print(args.json, { paidAtto: credit, to }, () => `Paid ${fil(credit)} to ${to}.`);
}

export async function show(hre: Hre, args: Args<{ deal?: string }>) {
  const open = await openMarket(hre, args);
  const { data, text } = args.deal === undefined ? await showMarket(open) : await showDeal(open, BigInt(args.deal));
  print(args.json, data, () => text);
}

async function withLocation(
  hre: Hre,
  args: Args<{ deal: string; shard: number }>,
  action: string,
  method: (market: OpenMarket["market"]) => OpenMarket["market"]["reportLoss" | "cure"],
) {
  const open = await openMarket(hre, args);
  const dealId = BigInt(args.deal);
  const health = await read(action, () => open.lens.healthOf(dealId));
  const shard = health.shards[args.shard];
  if (shard === undefined)
    throw new MarketTaskError(
      `Deal ${dealId} has no shard ${args.shard}: its shards are 0 to ${health.shards.length - 1}.`,
    );
  const hash = await sent(action, method(open.market), dealId, args.shard, shard.location);
  const { deadline } = await open.lens.dealOf(dealId);
  print(
    args.json,
    { dealId, shard: args.shard, deadline, hash },
    () => `Done; the deal's next deadline is epoch ${deadline}.`,
  );
}

async function signAuthorisation(open: OpenMarket, askId: bigint, bidId: bigint): Promise<string> {
  const [order, { actor, ask: record }] = [await open.market.orderOf(bidId), await minerOfAsk(open, askId)];
  const value = authorisationOf(
    {
      id: bidId,
      client: order.client,
      droot: order.droot,
      price: order.price,
      size: order.totalShards * paddedBytesOf(Number(order.shardHeight)),
      duration: order.duration,
      expiry: order.expiry,
      dataShards: order.dataShards,
      totalShards: order.totalShards,
      maxShardsPerProvider: order.maxShardsPerProvider,
      payloadSize: order.payloadSize,
      providersRoot: order.providersRoot,
    },
    { id: askId, repairMiner: actor, price: record.price, expiry: record.expiry },
  );
  if (order.client !== open.address) {
    throw new MarketTaskError(
      `Bid ${bidId} belongs to ${order.client}, and this account is ${open.address}: name the client's account with --account.`,
    );
  }
  const domain = marketDomain(open.chainId, await open.market.getAddress());
  return open.signer.signTypedData(domain, AUTHORISATION_TYPES, value);
}

async function minerOfAsk(open: OpenMarket, askId: bigint) {
  const record = await read("ask", () => open.market.askOf(askId));
  return { ask: record, actor: (await open.market.minerOf(record.miner)).actor };
}

/** The public key of an account that Hardhat knows only by what it signs. */
async function pubkeyOf({ signer, address }: OpenMarket): Promise<string> {
  const message = `Public key of ${address}`;
  const { hashMessage } = await import("ethers");
  if (signer instanceof Wallet) return signer.signingKey.publicKey;
  return SigningKey.recoverPublicKey(hashMessage(message), await signer.signMessage(message));
}

function gib(option: string, text: string): bigint {
  const bytes = (parseEther(text) * GIB) / 10n ** 18n;
  if (bytes <= 0n) throw new MarketTaskError(`${option} takes a size in GiB of more than 0, not ${text}.`);
  return bytes;
}
