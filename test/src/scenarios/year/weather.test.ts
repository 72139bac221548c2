import { expect } from "chai";

import { Random } from "../../../../src/devnet/random";
import { type ProviderCondition, ROUGH, weatherOfDay } from "../../../../src/scenarios/year/weather";

const provider = (overrides: Partial<ProviderCondition> = {}): ProviderCondition => ({
  id: 1000n,
  ...{ present: true, daysAway: 0, gone: false, refusing: false, activeSectors: [], faultySectors: [] },
  ...overrides,
});
const CALM = { ...ROUGH, providers: 0 };

function year(seed: number, condition: ProviderCondition, days = 20_000) {
  const random = new Random(seed);
  return Array.from({ length: days }, () => weatherOfDay(random, [condition], CALM)).flat();
}

describe("weather of a simulated year", () => {
  it("is the same for the same seed, and another for another", () => {
    const sector = provider({ activeSectors: [1n, 2n] });
    expect(year(1, sector)).to.deep.equal(year(1, sector));
    expect(year(1, sector)).not.to.deep.equal(year(2, sector));
  });

  it("comes as often as the climate says", () => {
    const all = year(3, provider({ activeSectors: [7n], faultySectors: [8n] }));
    const count = (kind: string) => all.filter((one) => one.kind === kind).length;
    const about = (kind: string, chance: number) =>
      expect(count(kind) / 20_000, kind).to.be.within(0.7 * chance, 1.3 * chance);
    about("vanish", ROUGH.vanish);
    about("fault", ROUGH.fault);
    about("terminate", ROUGH.terminate);
    about("recover", ROUGH.recover);
    about("refuse", ROUGH.refuse);
    expect(count("return") + count("accept") + count("join")).to.equal(0);
  });

  it("brings back who is away, and nobody who has left for good", () => {
    const away = year(4, provider({ present: false, activeSectors: [1n] }));
    expect(new Set(away.map(({ kind }) => kind))).to.deep.equal(new Set(["return"]));
    expect(year(5, provider({ present: false, gone: true }))).to.deep.equal([]);
  });

  it("lets one join while there are too few", () => {
    const few = { ...ROUGH, vanish: 0, refuse: 0, corrupt: 0, providers: 2 };
    const random = new Random(6);
    expect(weatherOfDay(random, [provider()], few)).to.deep.equal([{ kind: "join" }]);
    expect(weatherOfDay(random, [provider(), provider({ id: 1001n })], few)).to.deep.equal([]);
    expect(weatherOfDay(random, [provider(), provider({ gone: true })], few)).to.deep.equal([{ kind: "join" }]);
  });
});
