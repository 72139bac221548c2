import fc from "fast-check";

import { type Intent, KIND_COUNT } from "../steps/choose";

/** Lists of `count` steps; a failing one gets shorter, and its steps plainer. */
export const intents = (count: number): fc.Arbitrary<Intent[]> =>
  fc.array(fc.record({ kind: fc.nat({ max: KIND_COUNT - 1 }), seed: fc.nat() }), {
    minLength: 0,
    maxLength: count,
    size: "max",
  });
