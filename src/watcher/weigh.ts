import type { Logger } from "pino";

import type { Block } from "../filecoin/block";
import { ContractRevertError } from "../filecoin/revert";
import { callOf, type Outgoing } from "./act";
import type { Opportunity } from "../policy/watcherFinds";

/** What the watcher decided about an opportunity. */
export interface WatchDecision extends Omit<Opportunity, "data"> {
  decision: "sent" | "act" | "unprofitable" | "overtaken" | "under-way" | "later" | "blocked";
  costAtto?: bigint;
  reason: string;
}

export interface Deciding {
  out: Outgoing;
  settings: { marginPercent: bigint; withdrawPercent: bigint; sendsPerTick: number };
  dryRun: boolean;
  /** The same opportunity as the newest block has it; undefined when it no longer exists. */
  again(found: Opportunity): Promise<Opportunity | undefined>;
  log?: Logger;
}

type Made = Pick<WatchDecision, "decision" | "costAtto" | "reason"> & { rewardAtto?: bigint };

/** Weighs each opportunity, the most rewarding first, and sends what pays. */
export async function decide(
  deciding: Deciding,
  found: Opportunity[],
  waiting: ReadonlySet<string>,
  block: Block,
): Promise<WatchDecision[]> {
  const decisions: WatchDecision[] = [];
  let left = deciding.settings.sendsPerTick;
  for (const opportunity of found.sort((a, b) => (a.rewardAtto < b.rewardAtto ? 1 : -1))) {
    const { data: _, ...about } = opportunity;
    const made: Made = waiting.has(opportunity.key)
      ? { decision: "under-way", reason: "its transaction is not mined yet" }
      : await decideOne(deciding, opportunity, left, block);
    if (made.decision === "sent") left--;
    deciding.log?.info({ key: about.key, decision: made.decision, reason: made.reason }, about.why);
    decisions.push({ ...about, ...made });
  }
  return decisions;
}

async function decideOne(deciding: Deciding, found: Opportunity, left: number, block: Block): Promise<Made> {
  const { out, settings, dryRun } = deciding;
  try {
    const fresh = await deciding.again(found);
    if (fresh === undefined)
      return { decision: "overtaken", reason: "at the newest block there is nothing left to do" };
    const { rewardAtto } = fresh;
    const call = callOf(out, fresh);
    const costAtto = await out.outbox.price(call);
    const percent = fresh.kind === "withdraw" ? settings.withdrawPercent : settings.marginPercent;
    const reason = `the reward is ${rewardAtto} attoFIL, gas may cost ${costAtto} attoFIL, the margin is × ${Number(percent) / 100}`;
    const weighed = { rewardAtto, costAtto, reason };
    if (rewardAtto * 100n <= costAtto * percent) return { decision: "unprofitable", ...weighed };
    if (dryRun) return { decision: "act", ...weighed };
    if (left === 0)
      return { decision: "later", ...weighed, reason: "this tick has sent as many transactions as it may" };
    await out.outbox.send(call, block);
    return { decision: "sent", ...weighed };
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof ContractRevertError) return { decision: "overtaken", reason: message };
    if ((error as { retryable?: boolean }).retryable === true) return { decision: "blocked", reason: message };
    throw error;
  }
}
