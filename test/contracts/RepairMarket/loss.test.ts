import { expect } from "chai";
import { ethers } from "hardhat";

import { valuesOf } from "../../../src/protocol/enums";
import {
  activeFixture,
  marketFixture,
  placedFixture,
  provenTo,
  repairingFixture,
  shortLived,
  State,
} from "../../support/repairMarket";

const { Unproven: UNPROVEN, Faulty: FAULTY, Dead: DEAD } = valuesOf("SectorStatus");

describe("RepairMarket", () => {
  describe("reportLoss", () => {
    it("reverts before the term begins", async () => {
      const { market, dealId } = await placedFixture();
      await expect(market.reportLoss(dealId, 0, "0x"))
        .to.be.revertedWithCustomError(market, "RepairMarket_WrongState")
        .withArgs(dealId, State.Placing);
    });

    it("reverts for a healthy shard, a stale location, one that is not placed, and one marked already", async () => {
      const { world, market, dealId, sealed } = await activeFixture();
      const location = await world.locationOf(sealed[0]!);
      await expect(market.reportLoss(dealId, 0, location))
        .to.be.revertedWithCustomError(market, "RepairMarket_NotProvenLost")
        .withArgs(0);
      // (-1, -1) proves Dead only of a sector that is in no state at all.
      await expect(market.reportLoss(dealId, 0, "0x822020")).to.be.revertedWithCustomError(
        market,
        "RepairMarket_NotProvenLost",
      );
      await expect(market.reportLoss(dealId, 200, location)).to.be.revertedWithCustomError(
        market,
        "RepairMarket_ShardNotPlaced",
      );
      const marked = await repairingFixture();
      await expect(marked.market.reportLoss(dealId, 0, location))
        .to.be.revertedWithCustomError(market, "RepairMarket_AlreadyMarked")
        .withArgs(0);
    });

    for (const [what, status, lose] of [
      ["declared faulty", FAULTY, "declareFault"],
      ["terminated", DEAD, "terminate"],
    ] as const) {
      it(`marks a shard whose sector was ${what}, and starts the repair window`, async () => {
        const { world, market, dealId, sealed, start } = await activeFixture();
        const { provider, sector } = sealed[2]!;
        await world.filecoin[lose](provider, sector);
        await world.nextAt(start + 1_000n);
        const sent = market.connect(world.reporter).reportLoss(dealId, 2, await world.locationOf(sealed[2]!));
        await expect(sent).to.emit(market, "LossReported").withArgs(dealId, 2, world.reporter.address, status);
        const order = await market.orderOf(dealId);
        expect([order.progress.marks, order.progress.repairDeadline, order.reporter]).to.deep.equal([
          1n,
          start + 1_000n + world.rules.repairWindow,
          world.reporter.address,
        ]);
        const view = await world.lens.dealOf(dealId);
        // The proving deadline comes before the end of this repair window: the earlier one holds.
        expect([view.state, view.deadline]).to.deep.equal([State.Repairing, start + world.rules.provingPeriod]);
      });
    }

    it("remembers who came first, and gives each loss its own window", async () => {
      const { world, market, dealId, sealed, markedAt } = await repairingFixture();
      const { repairWindow } = world.rules;
      await world.filecoin.declareFault(sealed[1]!.provider, sealed[1]!.sector);
      await world.nextAt(markedAt + 500n);
      await market.reportLoss(dealId, 1, await world.locationOf(sealed[1]!));
      let order = await market.orderOf(dealId);
      expect([order.reporter, order.progress.marks, order.progress.repairDeadline]).to.deep.equal([
        world.reporter.address,
        2n,
        markedAt + repairWindow,
      ]);
      await world.filecoin.recover(sealed[0]!.provider, sealed[0]!.sector);
      await market.cure(dealId, 0, await world.locationOf(sealed[0]!));
      order = await market.orderOf(dealId);
      expect([order.progress.marks, order.progress.repairDeadline]).to.deep.equal([1n, markedAt + 500n + repairWindow]);
    });

    for (const [when, offset] of [
      ["at its last valid epoch", 0n],
      ["one epoch after", 1n],
    ] as const) {
      it(`${offset > 0n ? "takes" : "refuses"} a placement ${when} without a location`, async () => {
        const world = await marketFixture();
        const { dealId } = await shortLived(world);
        const { validUntil } = (await world.market.placementsOf(dealId))[3]!;
        await world.nextAt(validUntil + offset);
        const sent = world.market.reportLoss(dealId, 3, "0x");
        if (offset > 0n) {
          await expect(sent)
            .to.emit(world.market, "LossReported")
            .withArgs(dealId, 3, world.stranger.address, UNPROVEN);
        } else await expect(sent).to.be.revertedWithCustomError(world.market, "RepairMarket_NotProvenLost");
      });
    }

    for (const [when, offset] of [
      ["at the deal's end", 0n],
      ["one epoch after", 1n],
    ] as const) {
      it(`${offset > 0n ? "is refused" : "is taken"} ${when}`, async () => {
        const { world, market, dealId, sealed, start, end } = await activeFixture();
        await provenTo(world, dealId, sealed, start, 14_100n);
        await world.filecoin.declareFault(sealed[0]!.provider, sealed[0]!.sector);
        const location = await world.locationOf(sealed[0]!);
        await world.nextAt(end + offset);
        const sent = market.reportLoss(dealId, 0, location);
        if (offset > 0n)
          await expect(sent).to.be.revertedWithCustomError(market, "RepairMarket_DealOver").withArgs(end);
        else await expect(sent).to.emit(market, "LossReported");
      });
    }

    it("is refused when the deal is proven to its end", async () => {
      const { world, market, dealId, sealed, start, end } = await activeFixture();
      await provenTo(world, dealId, sealed, start, 18_000n);
      await expect(market.reportLoss(dealId, 0, "0x"))
        .to.be.revertedWithCustomError(market, "RepairMarket_DealOver")
        .withArgs(end);
    });
  });

  describe("cure", () => {
    it("reverts for a shard that is not marked, and for one that is not Active", async () => {
      const { world, market, dealId, sealed } = await repairingFixture();
      await expect(market.cure(dealId, 1, await world.locationOf(sealed[1]!)))
        .to.be.revertedWithCustomError(market, "RepairMarket_NotMarked")
        .withArgs(1);
      await expect(market.cure(dealId, 0, await world.locationOf(sealed[0]!)))
        .to.be.revertedWithCustomError(market, "RepairMarket_NotProvenActive")
        .withArgs(0);
      await world.filecoin.declareRecovery(sealed[0]!.provider, sealed[0]!.sector);
      await expect(market.cure(dealId, 0, await world.locationOf(sealed[0]!))).to.be.revertedWithCustomError(
        market,
        "RepairMarket_NotProvenActive",
      );
    });

    it("reverts when the placement is past its validity: only a new one cures", async () => {
      const world = await marketFixture();
      const { dealId, sealed } = await shortLived(world);
      const { validUntil } = (await world.market.placementsOf(dealId))[3]!;
      await world.nextAt(validUntil + 1n);
      await world.market.reportLoss(dealId, 3, "0x");
      await expect(world.market.cure(dealId, 3, await world.locationOf(sealed[3]!)))
        .to.be.revertedWithCustomError(world.market, "RepairMarket_PastValidUntil")
        .withArgs(3, validUntil);
    });

    it("gives the old deadline back when no mark is left", async () => {
      const { world, market, dealId, sealed, start } = await repairingFixture();
      await world.filecoin.recover(sealed[0]!.provider, sealed[0]!.sector);
      await expect(market.cure(dealId, 0, await world.locationOf(sealed[0]!)))
        .to.emit(market, "ShardCured")
        .withArgs(dealId, 0);
      const order = await market.orderOf(dealId);
      expect([order.progress.marks, order.progress.deadline, order.reporter]).to.deep.equal([
        0n,
        start + world.rules.provingPeriod,
        ethers.ZeroAddress,
      ]);
    });

    for (const [when, offset, strikes] of [
      ["one epoch before", -1n, 0n],
      ["at", 0n, 0n],
      ["one epoch after", 1n, 1n],
    ] as const) {
      it(`${strikes === 0n ? "costs nothing" : "comes with a strike"} ${when} the end of the repair window`, async () => {
        const { world, market, dealId, sealed, start, markedAt } = await repairingFixture();
        const window = markedAt + world.rules.repairWindow;
        // The healthy shards are proven, and the lost one is Active again just before: the proving deadline moves away.
        await world.filecoin.recover(sealed[0]!.provider, sealed[0]!.sector);
        await world.nextAt(start + 3_000n);
        await world.prove(dealId, sealed);
        await world.filecoin.declareFault(sealed[0]!.provider, sealed[0]!.sector);
        await market.connect(world.reporter).reportLoss(dealId, 0, await world.locationOf(sealed[0]!));
        const marked = await world.now();
        await world.filecoin.recover(sealed[0]!.provider, sealed[0]!.sector);
        const location = await world.locationOf(sealed[0]!);
        const deadline = (await world.lens.dealOf(dealId)).deadline;
        expect(deadline)
          .to.be.lessThan(marked + world.rules.repairWindow + 1n)
          .and.greaterThan(window - 1n);
        await world.nextAt(deadline + offset);
        await market.cure(dealId, 0, location);
        const order = await market.orderOf(dealId);
        expect([order.progress.strikes, order.progress.marks]).to.deep.equal([strikes, 0n]);
        if (strikes === 0n) return;
        const taken = (order.stake * world.rules.strikeBps) / (10_000n - world.rules.strikeBps);
        expect(await market.creditOf(world.reporter.address)).to.equal((taken * world.rules.reporterBps) / 10_000n);
      });
    }
  });
});
