import { BPS } from "../model/rules";
import { address, type ChainOrder, STATE } from "../world/records";
import { equal, hold, named, type Observation, sum } from "./observation";

const earned = (order: ChainOrder) =>
  order.payDuration === 0n ? 0n : (order.total * order.provenEpochs) / order.payDuration;
const open = ({ state }: ChainOrder) => state === STATE.placing || state === STATE.active;
const closed = ({ state }: ChainOrder) => state === STATE.failed || state === STATE.finished;

/** All that the market owns belongs to somebody, to the last attoFIL. */
export function I1({ after, donated }: Observation): void {
  const deposits = sum(after.orders.filter(({ state }) => state === STATE.open).map(({ deposit }) => deposit));
  const unpaid = sum(after.orders.filter(open).map(({ total, withdrawn }) => total - withdrawn));
  const collateral = sum(after.miners.map((miner) => miner.collateral));
  const owed = deposits + unpaid + collateral + sum(after.credits.values()) + after.unburnt + donated;
  equal("I1", "the market's balance", after.balance, owed);
}

/** Every part of a deal's total is the miner's or the client's; of a closed deal nothing is left. */
export function I2(o: Observation): void {
  o.after.orders.forEach((order, index) => {
    const id = index + 1;
    const pages = o.history.deals.get(id);
    if (pages === undefined) return;
    equal("I2", `the total of deal ${id}`, order.total, pages.total);
    equal("I2", `what was credited of deal ${id}`, pages.paid, order.withdrawn);
    hold("I2", order.withdrawn <= earned(order), () => `deal ${id} paid more than it earned`);
    if (!closed(order)) return;
    equal("I2", `the stake of closed deal ${id}`, order.stake, 0n);
    equal("I2", `what closed deal ${id} paid`, order.withdrawn, earned(order));
  });
  for (const { args } of named(o, "DealClosed")) {
    const order = o.after.orders[Number(args.dealId) - 1]!;
    equal("I2", `paid and refunded of deal ${args.dealId}`, order.withdrawn + args.refund!, order.total);
  }
  o.after.miners.forEach((miner, index) => {
    const own = o.after.orders.filter((order) => order.miner === BigInt(index + 1));
    equal("I2", `what is locked of miner ${index + 1}`, miner.locked, sum(own.filter(open).map(({ stake }) => stake)));
    equal("I2", `what miner ${index + 1} uses`, miner.used, sum(own.filter(open).map(sizeOf)));
    const begun = own.filter(({ state }) => state === STATE.active);
    equal("I2", `the power of miner ${index + 1}`, miner.power, sum(begun.map(sizeOf)));
  });
  creditsFollowEvents(o);
}

const sizeOf = ({ totalShards, shardHeight }: ChainOrder) => totalShards * 32n * 2n ** shardHeight;

/** Credits change by what the events say, and by nothing else. */
function creditsFollowEvents(o: Observation): void {
  const credits = new Map(o.before.credits);
  const add = (account: string, amount: bigint) => credits.set(account, (credits.get(account) ?? 0n) + amount);
  for (const { name, args } of o.events) {
    if (name === "Credited") add(address(args.account!), args.amount!);
    if (name === "Withdrawn") add(address(args.account!), -args.amount!);
  }
  for (const [account, credit] of o.after.credits)
    equal("I2", `the credit of ${account}`, credit, credits.get(account) ?? 0n);
}

/** Earnings follow proven epochs alone, never fall, and are the whole total in the end. */
export function I3(o: Observation): void {
  o.after.orders.forEach((order, index) => {
    const before = o.before.orders[index];
    if (before === order || order.payDuration === 0n) return;
    const id = index + 1;
    hold("I3", order.provenEpochs <= order.payDuration, () => `deal ${id} is proven for longer than it lasts`);
    if (order.provenEpochs === order.payDuration) equal("I3", `what deal ${id} earned`, earned(order), order.total);
    if (before === undefined || before.payDuration === 0n) return;
    hold("I3", earned(order) >= earned(before), () => `the earnings of deal ${id} fell`);
    hold("I3", order.withdrawn >= before.withdrawn, () => `what deal ${id} paid fell`);
    equal("I3", `the duration of deal ${id}`, order.payDuration, before.payDuration);
  });
  for (const { args } of named(o, "EarningsWithdrawn")) {
    const order = o.after.orders[Number(args.dealId) - 1]!;
    equal("I3", `what is withdrawn of deal ${args.dealId}`, order.withdrawn, earned(order));
  }
}

/** What is taken goes to the client, the reporters and the fire, and nothing else happens to it. */
export function I6(o: Observation): void {
  const { rules, before, after } = o;
  const burnBps = BPS - rules.clientBps - rules.reporterBps;
  const slashes = named(o, "Slashed");
  for (const { args } of slashes) {
    const [amount, toClient, burnt] = [args.amount!, args.toClient!, args.burnt!];
    equal("I6", "the client's share", toClient, (amount * rules.clientBps) / BPS);
    const toReporters = amount - toClient - burnt;
    hold(
      "I6",
      toReporters === 0n || toReporters === (amount * rules.reporterBps) / BPS,
      () => `reporters get ${toReporters} of ${amount}`,
    );
    if (amount * burnBps >= BPS) hold("I6", burnt > 0n, () => `nothing of ${amount} is burnt`);
  }
  const slashed = sum(slashes.map(({ args }) => args.amount!));
  const burnt = sum(slashes.map(({ args }) => args.burnt!));
  const flushed = sum(named(o, "BurnFlushed").map(({ args }) => args.amount!));
  equal("I6", "what waits to be burnt", after.unburnt, before.unburnt + burnt - flushed);
  const put = sum([
    ...named(o, "CollateralAdded").map(({ args }) => args.amount!),
    ...named(o, "MinerCreated").map(({ args }) => args.collateral!),
    ...named(o, "CollateralWithdrawn").map(({ args }) => -args.amount!),
  ]);
  const collateral =
    sum(after.miners.map((miner) => miner.collateral)) - sum(before.miners.map((miner) => miner.collateral));
  equal("I6", "what collateral lost", put - collateral, slashed);
  creditsCoverSlashes(o, slashed - burnt);
}

/** Credits grow by the shares, and by what closings, refunds and withdrawals owe. */
function creditsCoverSlashes(o: Observation, shares: bigint): void {
  const of = (name: string, ...fields: string[]) =>
    sum(named(o, name).flatMap(({ args }) => fields.map((field) => args[field]!)));
  const refunds = sum(
    [...named(o, "BidCancelled"), ...named(o, "BidExpired")].map(
      ({ args }) => o.before.orders[Number(args.bidId) - 1]!.deposit,
    ),
  );
  const others =
    of("DealClosed", "earned", "refund") + of("EarningsWithdrawn", "amount") + of("DealAdded", "refund") + refunds;
  equal("I6", "what is credited", of("Credited", "amount"), shares + others + of("CollateralWithdrawn", "amount"));
}
