import { expect } from "chai";

import { decideRepair, type RepairDecision } from "../../../src/policy/repairDeal";
import { type CopyView, type RepairSettings, repairSettingsFor } from "../../../src/policy/repairTerms";
import type { RepairDealView, ShardView } from "../../../src/protocol/repairRecords";
import { exampleDeal as exampleView, exampleOrder, exampleShard } from "../../support/marketViews";

const RULES = { placementWindow: 5_760n, provingPeriod: 6_000n, repairWindow: 6_000n, finalWindow: 2_880n };
const SETTINGS: RepairSettings = { ...repairSettingsFor(RULES), minWithdrawAtto: 100n };
const NOW = 10_000n;

type ShardChange = Partial<Omit<ShardView, "placement"> & ShardView["placement"]>;

function shardAt(shard: number, overrides: ShardChange = {}): ShardView {
  const { validUntil = 500_000n, provenAt = 0n, markedAt = 0n, kind = "notice", ...rest } = overrides;
  return exampleShard(shard, { held: true, ...rest, placement: { validUntil, provenAt, markedAt, kind } });
}

const faulty = (shard: number, since: bigint) => shardAt(shard, { status: "faulty", held: false, lostSince: since });

/** 6 + 4, in the middle of its term, with nothing due. */
function exampleDeal(overrides: Partial<RepairDealView> = {}, shards: ShardView[] = []): RepairDealView {
  return {
    ...exampleView(),
    start: 5_000n,
    end: 100_000n,
    deadline: NOW + 5_000n,
    provenThrough: 9_000n,
    order: exampleOrder({ durationEpochs: 95_000n, dataShards: 6, totalShards: 10 }),
    shards: Array.from({ length: 10 }, (_, i) => shards.find(({ shard }) => shard === i) ?? shardAt(i)),
    ...overrides,
  };
}

function sealed(shard: number, overrides: Partial<NonNullable<CopyView["sector"]>> = {}): CopyView {
  const sector = { sector: 9n, status: "active" as const, location: "0x02", validUntil: 600_000n, ...overrides };
  return { identifier: `copy-${shard}`, shard, provider: 2_000n, state: "sealed", purpose: "repair", sector };
}

const underWay = (shard: number): CopyView => ({
  ...{ identifier: `copy-${shard}`, shard, provider: 2_000n },
  ...{ state: "proposed", purpose: "repair" },
});

const decide = (deal: RepairDealView, copies: CopyView[] = [], now = NOW): RepairDecision[] =>
  decideRepair(deal, copies, RULES, SETTINGS, now);
const kinds = (decisions: RepairDecision[]) => decisions.map(({ kind }) => kind);
const copied = (decisions: RepairDecision[]) => decisions.flatMap((it) => (it.kind === "copy" ? [it.shard] : []));

describe("policy › decideRepair", () => {
  it("does nothing about a deal that is whole and proven", () => {
    expect(decide(exampleDeal())).to.deep.equal([]);
  });

  describe("proofs", () => {
    it("come a margin before the deadline, neither earlier nor later", () => {
      const deal = exampleDeal();
      const due = deal.deadline! - SETTINGS.proveMarginEpochs;
      expect(kinds(decide(deal, [], due - 1n))).to.deep.equal([]);
      expect(kinds(decide(deal, [], due))).to.deep.equal(["prove"]);
      expect(kinds(decide(deal, [], deal.deadline! + 100n))).to.deep.equal(["prove"]);
    });

    it("are of all shards at once, or of those that this round has not proven yet", () => {
      const late = NOW + 5_000n;
      const shards = [shardAt(0, { provenAt: late - 10n }), shardAt(1, { provenAt: late - 10n })];
      const deal = exampleDeal({}, shards);
      const batch = (proveBatch: number) => decideRepair(deal, [], RULES, { ...SETTINGS, proveBatch }, late)[0];
      expect(batch(10)).to.deep.include({ kind: "prove", shards: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] });
      expect(batch(4)).to.deep.include({ kind: "prove", shards: [2, 3, 4, 5] });
    });

    it("cover to the end from the final window on, and no more is proven then", () => {
      const deal = exampleDeal({ deadline: 102_880n, provenThrough: 95_000n });
      expect(kinds(decide(deal, [], 97_119n))).to.deep.equal([]);
      expect(decide(deal, [], 97_120n)[0]!.kind).to.equal("prove");
      expect(kinds(decide({ ...deal, provenThrough: 100_000n, deadline: undefined }, [], 99_000n))).to.deep.equal([]);
    });

    it("begin the term as soon as all shards are placed, anew only of those placed long ago", () => {
      const placing = { state: "placing" as const, start: 0n, end: 0n, provenThrough: 0n };
      const placedAt = (...epochs: bigint[]) => epochs.map((provenAt, shard) => shardAt(shard, { provenAt }));
      const recent = Array<bigint>(10).fill(NOW - 10n);
      expect(decide(exampleDeal(placing, placedAt(...recent)))[0]).to.deep.include({ kind: "prove", shards: [] });
      const older = placedAt(NOW - RULES.provingPeriod / 2n, ...recent.slice(1));
      expect(decide(exampleDeal(placing, older))[0]).to.deep.include({ kind: "prove", shards: [0] });
      const unplaced = shardAt(3, { kind: "none", held: false, status: "unproven" });
      expect(copied(decide(exampleDeal(placing, [unplaced])))).to.deep.equal([3]);
    });

    it("wait for shards that are not held", () => {
      const deal = exampleDeal({}, [faulty(2, NOW)]);
      expect(kinds(decide(deal, [underWay(2)], deal.deadline! - 10n))).to.deep.equal(["wait"]);
    });
  });

  describe("faults", () => {
    const patience = SETTINGS.faultPatienceEpochs;
    const far = { deadline: NOW + 5_900n };

    it("are left to heal until the patience ends", () => {
      const young = exampleDeal(far, [faulty(0, NOW - patience + 1n)]);
      expect(decide(young)).to.deep.equal([
        {
          kind: "wait",
          shard: 0,
          reason: `sector 7 of f01000 is faulty since epoch ${NOW - patience + 1n}; it may recover until epoch ${NOW + 1n}`,
        },
      ]);
      const old = exampleDeal(far, [faulty(0, NOW - patience)]);
      expect(copied(decide(old))).to.deep.equal([0]);
    });

    it("are not waited for when the deadline is near", () => {
      const lead = SETTINGS.placeLeadEpochs;
      expect(copied(decide(exampleDeal({ deadline: NOW + lead + 1n }, [faulty(0, NOW)])))).to.deep.equal([]);
      expect(copied(decide(exampleDeal({ deadline: NOW + lead }, [faulty(0, NOW)])))).to.deep.equal([0]);
    });

    it("are not waited for when less than half of the spare shards is left", () => {
      const two = [faulty(0, NOW), faulty(1, NOW)];
      expect(copied(decide(exampleDeal(far, two)))).to.deep.equal([]);
      expect(copied(decide(exampleDeal(far, [...two, faulty(2, NOW)])))).to.deep.equal([0, 1, 2]);
    });

    it("of which nobody knows are not lost for that: an actor that gives no answer", () => {
      const silent = [0, 1, 2, 3].map((shard) => shardAt(shard, { status: "unproven", held: false, lostSince: NOW }));
      expect(copied(decide(exampleDeal(far, silent)))).to.deep.equal([]);
    });

    it("for good are repaired at once: a dead sector, one bound no longer", () => {
      const dead = shardAt(0, { status: "dead", held: false });
      const over = shardAt(1, { held: false, validUntil: NOW - 1n });
      expect(copied(decide(exampleDeal(far, [dead, over])))).to.deep.equal([0, 1]);
    });

    it("are not repaired twice: a copy under way counts", () => {
      const dead = shardAt(0, { status: "dead", held: false });
      expect(kinds(decide(exampleDeal(far, [dead]), [underWay(0)]))).to.deep.equal(["wait"]);
    });
  });

  describe("sealed copies", () => {
    it("are told to the market when their shard is lost, and kept as spares when it has healed", () => {
      const dead = shardAt(0, { status: "dead", held: false });
      const [register] = decide(exampleDeal({}, [dead]), [sealed(0)]);
      expect(register).to.deep.include({ kind: "register", copies: [sealed(0)] });
      expect(decide(exampleDeal(), [sealed(0)])).to.deep.equal([]);
    });

    it("count only while their sector is active and bound", () => {
      const deal = exampleDeal({}, [shardAt(0, { status: "dead", held: false })]);
      expect(kinds(decide(deal, [sealed(0, { status: "faulty" })]))).to.deep.equal(["copy"]);
      expect(kinds(decide(deal, [sealed(0, { validUntil: NOW })]))).to.deep.equal(["copy"]);
    });

    it("wait for their fellows in a new deal, unless the deadline is near", () => {
      const unplaced = (shard: number) => shardAt(shard, { kind: "none", held: false, status: "unproven" });
      const deal = exampleDeal({ state: "placing", start: 0n, end: 0n }, [unplaced(0), unplaced(1)]);
      const copies = [sealed(0), underWay(1)];
      expect(kinds(decide(deal, copies))).to.deep.equal(["wait", "wait"]);
      expect(kinds(decide(deal, copies, deal.deadline! - SETTINGS.placeLeadEpochs))[0]).to.equal("register");
      expect(kinds(decide(deal, [sealed(0), sealed(1)]))[0]).to.equal("register");
    });
  });

  it("places nothing any more once the deadline for it is missed", () => {
    const unplaced = shardAt(0, { kind: "none", held: false, status: "unproven" });
    const deal = exampleDeal({ state: "placing", start: 0n, end: 0n, deadline: NOW }, [unplaced]);
    expect(kinds(decide(deal))).to.deep.equal(["copy"]);
    expect(kinds(decide(deal, [], NOW + 1n))).to.deep.equal(["wait"]);
  });

  it("renews a shard whose sector ends before the deal, and no other", () => {
    const ends = NOW + SETTINGS.renewLeadEpochs;
    expect(copied(decide(exampleDeal({}, [shardAt(0, { validUntil: ends + 1n })])))).to.deep.equal([]);
    expect(copied(decide(exampleDeal({}, [shardAt(0, { validUntil: ends })])))).to.deep.equal([0]);
    const short = exampleDeal({ end: ends }, [shardAt(0, { validUntil: ends })]);
    expect(copied(decide(short))).to.deep.equal([]);
    const renewed = decide(exampleDeal({}, [shardAt(0, { validUntil: ends })]), [{ ...sealed(0), purpose: "renew" }]);
    expect(kinds(renewed)[0]).to.equal("register");
  });

  it("cures what was reported lost and is held again", () => {
    const [cure] = decide(exampleDeal({ state: "repairing" }, [shardAt(4, { markedAt: 9_900n })]));
    expect(cure).to.deep.include({ kind: "cure", shards: [4] });
  });

  it("withdraws what is worth a transaction", () => {
    expect(kinds(decide(exampleDeal({ withdrawableAtto: 99n })))).to.deep.equal([]);
    expect(kinds(decide(exampleDeal({ withdrawableAtto: 100n })))).to.deep.equal(["withdraw"]);
  });

  describe("the end", () => {
    it("is settled once it is past and proven", () => {
      const proven = exampleDeal({ provenThrough: 100_000n, deadline: undefined });
      expect(kinds(decide(proven, [], 100_000n))).to.deep.equal([]);
      expect(kinds(decide(proven, [], 100_001n))).to.deep.equal(["settle"]);
    });

    it("is settled after the final window when it was never proven to it", () => {
      const unproven = exampleDeal({ deadline: 102_880n, provenThrough: 90_000n }, [faulty(0, 90_000n)]);
      expect(kinds(decide(unproven, [], 102_880n))).to.not.include("settle");
      expect(kinds(decide(unproven, [], 102_881n))).to.deep.equal(["settle"]);
    });
  });
});
