import type { Block } from "../filecoin/block";
import { requireRoom } from "../data/staged";
import { Problem } from "../service/http/problem";
import { toJson } from "../service/json";
import type { BidNotice, DealAnswer, MinerTerms, Proposal, Refusal } from "../protocol/negotiationWire";
import type { RepairDeal } from "../store/repairDeals";
import { answerOf } from "./answer";
import { checkBid } from "./checkBid";
import { layoutOfProposal, proposalOfDeal } from "./manifestOfDeal";
import type { MinerParts } from "./parts";
import { RefusedError } from "./refused";
import { ShardTooLongError, ShardTooShortError } from "./shardFolder";
import { checkProposal, stakeOf, type ProposalContext } from "./terms";
import { tryAddDeal } from "./trial";

/** What clients may ask of the miner, up to the binding acceptance. HTTP is one way to it. */
export class Negotiation {
  private readonly uploading = new Set<string>();
  private bidding: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly parts: MinerParts,
    private readonly pin: () => Promise<Block>,
    private readonly wake: () => void,
  ) {}

  async terms(chainId: bigint): Promise<MinerTerms> {
    const { parts } = this;
    const at = await this.pin();
    const asks = await parts.chain.openAsksOf(parts.repairMiner, at.number);
    return {
      chainId,
      market: parts.chain.addresses.market,
      repairMiner: parts.repairMiner,
      worker: parts.outbox.address,
      asks: asks.map(({ askId }) => askId),
      maxPayloadBytes: parts.settings.maxPayloadBytes,
      providers: (await parts.providers()).length,
    };
  }

  /** A tentative, unsigned acceptance; the same proposal again gets the same one. */
  async propose(proposal: Proposal): Promise<DealAnswer> {
    const { parts } = this;
    const text = toJson(proposal);
    const known = await parts.deals.get(proposal.id);
    if (known !== undefined) {
      if (known.proposal === text) return answerOf(parts, known);
      throw new RefusedError("wrong-state", `Another proposal has the id ${proposal.id}: choose a new one.`);
    }
    const at = await this.pin();
    const ask = checkProposal(proposal, await this.contextOf(proposal, at));
    const deal = await parts.deals.propose({
      ...{ id: proposal.id, proposal: text, client: proposal.client, askId: proposal.askId, droot: proposal.droot },
      ...{ size: proposal.size, priceAtto: ask.priceAtto.toString(), createdEpoch: at.number },
      offeredUntil: smaller(at.number + parts.settings.offerEpochs, ask.expiry),
    });
    parts.log.info({ deal: deal.id, client: deal.client, bytes: Number(proposal.payloadBytes) }, "proposed");
    return answerOf(parts, deal);
  }

  /** The bid on chain is the one that was proposed, and its client agreed to this ask. */
  async bid(id: string, notice: BidNotice): Promise<DealAnswer> {
    // One after the other: what one takes of the free collateral the next must see.
    const mine = this.bidding.then(() => this.takeBid(id, notice));
    this.bidding = mine.catch(() => undefined);
    return mine;
  }

  private async takeBid(id: string, notice: BidNotice): Promise<DealAnswer> {
    const { parts } = this;
    const deal = await this.get(id);
    if (deal.bidId === notice.bidId && deal.authorisation === notice.authorisation) return answerOf(parts, deal);
    this.expectState(deal, ["tentative"]);
    const at = await this.pin();
    const proposal = proposalOfDeal(deal);
    const bid = await parts.chain.bid(notice.bidId, at.number);
    checkBid(bid, proposal, parts, at);
    const other = await parts.deals.ofBid(notice.bidId);
    if (other !== undefined) throw new RefusedError("bid-differs", `Bid ${notice.bidId} belongs to another proposal.`);
    checkProposal(proposal, await this.contextOf(proposal, at));
    await tryAddDeal(parts, { askId: deal.askId, ...notice });
    this.checkRoom(deal);
    const { bidId, authorisation } = notice;
    const change = { state: "awaiting-data" as const, bidId, bidExpiry: bid!.order.expiry, authorisation };
    await parts.deals.change(id, "tentative", change);
    parts.log.info({ deal: id, bid: bidId.toString() }, "bid named");
    this.wake();
    return answerOf(parts, await this.get(id));
  }

  async receiveShard(id: string, shard: number, source: AsyncIterable<Uint8Array>): Promise<void> {
    const layout = layoutOfProposal(proposalOfDeal(await this.get(id)));
    if (shard >= layout.code.dataShards)
      throw new RefusedError("coding", `Data shards are 0 to ${layout.code.dataShards - 1}; parity is computed here.`);
    await this.receive(id, `${id}/${shard}`, () => this.parts.shards.receive(id, layout, shard, source));
  }

  async receiveData(id: string, source: AsyncIterable<Uint8Array>): Promise<void> {
    const layout = layoutOfProposal(proposalOfDeal(await this.get(id)));
    await this.receive(id, id, () => this.parts.shards.receiveAll(id, layout, source));
  }

  /** The binding acceptance once there is one; until then how far it is. */
  async accept(id: string): Promise<DealAnswer> {
    const deal = await this.get(id);
    if (deal.state === "tentative") this.expectState(deal, ["awaiting-data"]);
    if (deal.state === "awaiting-data") {
      const missing = this.parts.shards.missing(id, proposalOfDeal(deal).dataShards);
      if (missing.length > 0)
        throw new RefusedError("wrong-state", `Data shards ${missing.join(", ")} are missing: send them first.`);
      this.wake();
    }
    if (deal.state === "refused") {
      const [code, ...rest] = (deal.reason ?? "").split(": ");
      throw new RefusedError(code as Refusal, rest.join(": "));
    }
    if (deal.state === "expired" && deal.acceptance === null)
      throw new RefusedError("wrong-state", `Deal ${id} has expired: ${deal.reason}.`);
    return answerOf(this.parts, deal);
  }

  async answer(id: string): Promise<DealAnswer> {
    return answerOf(this.parts, await this.get(id));
  }

  async answers(limit = 1_000): Promise<DealAnswer[]> {
    return Promise.all((await this.parts.deals.list(limit)).map((deal) => answerOf(this.parts, deal)));
  }

  private async get(id: string): Promise<RepairDeal> {
    const deal = await this.parts.deals.get(id);
    if (deal === undefined) throw new RefusedError("unknown-deal", `There is no deal ${id}.`);
    return deal;
  }

  private expectState(deal: RepairDeal, states: RepairDeal["state"][]): void {
    if (states.includes(deal.state)) return;
    throw new RefusedError("wrong-state", `Deal ${deal.id} is ${deal.state}, not ${states.join(" or ")}.`);
  }

  private async contextOf(proposal: Proposal, at: Block): Promise<ProposalContext> {
    const { parts } = this;
    const { chain, rules, settings, repairMiner } = parts;
    const miner = await chain.minerByActor(repairMiner, at.number);
    if (miner === undefined) throw new Error(`${repairMiner} is not a miner of this market.`);
    const others = (await parts.deals.promised()).filter(({ id, bidId }) => bidId !== null && id !== proposal.id);
    const stakes = others.map((deal) => stakeOf(proposalOfDeal(deal), BigInt(deal.priceAtto), rules));
    const sum = (values: bigint[]) => values.reduce((total, value) => total + value, 0n);
    const promised = { count: others.length, size: sum(others.map(({ size }) => size)), stakeAtto: sum(stakes) };
    const providers = new Set((await parts.providers()).map(({ id }) => id));
    const ask = await chain.ask(proposal.askId, at.number);
    return { ask, miner, repairMiner, rules, settings, promised, providers, at };
  }

  private checkRoom(deal: RepairDeal): void {
    try {
      requireRoom(this.parts.shards.root, deal.size);
    } catch (cause) {
      this.parts.log.error(
        { deal: deal.id, error: (cause as Error).message },
        "there is no room on the disk for a deal's data",
      );
      throw new RefusedError("no-capacity", "This miner's disk has no room for the data now: try again later.");
    }
  }

  /** One upload of a name at a time: the second would write over the first. */
  private async receive(id: string, name: string, work: () => Promise<void>): Promise<void> {
    this.expectState(await this.get(id), ["awaiting-data"]);
    const busy = [...this.uploading].some(
      (other) => other === name || other === id || (name === id && other.startsWith(id)),
    );
    if (busy) throw new RefusedError("wrong-state", "These bytes are being received already.");
    this.uploading.add(name);
    try {
      await work();
    } catch (error) {
      if (error instanceof ShardTooLongError || error instanceof ShardTooShortError)
        throw new RefusedError("data-differs", error.message);
      if (BROKEN.has((error as NodeJS.ErrnoException).code ?? ""))
        throw new Problem(400, "upload-broken", "The upload was interrupted", "Send these bytes again.");
      throw error;
    } finally {
      this.uploading.delete(name);
    }
    this.wake();
  }
}

/** The sender is gone. */
const BROKEN = new Set(["ECONNRESET", "ERR_STREAM_PREMATURE_CLOSE"]);

const smaller = (a: bigint, b: bigint) => (a < b ? a : b);
