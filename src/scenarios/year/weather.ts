import type { Random } from "../../devnet/random";

/** What a provider is like when a day begins. */
export interface ProviderCondition {
  id: bigint;
  /** It answers and proves. */
  present: boolean;
  /** Days that it has been away. */
  daysAway: number;
  /** Left for good. */
  gone: boolean;
  refusing: boolean;
  activeSectors: readonly bigint[];
  /** Sectors that it stopped proving while it was there. */
  faultySectors: readonly bigint[];
}

/** Something that happens to a provider. */
export type Happening =
  | { kind: "vanish"; provider: bigint; forGood: boolean }
  | { kind: "return"; provider: bigint }
  | { kind: "fault" | "recover" | "terminate"; provider: bigint; sector: bigint }
  | { kind: "corrupt"; provider: bigint }
  | { kind: "refuse" | "accept"; provider: bigint }
  | { kind: "join" };

/** How often things happen: chances for each provider (or each sector of it) and day. */
export interface Climate {
  vanish: number;
  /** Of those that vanish. */
  forGood: number;
  /** Of those that are away and will come back. */
  comeBack: number;
  /** Of a sector. */
  fault: number;
  /** Of a faulty sector. */
  recover: number;
  /** Of a sector. */
  terminate: number;
  corrupt: number;
  refuse: number;
  accept: number;
  /** Fewer providers than these, and a new one joins. */
  providers: number;
}

/** Far worse than any real network: on ten providers a fault every other day, somebody gone every week. */
export const ROUGH: Climate = {
  vanish: 1 / 70,
  forGood: 0.1,
  comeBack: 0.5,
  fault: 1 / 30,
  recover: 0.6,
  terminate: 1 / 400,
  corrupt: 1 / 1_000,
  refuse: 1 / 60,
  accept: 0.5,
  providers: 20,
};

/** What happens today: pure, and the same for the same random numbers. */
export function weatherOfDay(random: Random, providers: readonly ProviderCondition[], climate: Climate): Happening[] {
  const today: Happening[] = [];
  for (const provider of providers) {
    if (provider.gone) continue;
    today.push(...(provider.present ? whilePresent(random, provider, climate) : whileAway(random, provider, climate)));
  }
  if (providers.filter(({ gone }) => !gone).length < climate.providers) today.push({ kind: "join" });
  return today;
}

function whileAway(random: Random, { id }: ProviderCondition, climate: Climate): Happening[] {
  return random.chance(climate.comeBack) ? [{ kind: "return", provider: id }] : [];
}

function whilePresent(random: Random, provider: ProviderCondition, climate: Climate): Happening[] {
  const { id } = provider;
  if (random.chance(climate.vanish)) return [{ kind: "vanish", provider: id, forGood: random.chance(climate.forGood) }];
  const today: Happening[] = [];
  for (const sector of provider.activeSectors) {
    if (random.chance(climate.terminate)) today.push({ kind: "terminate", provider: id, sector });
    else if (random.chance(climate.fault)) today.push({ kind: "fault", provider: id, sector });
  }
  for (const sector of provider.faultySectors)
    if (random.chance(climate.recover)) today.push({ kind: "recover", provider: id, sector });
  if (random.chance(climate.corrupt)) today.push({ kind: "corrupt", provider: id });
  if (provider.refusing) {
    if (random.chance(climate.accept)) today.push({ kind: "accept", provider: id });
  } else if (random.chance(climate.refuse)) today.push({ kind: "refuse", provider: id });
  return today;
}
