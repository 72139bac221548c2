import { expect } from "chai";
import { network } from "hardhat";

import { ProviderRpc } from "../../../src/filecoin/rpc";
import { refundOf } from "../../../src/scenarios/refundModel";
import { MarketReader } from "../../../src/protocol/repairMarket";
import {
  bondTakenAtto,
  clientShareAtto,
  earnedAtto,
  freeCollateralAtto,
  halvesAtto,
  reportersShareAtto,
  stakeAtto,
  strikesAtto,
  totalAtto,
} from "../../../src/protocol/repairMoney";
import { repairMarketParameters } from "../../../src/protocol/parameters/repairMarket";
import { activeFixture, GIB, marketFixture, type MarketWorld, placingFixture } from "../../support/repairMarket";

const SIZES = [1n, 127n, 1_024n, GIB / 3n, GIB - 1n, GIB, GIB + 1n, 255n * GIB + 7n];
const PRICES = [1n, 2n, 999n, 10n ** 9n + 1n, 10n ** 18n - 1n];
const DURATIONS = [1n, 10_000n, 86_401n];

async function readerOf({ market, lens }: MarketWorld): Promise<MarketReader> {
  const addresses = { market: await market.getAddress(), lens: await lens.getAddress() };
  return new MarketReader(new ProviderRpc(network.provider), addresses);
}

/** What the market said of each slash of a deal, in order. */
async function slashesOf({ market }: MarketWorld, dealId: bigint) {
  const logs = await market.queryFilter(market.filters.Slashed(dealId));
  return logs.map(({ args }) => ({ amount: args[2], toClient: args[3], burnt: args[4] }));
}

describe("parameters › repair money", () => {
  it("quotes what the market quotes, rounded up", async () => {
    const { market } = await marketFixture();
    for (const price of PRICES)
      for (const size of SIZES)
        for (const duration of DURATIONS)
          expect(totalAtto(price, size, duration), `${price}, ${size}, ${duration}`).to.equal(
            await market.quoteBid(price, size, duration),
          );
  });

  it("asks of a miner by size what the market asks, rounded up", async () => {
    const { market, rules } = await marketFixture();
    for (const sizeBytes of SIZES)
      expect(stakeAtto({ sizeBytes, totalAtto: 0n }, rules) + rules.acceptanceBond, `${sizeBytes}`).to.equal(
        await market.collateralDue(sizeBytes),
      );
  });

  it("knows a deal's total and stake, and what its miner has free", async () => {
    const { world, dealId, miner } = await placingFixture();
    const reader = await readerOf(world);
    const deal = await reader.dealOf(dealId);
    const { dealPriceAtto, durationEpochs } = deal.order;
    expect(totalAtto(dealPriceAtto, deal.size, durationEpochs)).to.equal(deal.totalAtto);
    const stake = stakeAtto({ sizeBytes: deal.size, totalAtto: deal.totalAtto }, world.rules);
    expect(stake).to.equal(deal.stakeAtto);
    // By its total, in this market: by its size it would be less.
    expect(stake > stakeAtto({ sizeBytes: deal.size, totalAtto: 0n }, world.rules)).to.equal(true);

    const record = (await reader.minerByActor(await miner.getAddress()))!;
    const free = freeCollateralAtto(record, world.rules);
    expect(free).to.equal(record.collateralAtto - stake - world.rules.acceptanceBond);
    const owned = miner.connect(world.owner);
    await expect(owned.withdrawCollateral(free + 1n)).to.be.revertedWithCustomError(
      world.market,
      "RepairMarket_CollateralShort",
    );
    await owned.withdrawCollateral(free);
    expect(freeCollateralAtto((await reader.minerByActor(await miner.getAddress()))!, world.rules)).to.equal(0n);
    expect(bondTakenAtto(record, world.rules)).to.equal(world.rules.acceptanceBond);
  });

  it("earns by proven epochs, rounded down", async () => {
    const { world, dealId, sealed } = await activeFixture();
    await world.filecoin.skip(777n);
    await world.prove(dealId, sealed);
    const {
      earnedAtto: earned,
      totalAtto: total,
      provenThrough,
      start,
      order,
    } = await (await readerOf(world)).dealOf(dealId);
    expect(earned > 0n).to.equal(true);
    expect(earnedAtto(total, provenThrough - start, order.durationEpochs)).to.equal(earned);
  });

  it("takes and shares strike after strike what the market does, and refunds the client the same", async () => {
    const { world, market, dealId } = await activeFixture();
    const { rules } = world;
    const reader = await readerOf(world);
    const before = await reader.dealOf(dealId);
    const wholeAtto = before.stakeAtto;
    const slasher = world.stranger;
    let leftAtto = wholeAtto;
    for (let strikesTaken = 0; BigInt(strikesTaken) < rules.maxStrikes; strikesTaken++) {
      const { deadline } = await reader.dealOf(dealId);
      await world.filecoin.skip(deadline! + 1n - (await world.now()));
      await market.connect(slasher).slashRepairMiner(before.repairMiner, dealId, []);
      const takenAtto = strikesAtto({ wholeAtto, leftAtto, strikesTaken }, 1, rules);
      const { amount, toClient, burnt } = (await slashesOf(world, dealId))[strikesTaken]!;
      expect(amount, `strike ${strikesTaken + 1}`).to.equal(takenAtto);
      expect(toClient).to.equal(clientShareAtto(takenAtto, rules));
      expect(burnt).to.equal(takenAtto - toClient - reportersShareAtto(takenAtto, rules));
      leftAtto -= takenAtto;
      expect((await reader.dealOf(dealId)).stakeAtto).to.equal(leftAtto);
    }
    expect(leftAtto).to.equal(0n);
    const { order, size, start, totalAtto: total } = before;
    const refund = refundOf(
      {
        ...{ priceAtto: order.dealPriceAtto, size, durationEpochs: order.durationEpochs },
        ...{ startEpoch: start, lastProofEpoch: before.provenThrough },
      },
      rules,
    );
    const surplus = order.depositAtto - total;
    expect(await reader.creditOf(order.client)).to.equal(refund.totalAtto + surplus);
  });

  it("takes several strikes at once as the market does: not above what is left, the last the rest", () => {
    const rules = { ...repairMarketParameters("hardhat"), strikeBps: 2_500n, maxStrikes: 3n };
    const stake = { wholeAtto: 1_001n, leftAtto: 1_001n, strikesTaken: 0 };
    expect(strikesAtto(stake, 0, rules)).to.equal(0n);
    expect(strikesAtto(stake, 1, rules)).to.equal(250n);
    expect(strikesAtto(stake, 2, rules)).to.equal(500n);
    expect(strikesAtto(stake, 3, rules)).to.equal(1_001n);
    expect(strikesAtto({ ...stake, leftAtto: 100n }, 1, rules)).to.equal(100n);
    expect(strikesAtto({ ...stake, leftAtto: 501n, strikesTaken: 2 }, 1, rules)).to.equal(501n);
  });

  it("halves an odd share in favour of the slasher", () => {
    expect(halvesAtto(7n)).to.deep.equal({ reporterAtto: 3n, slasherAtto: 4n });
  });
});
