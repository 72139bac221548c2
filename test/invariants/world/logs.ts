import { IRepairMarket__factory } from "../../../typechain-types";
import type { Log } from "../../../src/devnet/actors/chain";
import { wordAt } from "./records";

/** An event of the market; lists as they are, addresses and hashes as numbers. */
export interface Event {
  name: string;
  args: Record<string, bigint>;
  lists: Record<string, bigint[]>;
}

interface Shape {
  name: string;
  indexed: string[];
  /** Words of the data; undefined: a field that nobody needs; a list's word is its offset. */
  words: { name: string; list: boolean }[];
}

const shapes = new Map<string, Shape>();
IRepairMarket__factory.createInterface().forEachEvent((event) => {
  const indexed = event.inputs.filter((input) => input.indexed).map((input) => input.name);
  const words = event.inputs
    .filter((input) => !input.indexed)
    .flatMap((input) => {
      if (input.baseType === "tuple") return input.components!.map((part) => ({ name: part.name, list: false }));
      return [{ name: input.name, list: input.baseType === "array" }];
    });
  shapes.set(event.topicHash, { name: event.name, indexed, words });
});

export function eventsOf(logs: Log[], market: string): Event[] {
  return logs.filter((log) => log.address.toLowerCase() === market).flatMap((log) => parse(log) ?? []);
}

function parse(log: Log): Event | undefined {
  const shape = shapes.get(log.topics[0]!);
  if (shape === undefined) return undefined;
  const event: Event = { name: shape.name, args: {}, lists: {} };
  shape.indexed.forEach((name, index) => (event.args[name] = BigInt(log.topics[index + 1]!)));
  const data = log.data.slice(2);
  shape.words.forEach(({ name, list }, index) => {
    const value = wordAt(data, index);
    if (!list) event.args[name] = value;
    else event.lists[name] = listAt(data, Number(value) / 32);
  });
  return event;
}

function listAt(data: string, at: number): bigint[] {
  return Array.from({ length: Number(wordAt(data, at)) }, (_, index) => wordAt(data, at + 1 + index));
}
