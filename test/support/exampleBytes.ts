import { expect } from "chai";

/** Bytes that follow from the seed and do not repeat soon: a linear congruence, its high byte. */
export function exampleBytes(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed >>> 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** Compares long byte arrays at once: chai looks at every element. */
export function expectSameBytes(actual: Uint8Array, expected: Uint8Array): void {
  expect(actual.length).to.equal(expected.length);
  expect(Buffer.compare(actual, expected), "bytes differ").to.equal(0);
}
