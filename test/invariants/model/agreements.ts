import { keccak256 } from "ethers";

import { binds, freeOf, lockedOf, usedOf } from "./miners";
import { askOf, bidOf, wrongState } from "./records";
import { market } from "./refusal";
import { stakeFor, totalPrice } from "./rules";
import { split } from "./slashing";
import { type Ask, type Bid, type Call, type Hex, type MarketState, NOBODY } from "./state";

/** Who agreed to what, and the deals that come of it. */

/** A signature, by who made it over what. */
export interface Signature {
  signer: Hex;
  digest: Hex;
}

export interface Acceptance {
  bidId: number;
  askId: number;
  /** The miner's actor. */
  miner: Hex;
  deadline: number;
  /** The client's signature over the authorisation; none: it was approved on chain. */
  authorisation: Signature | undefined;
  /** The same, as bytes. */
  authorisationBytes: Hex;
}

const word = (value: bigint | number | string) => BigInt(value).toString(16).padStart(64, "0");
const hashWords = (...words: (bigint | number | string)[]) => keccak256(`0x${words.map(word).join("")}`);
const hashText = (text: string) => keccak256(`0x${Buffer.from(text).toString("hex")}`);

const DOMAIN = hashText("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
const AUTHORISATION = hashText(
  "Authorisation(uint256 bidId,uint256 askId,address client,address miner,bytes32 droot,uint256 bidPrice,uint256 price," +
    "uint256 size,uint256 duration,uint256 bidExpiry,uint256 askExpiry,uint8 dataShards,uint8 totalShards," +
    "uint8 maxShardsPerProvider,uint64 payloadSize,bytes32 providersRoot)",
);
const ACCEPTANCE = hashText(
  "Acceptance(uint256 bidId,uint256 askId,address miner,uint64 deadline,bytes authorisation)",
);
const NAME = hashText("RepairMarket");
const VERSION = hashText("1");

function typedDigest(m: MarketState, structHash: Hex): Hex {
  const domain = hashWords(DOMAIN, NAME, VERSION, m.chainId, m.address);
  return keccak256(`0x1901${domain.slice(2)}${structHash.slice(2)}`);
}

export function authorisationDigest(m: MarketState, ask: Ask, bid: Bid): Hex {
  const { actor } = m.miners[ask.miner - 1]!;
  return typedDigest(
    m,
    hashWords(
      ...[AUTHORISATION, bid.id, ask.id, bid.client, actor, bid.droot, bid.price, ask.price, bid.size, bid.duration],
      ...[bid.expiry, ask.expiry, bid.dataShards, bid.totalShards, bid.maxShardsPerProvider, bid.payloadSize],
      bid.providersRoot,
    ),
  );
}

export function acceptanceDigest(m: MarketState, a: Acceptance): Hex {
  const authorisation = keccak256(a.authorisationBytes);
  return typedDigest(m, hashWords(ACCEPTANCE, a.bidId, a.askId, a.miner, a.deadline, authorisation));
}

const isBy = (signature: Signature | undefined, account: Hex, digest: Hex) =>
  signature !== undefined && signature.signer === account && signature.digest === digest;

export function approveBid(m: MarketState, call: Call, bidId: number, askId: number): void {
  const bid = bidOf(m, bidId);
  if (call.from !== bid.client) market("NotClient", bid.client, call.from);
  if (bid.state !== "open") wrongState(bid);
  const digest = authorisationDigest(m, askOf(m, askId), bid);
  if (m.approvals.has(digest)) market("AlreadyApproved", digest);
  m.approvals.set(digest, call.now);
}

export function addDeal(
  m: MarketState,
  call: Call,
  o: { askId: number; bidId: number; signature: Signature | undefined },
): void {
  const ask = askOf(m, o.askId);
  const bid = bidOf(m, o.bidId);
  const miner = m.miners[ask.miner - 1]!;
  if (call.from !== miner.actor) market("NotMiner", miner.actor, call.from);
  requireMatch(ask, bid, call.now);
  const digest = authorisationDigest(m, ask, bid);
  const approved = m.approvals.has(digest) || isBy(o.signature, bid.client, digest);
  if (!approved && m.vouched.get(bid.client) !== digest) market("NotAuthorised", digest);

  const total = totalPrice(ask.price, bid.size, bid.duration);
  const stake = stakeFor(m.rules, bid.size, total);
  const room = miner.pledge - usedOf(m, miner);
  if (BigInt(bid.size) > room) market("PledgeExceeded", room, bid.size);
  const free = freeOf(m, miner, call.now);
  if (stake > free) market("CollateralShort", stake, free);

  ask.size -= BigInt(bid.size);
  if (ask.size === 0n) ask.state = "filled";
  bid.state = "filled";
  bid.closedAt = call.now;
  bid.deal = {
    ...{ id: bid.id, miner: miner.id, ask: ask.id, price: ask.price, total, wholeStake: stake, stake },
    ...{ state: "placing", start: 0, deadline: call.now + m.rules.placementWindow, repairBy: 0, provenThrough: 0 },
    ...{ freshAfter: 0, lapsed: false, strikes: 0, provenEpochs: 0, withdrawn: 0n, reporter: NOBODY },
    shards: Array.from({ length: bid.totalShards }, () => ({
      ...{ kind: "none" as const, provider: 0, sector: 0, dealId: 0, root: "0x0" },
      ...{ validUntil: 0, lastProof: 0, markedAt: 0 },
    })),
  };
  miner.deals.push(bid.id);
  m.credit(bid.client, bid.deposit - total);
}

function requireMatch(ask: Ask, bid: Bid, now: number): void {
  if (ask.state !== "open") market("AskNotOpen", ask.id);
  if (bid.state !== "open") wrongState(bid);
  if (now > ask.expiry) market("AskExpired", ask.expiry);
  if (now > bid.expiry) market("BidExpired", bid.expiry);
  if (ask.price > bid.price) market("PriceTooHigh", bid.price, ask.price);
  if (BigInt(bid.size) > ask.size) market("AskTooSmall", ask.size, bid.size);
}

/** A worker promised to fill a bid by an epoch, could have, and did not. */
export function slashBrokenAcceptance(m: MarketState, call: Call, a: Acceptance, worker: Signature): void {
  const bid = bidOf(m, a.bidId);
  const ask = askOf(m, a.askId);
  const miner = m.miners[ask.miner - 1]!;
  if (a.miner !== miner.actor) market("WrongMiner", miner.actor, a.miner);
  const last = Math.min(bid.expiry, ask.expiry);
  if (a.deadline > last) market("AcceptanceTooLong", last, a.deadline);
  const until = a.deadline + m.rules.claimWindow;
  if (call.now <= a.deadline || call.now > until) market("NoClaim", a.deadline + 1, until);
  if (bid.closedAt !== 0 && bid.closedAt <= a.deadline) market("AcceptanceKept", bid.closedAt);
  const digest = acceptanceDigest(m, a);
  // One bond a bid, however often the worker promised to fill it.
  const promise = `${a.bidId} of miner ${ask.miner}`;
  if (m.brokenPromises.has(promise)) market("AlreadySlashed", digest);
  requireIrrevocable(m, authorisationDigest(m, ask, bid), bid, a);
  if (worker.digest !== digest) market("NotBound", undefined);
  if (!binds(miner, worker.signer, a.deadline)) market("NotBound", worker.signer);

  m.brokenPromises.add(promise);
  const unstaked = miner.collateral - lockedOf(m, miner);
  const amount = unstaked < m.rules.acceptanceBond ? unstaked : m.rules.acceptanceBond;
  miner.collateral -= amount;
  split(m, amount, bid.client, NOBODY, call.from);
}

function requireIrrevocable(m: MarketState, digest: Hex, bid: Bid, a: Acceptance): void {
  const approvedAt = m.approvals.get(digest);
  const byChain = approvedAt !== undefined && approvedAt <= a.deadline;
  const holds = a.authorisationBytes === "0x" ? byChain : isBy(a.authorisation, bid.client, digest);
  if (!holds) market("NotAuthorised", digest);
}
