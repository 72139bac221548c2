import { expect } from "chai";

import { Recoveries, spread } from "../../../../src/scenarios/year/recoveries";

const at = (provider: bigint, sector: bigint, held: boolean) => [{ shard: 0, provider, sector, held }];

describe("from fault to proven again", () => {
  it("counts from the fault to the look that finds the sector proven again", () => {
    const recoveries = new Recoveries();
    recoveries.faulted(1000n, 5n, 100n);
    recoveries.look(1n, 150n, 90n, at(1000n, 5n, false));
    recoveries.look(1n, 200n, 90n, at(1000n, 5n, true));
    expect(recoveries.open).to.equal(1);
    recoveries.look(1n, 250n, 240n, at(1000n, 5n, true));
    expect(recoveries.times).to.deep.equal({ healed: [150n], replaced: [] });
    expect(recoveries.open).to.equal(0);
  });

  it("tells a new placement from a sector that healed", () => {
    const recoveries = new Recoveries();
    recoveries.faulted(1000n, 5n, 100n);
    recoveries.look(1n, 150n, 90n, at(1000n, 5n, false));
    recoveries.look(1n, 250n, 240n, at(1001n, 1n, true));
    expect(recoveries.times).to.deep.equal({ healed: [], replaced: [150n] });
  });

  it("forgets what a closed deal never proved again", () => {
    const recoveries = new Recoveries();
    recoveries.look(12n, 150n, 90n, at(1000n, 5n, false));
    recoveries.look(1n, 150n, 90n, at(1000n, 6n, false));
    recoveries.over(1n);
    expect(recoveries.open).to.equal(1);
  });

  it("gives median and worst", () => {
    expect(spread([])).to.equal(undefined);
    expect(spread([5n, 1n, 9n])).to.deep.equal({ median: 5n, worst: 9n });
  });
});
