import fc from "fast-check";

import { type Intent, KIND_COUNT } from "../steps/choose";

const SEEDS = 0x7fffffff;

/** Lists of `count` steps. A failing one gets shorter by halves, quarters, …, single steps. */
class Intents extends fc.Arbitrary<Intent[]> {
  constructor(private readonly count: number) {
    super();
  }

  generate(random: fc.Random): fc.Value<Intent[]> {
    const one = () => ({ kind: random.nextInt(0, KIND_COUNT - 1), seed: random.nextInt(0, SEEDS) });
    return new fc.Value(Array.from({ length: this.count }, one), undefined);
  }

  override canShrinkWithoutContext(value: unknown): value is Intent[] {
    return Array.isArray(value);
  }

  override shrink(intents: Intent[]): fc.Stream<fc.Value<Intent[]>> {
    return fc.stream(shorter(intents)).map((list) => new fc.Value(list, undefined));
  }
}

function* shorter(intents: Intent[]): IterableIterator<Intent[]> {
  for (let size = Math.ceil(intents.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = intents.length - size; at >= 0; at -= size) yield intents.toSpliced(at, size);
  }
}

export const intents = (count: number): fc.Arbitrary<Intent[]> => new Intents(count);
