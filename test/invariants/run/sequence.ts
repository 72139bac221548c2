import { isDeepStrictEqual } from "node:util";

import { agree, Disagreement } from "../checks/agreement";
import { History } from "../checks/history";
import { checkAll, checkRefusal } from "../checks/invariants";
import type { Observation } from "../checks/observation";
import { Refusal } from "../model/refusal";
import type { Sectors } from "../model/sectors";
import { type Hex, MarketState } from "../model/state";
import { choose, type Intent, LOOK, whenever } from "../steps/choose";
import { Dice } from "../steps/dice";
import { look } from "../steps/look";
import type { Move, Situation } from "../steps/move";
import { everybody } from "../steps/people";
import type { Message } from "../world/chain";
import { agrees, show, type TypedError, typedError } from "../world/errors";
import { type Event, eventsOf } from "../world/logs";
import { Reader, type Scope } from "../world/reader";
import { address, type ChainOrder, type Picture, STATE } from "../world/records";
import { type Scene, type Stage, worldOf } from "../world/scene";
import { lookAtSectors } from "../world/sectorTruth";
import { Counts } from "./counts";

/** Every how many accepted steps all records are read, if not at each. */
const FULL_READ_EVERY = 8;

export interface SequenceOptions {
  /** Look at all records after each step, not only at those that a step can have touched. */
  thorough: boolean;
}

/** One market's life under a list of steps: the chain and the model side by side. */
export class Sequence {
  private readonly model: MarketState;
  private readonly world: Sectors;
  private readonly history = new History();
  private readonly reader: Reader;
  private readonly refusing = new Set<Hex>();
  private readonly trail: string[] = [];
  private picture: Picture | undefined;
  private donated = 0n;
  private sinceFullRead = 0;

  constructor(
    private readonly scene: Scene,
    private readonly stage: Stage,
    private readonly counts: Counts,
    private readonly options: SequenceOptions,
  ) {
    this.model = new MarketState(stage.rules, stage.market, scene.chainId);
    this.world = worldOf(scene, stage);
    this.reader = new Reader(scene.chain, scene.reader, stage.market, scene.nativeAccount);
  }

  /** What the market owns, as the chain says. */
  get balance(): bigint {
    return this.picture?.balance ?? 0n;
  }

  get forcedIn(): bigint {
    return this.donated;
  }

  get market(): MarketState {
    return this.model;
  }

  /** What was done so far, for who reads of a failure. */
  get story(): string {
    return this.trail.join("\n");
  }

  situation(seed: number): Situation {
    const { scene, stage, model, world, refusing } = this;
    return { scene, stage, model, world, refusing, now: scene.chain.epoch + 1, dice: new Dice(seed) };
  }

  async take({ kind, seed }: Intent): Promise<void> {
    const s = this.situation(seed);
    s.now = whenever(this.model, s.now, s.dice);
    const move = choose(kind, s);
    if (move === LOOK) {
      await this.look(s);
      return;
    }
    await this.make(move, Math.max(move.at ?? s.now, this.scene.chain.epoch + 1));
  }

  /** Makes a move at an epoch, and looks at everything that comes of it. */
  async make(move: Move, epoch: number): Promise<boolean> {
    const { chain } = this.scene;
    await chain.nextAt(epoch);
    this.counts.steps++;
    const message: Message = { from: move.from, to: move.to, data: move.data, value: move.value ?? 0n };
    const refusal = this.predict(move, epoch);
    const outcome = refusal === undefined ? "" : ` ✗ ${refusal.message}`;
    this.trail.push(`${epoch} ${move.name} by ${move.from.slice(0, 8)}${outcome}`);
    if (refusal !== undefined) {
      await this.refused(move, message, refusal, epoch);
      return false;
    }
    await this.accepted(move, message);
    return true;
  }

  private predict(move: Move, now: number): Refusal | undefined {
    try {
      move.apply({ from: move.from, value: move.value ?? 0n, now });
      return undefined;
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
  }

  private async refused(move: Move, message: Message, refusal: Refusal, epoch: number): Promise<void> {
    const answer = await this.scene.chain.tryNext(message);
    if (answer.ok) {
      // The model is contradicted; what the chain shows may say more plainly what is wrong.
      await this.observe(move, message);
      throw new Disagreement(move.name, `refused with ${refusal.message}`, "accepted");
    }
    const error = this.checkedRefusal(move, answer.data, epoch);
    if (error === undefined || !agrees(refusal, error)) {
      throw new Disagreement(move.name, `refused with ${refusal.message}`, show(error, answer.data));
    }
    Counts.add(this.counts.refused, move.name);
    Counts.add(this.counts.errors, error.name);
  }

  private checkedRefusal(move: Move, raw: Hex, epoch: number): TypedError | undefined {
    const error = typedError(raw);
    const before = this.picture ?? NOTHING;
    checkRefusal({ rules: this.model.rules, name: move.name, epoch, before, error, raw });
    return error;
  }

  private async accepted(move: Move, message: Message): Promise<void> {
    const [before, after] = await this.observe(move, message);
    agree(this.model, after);
    this.countStates(before, after);
  }

  /** Sends it, and checks the invariants on what comes of it. */
  private async observe(move: Move, message: Message): Promise<[Picture, Picture]> {
    const { chain } = this.scene;
    const sent = await chain.send(message);
    if ("refused" in sent) {
      this.checkedRefusal(move, sent.refused, chain.epoch + 1);
      throw new Disagreement(move.name, "accepted", show(typedError(sent.refused), sent.refused));
    }
    Counts.add(this.counts.accepted, move.name);
    if (move.sectorsOf !== undefined) await lookAtSectors(chain, this.world, move.sectorsOf);
    if (move.to === undefined) this.donated += message.value;
    const before = this.picture ?? NOTHING;
    const events = eventsOf(sent.logs, this.stage.market);
    const after = await this.reader.read(this.scopeOf(events), this.picture);
    this.picture = after;
    const observation: Observation = {
      ...{ rules: this.model.rules, name: move.name, epoch: sent.epoch, before, after, events },
      ...{ gasUsed: sent.gasUsed, forged: move.forged ?? false, world: this.world, donated: this.donated },
      history: this.history,
    };
    checkAll(observation);
    return [before, after];
  }

  /** Everything, or what the events name. */
  private scopeOf(events: Event[]): Scope {
    const { model } = this;
    const full = this.options.thorough || this.picture === undefined || ++this.sinceFullRead >= FULL_READ_EVERY;
    if (full) {
      this.sinceFullRead = 0;
      const ids = (list: { id: number }[]) => list.map(({ id }) => id);
      const accounts = everybody(this.situation(0));
      return { miners: ids(model.miners), asks: ids(model.asks), orders: ids(model.bids), accounts };
    }
    const scope = {
      miners: new Set<number>(),
      asks: new Set<number>(),
      orders: new Set<number>(),
      accounts: new Set<Hex>(),
    };
    for (const { args } of events) {
      const id = Number(args.dealId ?? args.bidId ?? 0n);
      if (id !== 0) scope.orders.add(id);
      if (args.askId !== undefined) scope.asks.add(Number(args.askId));
      const miner = Number(args.minerId ?? model.bids[id - 1]?.deal?.miner ?? 0);
      if (miner !== 0) scope.miners.add(miner);
      if (args.account !== undefined) scope.accounts.add(address(args.account));
    }
    const { miners, asks, orders, accounts } = scope;
    return { miners: [...miners], asks: [...asks], orders: [...orders], accounts: [...accounts] };
  }

  /** Asks the lens, between two steps. */
  private async look(s: Situation): Promise<void> {
    const { chain } = this.scene;
    this.counts.steps++;
    await chain.nextAt(s.now);
    const { view, expected, given } = await look(s, chain.epoch);
    this.trail.push(`${chain.epoch} look at ${view}`);
    if (!isDeepStrictEqual(expected, given)) throw new Disagreement(view, shown(expected), shown(given));
    Counts.add(this.counts.accepted, "look");
  }

  private countStates(before: Picture, after: Picture): void {
    after.orders.forEach((order, index) => {
      const former = before.orders[index];
      if (former === order) return;
      const [from, to] = [former === undefined ? "" : stateName(former), stateName(order)];
      if (from !== to) Counts.add(this.counts.states, to);
      for (const [name, epoch] of deadlinesOf(former)) {
        const offset = after.epoch - epoch;
        if (Math.abs(offset) <= 1) Counts.add(this.counts.deadlines, `${name} ${offset > 0 ? "+" : ""}${offset}`);
      }
    });
  }
}

function stateName({ state, marks }: ChainOrder): string {
  const name = Object.entries(STATE).find(([, number]) => number === state)![0];
  return name === "active" && marks > 0n ? "repairing" : name;
}

/** What a record shows as its deadlines. */
function deadlinesOf(order: ChainOrder | undefined): [string, number][] {
  if (order === undefined) return [];
  if (order.state === STATE.open) return [["bid's expiry", Number(order.expiry)]];
  if (order.state === STATE.placing) return [["placement", Number(order.deadline)]];
  if (order.state !== STATE.active) return [];
  const repair: [string, number][] = order.marks > 0n ? [["repair", Number(order.repairDeadline)]] : [];
  const end = Number(order.start + order.payDuration);
  return [["proof", Number(order.deadline)], ["end", end], ...repair];
}

const shown = (value: unknown) =>
  JSON.stringify(value, (_, field: unknown) => (typeof field === "bigint" ? field.toString() : field));

const NOTHING: Picture = { epoch: 0, balance: 0n, unburnt: 0n, miners: [], asks: [], orders: [], credits: new Map() };
