import { I1, I2, I3, I6 } from "./money";
import { type Observation, type RefusedCall } from "./observation";
import { I10, I12, I12refused, I13, I14, I7, I9 } from "./order";
import { I11, I11refused, I4, I5, I5refused, I8 } from "./time";

/** The invariants of docs/invariants.md: first those that say what happened, then the sums that it upset. */
export const INVARIANTS = { I9, I10, I13, I14, I1, I2, I3, I4, I5, I6, I7, I8, I11, I12 } as const;

/** After a call that was accepted. */
export function checkAll(o: Observation): void {
  o.history.note(o.events, (id) => Number(o.after.orders[id - 1]!.totalShards));
  for (const { name, args } of o.events) {
    const pages = o.history.deals.get(Number(args.dealId));
    if (pages !== undefined && name === "EarningsWithdrawn") pages.paid += args.amount!;
    if (pages !== undefined && name === "DealClosed") pages.paid += args.earned!;
  }
  for (const check of Object.values(INVARIANTS)) check(o);
}

/** After a call that was refused. */
export function checkRefusal(call: RefusedCall): void {
  I5refused(call);
  I11refused(call);
  I12refused(call);
}
