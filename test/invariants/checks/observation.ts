import type { Rules } from "../model/rules";
import type { Sectors } from "../model/sectors";
import type { TypedError } from "../world/errors";
import type { Event } from "../world/logs";
import type { Picture } from "../world/records";
import type { History } from "./history";

/** What the chain showed of one step: all that the invariants look at. None of it comes from the model. */
export interface Observation {
  rules: Rules;
  /** The function that was called. */
  name: string;
  epoch: number;
  before: Picture;
  after: Picture;
  events: Event[];
  gasUsed: number;
  /** It carried a signature over something else. */
  forged: boolean;
  /** What miner actors would have said of sectors. */
  world: Sectors;
  /** Forced into the market so far. */
  donated: bigint;
  history: History;
}

/** A call that the chain refused. */
export interface RefusedCall {
  rules: Rules;
  name: string;
  epoch: number;
  before: Picture;
  error: TypedError | undefined;
  /** Order and miner it was about, if any. */
  raw: string;
}

export class InvariantBroken extends Error {
  constructor(id: string, message: string) {
    super(`${id}: ${message}`);
    this.name = "InvariantBroken";
  }
}

export function hold(id: string, condition: boolean, message: () => string): void {
  if (!condition) throw new InvariantBroken(id, message());
}

export function equal(id: string, what: string, given: unknown, expected: unknown): void {
  if (given !== expected)
    throw new InvariantBroken(id, `${what} is ${String(given)}, and should be ${String(expected)}`);
}

export const named = (o: Observation, name: string): Event[] => o.events.filter((event) => event.name === name);
export const sum = (values: Iterable<bigint>): bigint => {
  let total = 0n;
  for (const value of values) total += value;
  return total;
};
