import { Interface } from "ethers";

import { IRepairMarket__factory, RepairMiner__factory } from "../../../typechain-types";
import type { Refusal } from "../model/refusal";
import type { Hex } from "../model/state";
import { wordAt } from "./records";

interface Shape {
  name: string;
  /** Number of arguments, or -1 when they are not one word each. */
  words: number;
}

const shapes = new Map<string, Shape>();
for (const abi of [IRepairMarket__factory.createInterface(), RepairMiner__factory.createInterface()] as Interface[]) {
  abi.forEachError((error) => {
    const plain = error.inputs.every(({ baseType }) => !["bytes", "string", "array", "tuple"].includes(baseType));
    shapes.set(error.selector, { name: error.name, words: plain ? error.inputs.length : -1 });
  });
}

/** What a contract said when it refused. */
export interface TypedError {
  name: string;
  args: bigint[];
}

/** Undefined: not one of the errors of the market and its miners. */
export function typedError(data: Hex): TypedError | undefined {
  const shape = shapes.get(data.slice(0, 10));
  if (shape === undefined) return undefined;
  const words = Math.max(shape.words, 0);
  return { name: shape.name, args: Array.from({ length: words }, (_, index) => wordAt(data.slice(10), index)) };
}

export function agrees(expected: Refusal, given: TypedError): boolean {
  if (expected.reason !== given.name) return false;
  return expected.args.every((arg, index) => arg === undefined || arg === given.args[index]);
}

export const show = (error: TypedError | undefined, data: Hex) =>
  error === undefined ? `the untyped ${data.slice(0, 74)}` : `${error.name}(${error.args.join(", ")})`;
