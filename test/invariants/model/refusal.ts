/** An argument of an error; undefined: the model does not say. */
export type RefusalArgument = bigint | undefined;

/** The model says that the chain refuses a call: with which error, and with which arguments. */
export class Refusal extends Error {
  constructor(
    readonly reason: string,
    readonly args: readonly RefusalArgument[],
  ) {
    super(`${reason}(${args.join(", ")})`);
    this.name = "Refusal";
  }
}

/** Numbers are epochs, ids and sizes; texts are addresses and hashes in hex. */
export function refuse(reason: string, ...args: (bigint | number | string | undefined)[]): never {
  throw new Refusal(
    reason,
    args.map((arg) => (arg === undefined ? undefined : BigInt(arg))),
  );
}

export const market = (reason: string, ...args: (bigint | number | string | undefined)[]): never =>
  refuse(`RepairMarket_${reason}`, ...args);
