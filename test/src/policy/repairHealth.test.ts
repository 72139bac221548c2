import { expect } from "chai";

import { byUrgency, healthOf, type Moment } from "../../../src/policy/repairHealth";
import type { DealView, ShardView } from "../../../src/protocol/repairRecords";
import { END, exampleDeal, exampleOrder, exampleShards, RULES, START } from "../../support/marketViews";

const at = (epoch: bigint): Moment => ({ epoch, timestamp: 1_700_000_000n });
const NOW = START + 100n;
const health = (deal: DealView, shards: ShardView[], epoch = NOW) => healthOf(deal, shards, RULES, at(epoch));
const dues = (deal: DealView, shards: ShardView[], epoch = NOW) =>
  health(deal, shards, epoch).due.map(({ what, shard }) => (shard === undefined ? what : `${what} ${shard}`));

describe("health of a deal", () => {
  it("whole: all shards good, all providers distinct, the next proof due", () => {
    const found = health(exampleDeal(), exampleShards());
    expect(found).to.deep.include({
      urgency: "fine",
      good: 4,
      needed: 2,
      total: 4,
      providers: 4,
      margin: 1,
      marks: [],
    });
    expect(found.deadline).to.deep.equal({
      epoch: START + RULES.provingPeriod,
      at: new Date((1_700_000_000 + Number(RULES.provingPeriod - 100n) * 30) * 1_000),
    });
    expect(found.due).to.deep.equal([
      { what: "prove", why: `proven through epoch ${START} of ${END}`, by: START + RULES.provingPeriod },
    ]);
  });

  it("counts distinct providers, not shards", () => {
    const same = { placement: { provider: 1_000n } };
    expect(health(exampleDeal(), exampleShards({ 1: same, 2: same }))).to.deep.include({
      good: 4,
      providers: 2,
      margin: 0,
    });
    expect(health(exampleDeal(), exampleShards({ 1: same, 2: same, 3: same })).margin).to.equal(-0.5);
  });

  describe("urgency", () => {
    const DUE = START + RULES.provingPeriod;
    it("attention from a day before the deadline on", () => {
      expect(health(exampleDeal(), exampleShards(), DUE - 2_881n).urgency).to.equal("fine");
      expect(health(exampleDeal(), exampleShards(), DUE - 2_880n).urgency).to.equal("attention");
    });
    it("repairing as soon as a shard is not held, reported or not", () => {
      expect(health(exampleDeal(), exampleShards({ 1: { status: "faulty" } })).urgency).to.equal("repairing");
      const marked = { status: "faulty" as const, placement: { markedAt: NOW } };
      expect(health(exampleDeal({ state: "repairing" }), exampleShards({ 1: marked })).urgency).to.equal("repairing");
    });
    it("failing when strikes are due, or fewer are held than are needed", () => {
      expect(health(exampleDeal({ strikesDue: 1 }), exampleShards(), DUE + 1n).urgency).to.equal("failing");
      const faulty = { status: "faulty" as const };
      expect(health(exampleDeal(), exampleShards({ 0: faulty, 1: faulty })).urgency).to.equal("repairing");
      expect(health(exampleDeal(), exampleShards({ 0: faulty, 1: faulty, 2: faulty })).urgency).to.equal("failing");
    });
    it("lost when more are dead than the code can spare", () => {
      const dead = { status: "dead" as const };
      expect(health(exampleDeal(), exampleShards({ 0: dead, 1: dead })).urgency).to.equal("repairing");
      expect(health(exampleDeal(), exampleShards({ 0: dead, 1: dead, 2: dead })).urgency).to.equal("lost");
    });
    it("over when it is closed, whatever its sectors do", () => {
      const dead = { status: "dead" as const, placement: { markedAt: 5n } };
      for (const state of ["finished", "failed", "open", "expired", "cancelled"] as const) {
        const found = health(exampleDeal({ state }), exampleShards({ 0: dead, 1: dead, 2: dead }));
        expect(found).to.deep.include({ urgency: "over", marks: [], due: [] });
        expect(found.deadline).to.equal(undefined);
      }
    });
    it("sorts the worst first, then the nearest deadline, then the smallest margin", () => {
      const one = (dealId: bigint, deal: Partial<DealView>, shards = exampleShards()) =>
        health(exampleDeal({ dealId, ...deal }), shards);
      const dead = { status: "dead" as const };
      const list = [
        one(1n, { state: "finished" }),
        one(2n, {}),
        one(3n, {}, exampleShards({ 1: { placement: { provider: 1_000n } } })),
        one(4n, { deadline: DUE - 1n }),
        one(5n, { strikesDue: 1 }),
        one(6n, {}, exampleShards({ 0: dead, 1: dead, 2: dead })),
        one(7n, {}, exampleShards({ 0: dead })),
      ];
      expect(list.sort(byUrgency).map(({ dealId }) => Number(dealId))).to.deep.equal([6, 5, 7, 4, 3, 2, 1]);
    });
  });

  describe("what is due", () => {
    it("placing: the shards that lie nowhere yet; then the first proof", () => {
      const placing = exampleDeal({ state: "placing", start: 0n, end: 0n, deadline: 6_000n });
      const none = { status: "unproven" as const, placement: { kind: "none" as const } };
      expect(dues(placing, exampleShards({ 1: none, 3: none }))).to.deep.equal(["place 1", "place 3"]);
      expect(dues(placing, exampleShards())).to.deep.equal(["prove"]);
    });
    it("placing and late: a slash, which ends it", () => {
      const late = exampleDeal({ state: "placing", start: 0n, end: 0n, deadline: 6_000n, strikesDue: 3 });
      expect(dues(late, exampleShards(), 6_001n)).to.deep.equal(["slash"]);
      expect(health(late, exampleShards(), 6_001n).urgency).to.equal("failing");
    });
    it("a lost shard: rebuilt by the miner, reported by anyone", () => {
      expect(dues(exampleDeal(), exampleShards({ 2: { status: "dead" } }))).to.deep.equal([
        "rebuild 2",
        "report 2",
        "prove",
      ]);
      const past = { held: false, placement: { validUntil: NOW - 1n } };
      expect(dues(exampleDeal(), exampleShards({ 2: past }))).to.deep.equal(["rebuild 2", "report 2", "prove"]);
    });
    it("a sector of which nothing is proven: cannot be reported", () => {
      expect(dues(exampleDeal(), exampleShards({ 2: { status: "unproven" } }))).to.deep.equal(["rebuild 2", "prove"]);
    });
    it("a reported shard: rebuilt, or cured when its sector is back", () => {
      const repairing = exampleDeal({ state: "repairing" });
      const marked = { markedAt: NOW - 10n };
      const faulty = exampleShards({ 2: { status: "faulty", placement: marked } });
      expect(health(repairing, faulty).due[0]).to.deep.include({ what: "rebuild", by: NOW - 10n + RULES.repairWindow });
      expect(health(repairing, faulty).marks).to.deep.equal([
        { shard: 2, since: NOW - 10n, cureBy: NOW - 10n + RULES.repairWindow },
      ]);
      expect(dues(repairing, exampleShards({ 2: { placement: marked } }))).to.deep.equal(["cure 2", "prove"]);
    });
    it("a sector that ends before the deal: renewed within a proving period of its end", () => {
      const ending = (validUntil: bigint) => exampleShards({ 0: { placement: { validUntil } } });
      expect(dues(exampleDeal(), ending(NOW + RULES.provingPeriod + 1n))).to.deep.equal(["prove"]);
      expect(dues(exampleDeal(), ending(NOW + RULES.provingPeriod))).to.deep.equal(["renew 0", "prove"]);
    });
    it("strikes", () => {
      const late = exampleDeal({ strikesDue: 2 });
      expect(health(late, exampleShards()).due).to.deep.equal([
        { what: "slash", why: `2 strikes are due since epoch ${late.deadline} passed` },
      ]);
    });
    it("a loss beyond repair: its proof, one epoch after the last repair window", () => {
      const dead = { status: "dead" as const, placement: { markedAt: NOW } };
      const shards = exampleShards({ 0: dead, 1: dead, 3: dead });
      const deal = exampleDeal({ state: "repairing" });
      expect(dues(deal, shards, NOW + RULES.repairWindow)).not.to.include("prove-loss");
      expect(dues(deal, shards, NOW + RULES.repairWindow + 1n)).to.include("prove-loss");
    });
    it("the end: settled at once when proven to it, else after the final window", () => {
      const proven = exampleDeal({ provenThrough: END, deadline: undefined });
      expect(dues(proven, exampleShards(), END)).to.deep.equal([]);
      expect(dues(proven, exampleShards(), END + 1n)).to.deep.equal(["settle"]);
      const tail = exampleDeal({ provenThrough: END - 10n, deadline: undefined });
      expect(dues(tail, exampleShards(), END + RULES.finalWindow)).to.deep.equal([]);
      expect(dues(tail, exampleShards(), END + RULES.finalWindow + 1n)).to.deep.equal(["settle"]);
    });
    it("a deal proven to its end: losses no longer matter", () => {
      const proven = exampleDeal({ provenThrough: END, deadline: undefined, order: exampleOrder() });
      expect(dues(proven, exampleShards({ 1: { status: "dead" } }))).to.deep.equal([]);
    });
  });
});
