import { wordOf } from "../../protocol/enums";
import { toJson } from "../../service/json";
import type { IRepairMarket, RepairMarketLens } from "../../../typechain-types";

const isRunning = (state: bigint) => ["placing", "active", "repairing"].includes(nameOf(state));
const nameOf = (state: bigint) => wordOf("RepairState", state);
const PAGE = 50n;

/** An invariant of docs/invariants.md does not hold. */
export class InvariantError extends Error {
  override readonly name = "InvariantError";
  constructor(
    readonly invariant: string,
    epoch: bigint,
    why: string,
  ) {
    super(`${invariant} is broken at epoch ${epoch}: ${why}`);
  }
}

type DealView = Awaited<ReturnType<RepairMarketLens["dealOf"]>>;

/** The market's books, audited from what it shows: balances, deals, credits, and what it said in its events. */
export class Ledger {
  private readonly creditors = new Set<string>();
  private readonly earned = new Map<bigint, bigint>();
  private readonly closed = new Map<bigint, string>();
  private readBlocks = 0;
  private slashed = { total: 0n, toClients: 0n, burnt: 0n };

  constructor(
    private readonly market: IRepairMarket,
    private readonly lens: RepairMarketLens,
  ) {}

  /** Throws an `InvariantError` for the first that does not hold. */
  async audit(): Promise<void> {
    const provider = this.market.runner!.provider!;
    const block = await provider.getBlockNumber();
    const at = { blockTag: block };
    await this.readEvents(block);
    const deals = await this.deals(at);
    const { miners, bids } = await this.market.counts(at);
    const fail = (invariant: string, why: string): never => {
      throw new InvariantError(invariant, BigInt(block), why);
    };

    let owed = await this.market.unburnt(at);
    for (const account of this.creditors) owed += await this.market.creditOf(account, at);
    for (let id = 1n; id <= bids; id++) {
      const order = await this.market.orderOf(id, at);
      if (nameOf(order.state) === "open") owed += order.deposit;
    }
    for (const deal of deals) if (isRunning(deal.state)) owed += deal.total - deal.order.pay.withdrawn;
    for (let id = 1n; id <= miners; id++) {
      const miner = await this.market.minerOf(id, at);
      owed += miner.collateral;
      const stakes = deals
        .filter(({ order, state }) => order.miner === id && isRunning(state))
        .reduce((sum, { stake }) => sum + stake, 0n);
      if (miner.locked !== stakes) fail("I7", `miner ${id} has ${miner.locked} locked, its stakes are ${stakes}`);
      if (miner.collateral < miner.locked)
        fail("I7", `miner ${id} has ${miner.collateral}, of which ${miner.locked} are locked`);
    }
    const balance = await provider.getBalance(await this.market.getAddress(), block);
    if (balance !== owed) fail("I1", `the market holds ${balance} attoFIL and owes ${owed}`);

    for (const deal of deals) this.auditDeal(deal, fail);
    await this.auditCopies(deals, at, fail);
  }

  private auditDeal(deal: DealView, fail: (invariant: string, why: string) => never): void {
    const { dealId, earned, total, withdrawable, state, order } = deal;
    const running = isRunning(state);
    if (running && earned + deal.refundable !== total)
      fail("I2", `deal ${dealId}: ${earned} earned and ${deal.refundable} to refund are not ${total}`);
    if (running && withdrawable !== earned - order.pay.withdrawn)
      fail("I2", `deal ${dealId}: ${withdrawable} can be withdrawn of ${earned} less ${order.pay.withdrawn}`);
    if (!running && deal.stake !== 0n) fail("I2", `deal ${dealId} is closed and holds a stake of ${deal.stake}`);
    if (running) {
      if (earned < (this.earned.get(dealId) ?? 0n)) fail("I3", `deal ${dealId} earned less than before: ${earned}`);
      this.earned.set(dealId, earned);
      const { pay } = order;
      const expected = pay.duration === 0n ? 0n : (total * pay.provenEpochs) / pay.duration;
      if (earned !== expected) fail("I3", `deal ${dealId} earned ${earned}; its epochs are worth ${expected}`);
      if (pay.provenEpochs > order.duration) fail("I4", `deal ${dealId} was proven for ${pay.provenEpochs} epochs`);
    } else {
      const record = toJson(order);
      const before = this.closed.get(dealId);
      if (before !== undefined && before !== record) fail("I13", `deal ${dealId} is closed and changed`);
      this.closed.set(dealId, record);
    }
  }

  private async auditCopies(
    deals: readonly DealView[],
    at: { blockTag: number },
    fail: (invariant: string, why: string) => never,
  ): Promise<void> {
    const copies = new Map<string, string>();
    for (const { dealId, state } of deals) {
      if (!isRunning(state)) continue;
      const placements = await this.lens.placementsOf(dealId, at);
      for (const [shard, { provider, sector, kind }] of placements.entries()) {
        if (wordOf("PlacementKind", kind) === "none") continue;
        // Each sector of a local provider holds one piece.
        const copy = `sector ${sector} of f0${provider}`;
        const here = `shard ${shard} of deal ${dealId}`;
        if (copies.has(copy)) fail("I14", `${copy} backs ${copies.get(copy)} and ${here}`);
        copies.set(copy, here);
      }
    }
  }

  private async deals(at: { blockTag: number }): Promise<DealView[]> {
    const all: DealView[] = [];
    for (let start = 1n; start !== 0n;) {
      const { page, next } = await this.lens.deals(start, PAGE, at);
      all.push(...page);
      start = next;
    }
    return all;
  }

  private async readEvents(block: number): Promise<void> {
    const { market } = this;
    const from = this.readBlocks;
    for (const { args } of await market.queryFilter(market.filters.Credited(), from, block))
      this.creditors.add(args.account);
    for (const { args } of await market.queryFilter(market.filters.Slashed(), from, block)) {
      this.slashed.total += args.amount;
      this.slashed.toClients += args.toClient;
      this.slashed.burnt += args.burnt;
      if (args.toClient + args.burnt > args.amount)
        throw new InvariantError("I6", BigInt(block), `${args.toClient} and ${args.burnt} of ${args.amount} slashed`);
    }
    this.readBlocks = block + 1;
  }

  /** attoFIL taken from miners so far, and how it was split; the rest went to reporters. */
  get slashes(): { total: bigint; toClients: bigint; burnt: bigint } {
    return this.slashed;
  }
}
