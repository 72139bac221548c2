/** Enums of contracts that exist for tests alone, names in order; test/src/protocol/enums.test.ts holds them to the source. */
export const HARNESS_ENUMS = {
  /** Of `ActorCaller__Harness`. */
  Kind: ["DelegateCall", "Call", "StaticCall"],
  /** Of `HostileWallet__Harness`. */
  Mood: ["Calm", "Refuse", "Bomb", "BombAndRefuse", "Exhaust"],
} as const;

type Name = keyof typeof HARNESS_ENUMS;

/** The number of each value, by its Solidity name. */
export function harnessValues<E extends Name>(name: E): Readonly<Record<(typeof HARNESS_ENUMS)[E][number], number>> {
  const pairs = HARNESS_ENUMS[name].map((one, index) => [one, index]);
  return Object.fromEntries(pairs) as Record<(typeof HARNESS_ENUMS)[E][number], number>;
}
