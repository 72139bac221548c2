import { AbiCoder, hexlify } from "ethers";
import { ulid } from "ulid";

import type { Block } from "../filecoin/block";
import type { CopyPurpose } from "../protocol/dealRecords";
import { parsePieceCid, pieceCidV2 } from "../data/pieceCid";
import type { RepairDecision } from "../policy/repairDeal";
import type { RepairDealView } from "../protocol/repairRecords";
import { formatAddress } from "../filecoin/filecoinAddress";
import { Mk20Client, Mk20Error } from "../providers/mk20";
import { MINIMUM_DURATION_EPOCHS, type Mk20Deal } from "../providers/mk20Wire";
import type { RepairDeal, ShardCopy } from "../store/repairDeals";
import { choose, offersFor } from "./choosing";
import { manifestOfDeal } from "./manifestOfDeal";
import type { Doing, MinerParts } from "./parts";

/** A notice, and a verified deal, are not believed in the last 30 days of their sector. */
export const DROP_WINDOW_EPOCHS = 86_400n;

/** Chooses a provider for each wanted copy and stores the plan; nothing is sent yet. */
export async function planCopies(
  parts: MinerParts,
  deal: RepairDeal,
  view: RepairDealView,
  wanted: Extract<RepairDecision, { kind: "copy" }>[],
  at: Block,
): Promise<Doing[]> {
  const doing: Doing[] = [];
  const manifest = manifestOfDeal(deal);
  const offers = await offersFor(parts, deal);
  for (const { shard, purpose, reason } of wanted) {
    const cid = pieceCidV2(manifest.shards[shard]!).toString();
    const { chosen, passedOver } = await choose(parts, deal, view, shard, cid, offers, at);
    if (chosen[0] === undefined) {
      const why = passedOver.map(({ provider, reason: against }) => `f0${provider}: ${against}`).join("; ");
      doing.push({ shard, what: "no provider can be chosen", why: why === "" ? "no provider is known" : why });
      continue;
    }
    const providerId = chosen[0].id;
    const durationEpochs = durationFor(parts, view, at.number);
    const about = { identifier: ulid(), deal: deal.id, shard: BigInt(shard), providerId, cid, durationEpochs };
    await parts.deals.plan({ ...about, purpose, reason, createdEpoch: at.number });
    parts.log.info({ deal: deal.id, shard, provider: providerId.toString(), purpose, reason }, "copy planned");
    doing.push({ shard, what: `${verbOf(purpose)} at f0${providerId}`, why: reason });
  }
  return doing;
}

const verbOf = (purpose: CopyPurpose) => ({ place: "placing", repair: "re-placing", renew: "renewing" })[purpose];

/** From now to the deal's end, what is not believed, and a margin; never shorter than providers take. */
function durationFor({ settings, rules }: MinerParts, view: RepairDealView, now: bigint): bigint {
  const end = view.start === 0n ? now + rules.placementWindow + view.order.durationEpochs : view.end;
  const wanted = end - now + DROP_WINDOW_EPOCHS + settings.termMarginEpochs;
  const minimum = BigInt(MINIMUM_DURATION_EPOCHS);
  const enough = wanted > minimum ? wanted : minimum;
  return enough < settings.maxSectorEpochs ? enough : settings.maxSectorEpochs;
}

/** Follows a copy at its provider: proposes it, then asks for its status. */
export async function followCopy(parts: MinerParts, copy: ShardCopy, at: Block): Promise<void> {
  if (copy.state === "sealed") return;
  const offer = (await parts.providers()).find(({ id }) => id === copy.providerId);
  if (offer === undefined) return failCopy(parts, copy, at, "it is no longer in the list of providers");
  const client = new Mk20Client(offer.url, { identity: parts.identity, signal: parts.signal });
  try {
    if (copy.state === "planned") await propose(parts, client, copy);
    await ask(parts, client, copy, at);
  } catch (error) {
    if (parts.signal.aborted || !(error instanceof Mk20Error)) throw error;
    if (!error.retryable || isLate(parts, copy, at)) await failCopy(parts, copy, at, error.message);
    // A provider that does not even accept the proposal gets less time than one that is sealing.
    else if (copy.state === "planned" && at.number - copy.createdEpoch >= proposalPatience(parts, copy, at))
      await failCopy(parts, copy, at, error.message);
  }
}

/** The provider may have received it before a crash: then it is not proposed again. */
async function propose(parts: MinerParts, client: Mk20Client, copy: ShardCopy): Promise<void> {
  const known = await client.dealStatus(copy.identifier);
  if (known === undefined) await client.proposeDeal(proposalOf(parts, copy));
  await parts.deals.moveCopy(copy.identifier, "proposed");
}

/** The provider's word about its progress is shown to people, and may end the wait early; that a copy is sealed, only the chain says. */
async function ask(parts: MinerParts, client: Mk20Client, copy: ShardCopy, at: Block): Promise<void> {
  const status = await client.dealStatus(copy.identifier);
  if (status === undefined) return failCopy(parts, copy, at, "it no longer knows the deal that it accepted");
  const { status: state, errorMsg } = status.ddo_v1;
  if (state === "failed") return failCopy(parts, copy, at, errorMsg || "it gave no reason");
  if (isLate(parts, copy, at)) {
    await failCopy(parts, copy, at, `not sealed after ${at.number - copy.createdEpoch} epochs (${state})`);
  }
}

function isLate({ policy }: MinerParts, copy: ShardCopy, at: Block): boolean {
  return at.number - copy.createdEpoch >= policy.placeTimeoutEpochs;
}

/** Epochs for which a provider may leave a proposal unanswered: at most an eighth of what is left to the deal's deadline. */
function proposalPatience({ policy, seen }: MinerParts, copy: ShardCopy, at: Block): bigint {
  const most = policy.placeTimeoutEpochs / 8n;
  const deadline = seen.get(copy.deal)?.deadline;
  if (deadline === undefined || deadline <= at.number) return most;
  const share = (deadline - at.number) / 8n;
  return share < most ? share : most;
}

/** Records that a provider failed a copy, for the choice of the next one, and logs why. */
export async function failCopy(parts: MinerParts, copy: ShardCopy, at: Block, reason: string): Promise<void> {
  await parts.failures.failed(copy.providerId, copy.cid, at.number, reason);
  await parts.deals.moveCopy(copy.identifier, "failed", { error: reason });
  const about = { deal: copy.deal, shard: Number(copy.shard), provider: copy.providerId.toString() };
  parts.log.warn({ ...about, reason }, "a provider failed to store a copy");
}

/** The payload of notices to this market for this miner, as 0x-hex. */
export function noticePayload(market: string, repairMiner: string): string {
  return AbiCoder.defaultAbiCoder().encode(["address", "address"], [market, repairMiner]);
}

function proposalOf(parts: MinerParts, copy: ShardCopy): Mk20Deal {
  const payload = noticePayload(parts.chain.addresses.market, parts.repairMiner);
  const url = `${parts.url()}/piece/${copy.cid}`;
  return {
    identifier: copy.identifier,
    client: formatAddress(parts.identity.address),
    data: {
      piece_cid: { "/": copy.cid },
      format: { raw: {} },
      source_http: { urls: [{ url, headers: {}, priority: 0, fallback: false }] },
    },
    products: {
      ddo_v1: {
        provider: `f0${copy.providerId}`,
        start_epoch: null,
        duration: Number(copy.durationEpochs),
        notification_address: formatAddress({ protocol: "delegated", ethereum: parts.sectorContents }),
        notification_payload: Buffer.from(payload.slice(2), "hex").toString("base64"),
      },
      retrieval_v1: { announce_piece: false },
    },
  };
}

/** The root of the copy's piece as 0x-hex. */
export function rootOfCopy(copy: Pick<ShardCopy, "cid">): string {
  return hexlify(parsePieceCid(copy.cid).root);
}
