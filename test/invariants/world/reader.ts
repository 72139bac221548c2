import { IRepairMarket__factory } from "../../../typechain-types";
import type { Hex } from "../model/state";
import type { Chain } from "./chain";
import {
  type ChainAsk,
  type ChainMiner,
  type ChainOrder,
  parseAsk,
  parseMiner,
  parseOrder,
  type Picture,
  wordAt,
} from "./records";

const abi = IRepairMarket__factory.createInterface();
const ASK_FOR = {
  counts: abi.getFunction("counts").selector.slice(2),
  unburnt: abi.getFunction("unburnt").selector.slice(2),
  minerOf: abi.getFunction("minerOf").selector.slice(2),
  askOf: abi.getFunction("askOf").selector.slice(2),
  orderOf: abi.getFunction("orderOf").selector.slice(2),
  placementsOf: abi.getFunction("placementsOf").selector.slice(2),
  creditOf: abi.getFunction("creditOf").selector.slice(2),
};

const word = (value: number | Hex) =>
  typeof value === "number" ? value.toString(16).padStart(64, "0") : value.slice(2).padStart(64, "0");

/** Which records to look at; those left out are taken to be as they were. */
export interface Scope {
  miners: number[];
  asks: number[];
  orders: number[];
  accounts: Hex[];
}

/** Reads a market, all of it or what a step may have touched, in one call. */
export class Reader {
  private readonly parsed = new Map<string, { raw: string; record: ChainMiner | ChainAsk | ChainOrder }>();
  private readonly head: string;

  constructor(
    private readonly chain: Chain,
    private readonly reader: Hex,
    private readonly market: Hex,
    private readonly nobody: Hex,
  ) {
    this.head = market.slice(2);
  }

  async read(scope: Scope, before: Picture | undefined): Promise<Picture> {
    const questions = [
      `${this.head}0000`,
      this.question(ASK_FOR.unburnt),
      this.question(ASK_FOR.counts),
      ...scope.miners.map((id) => this.question(ASK_FOR.minerOf, id)),
      ...scope.asks.map((id) => this.question(ASK_FOR.askOf, id)),
      ...scope.orders.flatMap((id) => [this.question(ASK_FOR.orderOf, id), this.question(ASK_FOR.placementsOf, id)]),
      ...scope.accounts.map((account) => this.question(ASK_FOR.creditOf, account)),
    ];
    const message = { from: this.nobody, to: this.reader, data: `0x${questions.join("")}`, value: 0n };
    const answer = await this.chain.call(message);
    if (!answer.ok) throw new Error(`The market cannot be read: ${answer.data}`);
    return this.picture(scope, split(answer.data), before);
  }

  private question(what: string, argument?: number | Hex): string {
    const data = argument === undefined ? what : `${what}${word(argument)}`;
    return `${this.head}${(data.length / 2).toString(16).padStart(4, "0")}${data}`;
  }

  private picture(scope: Scope, answers: string[], before: Picture | undefined): Picture {
    let at = 0;
    const next = () => answers[at++]!;
    const picture: Picture = {
      epoch: this.chain.epoch,
      balance: BigInt(`0x${next()}`),
      unburnt: BigInt(`0x${next()}`),
      miners: [...(before?.miners ?? [])],
      asks: [...(before?.asks ?? [])],
      orders: [...(before?.orders ?? [])],
      credits: new Map(before?.credits ?? []),
    };
    const counts = next();
    for (const id of scope.miners) picture.miners[id - 1] = this.record(`m${id}`, next(), parseMiner);
    for (const id of scope.asks) picture.asks[id - 1] = this.record(`a${id}`, next(), parseAsk);
    for (const id of scope.orders) {
      const [order, placements] = [next(), next()];
      const parse = () => parseOrder(order, placements);
      picture.orders[id - 1] = this.record(`o${id}`, order + placements, parse);
    }
    for (const account of scope.accounts) picture.credits.set(account, BigInt(`0x${next()}`));
    [picture.miners, picture.asks, picture.orders].forEach(({ length }, index) => {
      const count = Number(wordAt(counts, index));
      if (count !== length) throw new Error(`The market counts ${count} of the records of which ${length} are known.`);
    });
    return picture;
  }

  /** Records that did not change are not parsed again, and are the same object. */
  private record<T extends ChainMiner | ChainAsk | ChainOrder>(key: string, raw: string, parse: (raw: string) => T): T {
    const known = this.parsed.get(key);
    if (known?.raw === raw) return known.record as T;
    const record = parse(raw);
    this.parsed.set(key, { raw, record });
    return record;
  }
}

function split(answer: Hex): string[] {
  const parts: string[] = [];
  for (let at = 2; at < answer.length;) {
    const length = parseInt(answer.slice(at, at + 8), 16) * 2;
    parts.push(answer.slice(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return parts;
}
