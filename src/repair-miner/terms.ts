import type { Block } from "../filecoin/block";
import { ErasureCode } from "../data/erasureCode";
import { layoutOf } from "../data/layout";
import type { Proposal } from "../protocol/negotiationWire";
import type { AskView, MinerView } from "../protocol/repairRecords";
import type { RepairParameters } from "../protocol/parameters/repairMarket";
import { freeCollateralAtto, stakeAtto, totalAtto } from "../protocol/repairMoney";
import { RefusedError } from "./refused";
import type { MinerSettings } from "./settings";

/** What a proposal is checked against. */
export interface ProposalContext {
  ask: AskView | undefined;
  miner: MinerView;
  repairMiner: string;
  rules: RepairParameters;
  settings: MinerSettings;
  /** Padded bytes and stakes of deals promised and not on chain yet. */
  promised: { count: number; size: bigint; stakeAtto: bigint };
  /** Providers that may be asked. */
  providers: ReadonlySet<bigint>;
  at: Block;
}

/** Returns the ask, or throws a RefusedError with the first reason why this miner does not take the proposal. Pure. */
export function checkProposal(p: Proposal, s: ProposalContext): AskView {
  const ask = checkAsk(p, s);
  checkCoding(p);
  checkSize(p, ask, s);
  checkProviders(p, s.providers);
  return ask;
}

function checkAsk(p: Proposal, { ask, repairMiner, rules, at, settings }: ProposalContext): AskView {
  if (ask === undefined || ask.repairMiner !== repairMiner)
    throw new RefusedError("ask-unknown", `There is no ask ${p.askId} of this miner; GET /terms lists them.`);
  if (!ask.open || ask.expiry < at.number + settings.acceptMarginEpochs)
    throw new RefusedError("ask-closed", `Ask ${p.askId} is not open any more (its expiry is epoch ${ask.expiry}).`);
  if (p.priceAtto < ask.priceAtto) {
    const why = `The ask's price is ${ask.priceAtto} attoFIL per GiB and epoch, ${p.priceAtto} is below it.`;
    throw new RefusedError("price-too-low", why);
  }
  const { minDuration, maxDuration } = rules;
  if (p.durationEpochs < minDuration || p.durationEpochs > maxDuration)
    throw new RefusedError(
      "duration",
      `A deal lasts ${minDuration} to ${maxDuration} epochs, not ${p.durationEpochs}.`,
    );
  return ask;
}

function checkCoding(p: Proposal): void {
  const { dataShards, totalShards, maxShardsPerProvider, payloadBytes, size } = p;
  const fail = (why: string): never => {
    throw new RefusedError("coding", why);
  };
  if (dataShards >= totalShards)
    fail(`${dataShards} data shards of ${totalShards} shards in all: the total must be larger.`);
  if (maxShardsPerProvider > totalShards)
    fail(`A provider may hold 1 to ${totalShards} shards, not ${maxShardsPerProvider}.`);
  if (size % BigInt(totalShards) !== 0n) fail(`${size} bytes cannot be divided into ${totalShards} equal shards.`);
  try {
    layoutOf(new ErasureCode(dataShards, totalShards), payloadBytes, size / BigInt(totalShards));
  } catch (cause) {
    fail((cause as Error).message);
  }
}

function checkSize(p: Proposal, ask: AskView, { miner, rules, settings, promised }: ProposalContext): void {
  if (p.payloadBytes > settings.maxPayloadBytes)
    throw new RefusedError(
      "too-large",
      `This miner takes payloads of up to ${settings.maxPayloadBytes} bytes, not ${p.payloadBytes}.`,
    );
  if (p.size > ask.bytes)
    throw new RefusedError("too-large", `The ask has ${ask.bytes} padded bytes left; the proposal needs ${p.size}.`);
  if (promised.count >= settings.maxTentative)
    throw new RefusedError("busy", `${promised.count} deals are being negotiated; try again later.`);
  const room = miner.pledgedBytes - miner.usedBytes;
  if (p.size + promised.size > room || p.size + promised.size > ask.bytes)
    throw new RefusedError(
      "no-capacity",
      `${room} padded bytes are left, of which ${promised.size} are promised; the proposal needs ${p.size}.`,
    );
  const stake = stakeOf(p, ask.priceAtto, rules);
  const free = freeCollateralAtto(miner, rules) - promised.stakeAtto;
  if (stake > free)
    throw new RefusedError("collateral-short", `The stake would be ${stake} attoFIL; the miner has ${free} to lock.`);
}

function checkProviders(p: Proposal, providers: ReadonlySet<bigint>): void {
  const allowed = p.providers.length === 0 ? providers.size : p.providers.filter((id) => providers.has(id)).length;
  if (allowed * p.maxShardsPerProvider >= p.totalShards) return;
  const why = `${p.totalShards} shards need ${Math.ceil(p.totalShards / p.maxShardsPerProvider)} providers; ${allowed} can be used.`;
  throw new RefusedError("providers-short", why);
}

/** The stake that the deal would lock, in attoFIL. */
export function stakeOf(
  { size, durationEpochs }: Pick<Proposal, "size" | "durationEpochs">,
  priceAtto: bigint,
  rules: RepairParameters,
): bigint {
  return stakeAtto({ sizeBytes: size, totalAtto: totalAtto(priceAtto, size, durationEpochs) }, rules);
}
