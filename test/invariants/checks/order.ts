import { valuesByWord } from "../../../src/protocol/enums";
import { type ChainOrder, STATE } from "../world/records";
import { hold, named, type Observation, type RefusedCall } from "./observation";

/** What stands behind an open obligation does not leave. */
export function I7(o: Observation): void {
  o.after.miners.forEach((miner, index) => {
    const id = index + 1;
    hold("I7", miner.collateral >= miner.locked, () => `miner ${id} has less than what is locked`);
    const left = named(o, "CollateralWithdrawn").some(({ args }) => Number(args.minerId) === id);
    if (!left) return;
    const bond = o.epoch <= Number(miner.lockedUntil) ? o.rules.acceptanceBond : 0n;
    hold("I7", miner.collateral >= miner.locked + bond, () => `miner ${id} took what may still be claimed`);
  });
  for (const { args } of named(o, "DealAdded")) {
    const miner = o.after.miners[Number(args.minerId) - 1]!;
    const bond = o.epoch <= Number(miner.lockedUntil) ? o.rules.acceptanceBond : 0n;
    hold("I7", miner.collateral >= miner.locked + bond, () => `deal ${args.dealId} has no stake behind it`);
  }
  o.after.miners.forEach((miner, index) => {
    const before = o.before.miners[index];
    if (before === undefined) return;
    hold("I7", miner.lockedUntil >= before.lockedUntil, () => `what binds miner ${index + 1} ends sooner`);
  });
}

/** A signature over anything else is none. */
export function I9(o: Observation): void {
  hold("I9", !o.forged, () => `${o.name} took a signature over something else`);
}

/** A bid ends once. */
export function I10(o: Observation): void {
  for (const [id, ends] of o.history.ends) hold("I10", ends <= 1, () => `bid ${id} ended ${ends} times`);
}

/** Nothing costs more because others did something; deals have at most four shards here. */
const MOST_GAS = 6_000_000;

/** Nobody's doing makes another's call dear. */
export function I12(o: Observation): void {
  if (o.name === "compact") return;
  hold("I12", o.gasUsed <= MOST_GAS, () => `${o.name} took ${o.gasUsed} gas`);
}

/** A call is refused for a reason that has a name; for a payee's sake none but its own payment. */
export function I12refused({ name, error, raw }: RefusedCall): void {
  hold("I12", error !== undefined, () => `${name} is refused with ${raw}`);
  if (error?.name === "RepairMarket_PaymentFailed") {
    hold("I12", name === "withdraw", () => `${name} depends on somebody's taking money`);
  }
}

const { none: NOWHERE } = valuesByWord("PlacementKind");
const ARROWS: Record<string, (keyof typeof STATE)[]> = {
  open: ["cancelled", "expired", "placing"],
  placing: ["active", "failed"],
  active: ["repairing", "failed", "finished"],
  repairing: ["active", "failed", "finished"],
};

function stateOf({ state, marks }: ChainOrder): keyof typeof STATE {
  const found = Object.entries(STATE).find(([, number]) => number === state)![0] as keyof typeof STATE;
  return found === "active" && marks > 0n ? "repairing" : found;
}

/** States change along the arrows; what is closed stays as it is. */
export function I13(o: Observation): void {
  o.after.orders.forEach((order, index) => {
    const before = o.before.orders[index];
    const id = index + 1;
    if (before === undefined) {
      hold("I13", order.state === STATE.open, () => `bid ${id} begins as ${stateOf(order)}`);
      return;
    }
    if (before === order) return;
    const [from, to] = [stateOf(before), stateOf(order)];
    const allowed = from === to || (ARROWS[from]?.includes(to) ?? false);
    hold("I13", allowed, () => `bid ${id} went from ${from} to ${to}`);
    hold("I13", ARROWS[from] !== undefined, () => `bid ${id} is ${from}, and changed`);
    if (from === "repairing" && to === "repairing") return;
    hold("I13", to !== "repairing" || order.start > 0n, () => `bid ${id} is repaired before it began`);
  });
}

/** One sealed copy backs one shard. */
export function I14(o: Observation): void {
  for (const { args } of named(o, "ShardPlaced")) {
    const pages = o.history.deals.get(Number(args.dealId));
    if (pages !== undefined) pages.shardRoots[Number(args.shard)] = args.shardRoot!;
  }
  const backs = new Map<string, string>();
  for (const [id, { shardRoots }] of o.history.deals) {
    const order = o.after.orders[id - 1]!;
    if (order.state !== STATE.placing && order.state !== STATE.active) continue;
    order.placements.forEach(({ kind, provider, sector }, shard) => {
      if (kind === NOWHERE) return;
      const copy = `${provider}/${sector}/${shardRoots[shard]}`;
      const other = backs.get(copy);
      hold(
        "I14",
        other === undefined,
        () => `sector ${provider}/${sector} backs ${other} and shard ${shard} of deal ${id}`,
      );
      backs.set(copy, `shard ${shard} of deal ${id}`);
    });
  }
}
