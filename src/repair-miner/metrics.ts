import { Counter, Gauge, Registry } from "prom-client";

import { REPAIR_DEAL_STATES } from "../protocol/negotiationWire";
import type { ProviderFailures } from "../store/providerFailures";
import type { MinerTickReport } from "./miner";

/** What Prometheus reads. Units stand in the names. */
export class MinerMetrics {
  readonly registry = new Registry();
  private readonly deals = this.gauge("repair_miner_deals", "Deals, by state", ["state"]);
  private readonly shards = this.gauge("repair_miner_shards", "Shards of deals on chain: held, needed, total", [
    "kind",
  ]);
  private readonly deadline = this.gauge(
    "repair_miner_next_deadline_epochs",
    "Epochs to the next deadline of any deal",
  );
  private readonly epoch = this.gauge("repair_miner_epoch", "Epoch of the last tick");
  private readonly waiting = this.gauge("repair_miner_transactions_waiting", "Transactions sent and not mined yet");
  private readonly problems = this.gauge(
    "repair_miner_deals_with_problems",
    "Deals that the last tick could not process",
  );
  private readonly providerFailures = this.gauge(
    "repair_miner_provider_failures",
    "Failures of providers since their last success",
    ["provider"],
  );
  private readonly ticks = new Counter({
    name: "repair_miner_ticks_total",
    help: "Ticks, by result",
    labelNames: ["result"],
    registers: [this.registry],
  });

  constructor(private readonly failures: Pick<ProviderFailures, "all">) {}

  async ticked(report: MinerTickReport): Promise<void> {
    this.ticks.inc({ result: "ok" });
    this.epoch.set(Number(report.epoch));
    this.waiting.set(report.waiting);
    this.problems.set(report.problems.length);
    for (const state of REPAIR_DEAL_STATES) this.deals.set({ state }, report.deals.get(state) ?? 0);
    const { held, needed, total } = report.shards;
    for (const [kind, count] of Object.entries({ held, needed, total })) this.shards.set({ kind }, count);
    if (report.nextDeadline === undefined) this.deadline.reset();
    else this.deadline.set(Number(report.nextDeadline - report.epoch));
    await this.countFailures();
  }

  failed(): void {
    this.ticks.inc({ result: "error" });
  }

  private async countFailures(): Promise<void> {
    const counts = new Map<bigint, number>();
    for (const { provider, recoveredAt } of await this.failures.all())
      if (recoveredAt === undefined) counts.set(provider, (counts.get(provider) ?? 0) + 1);
    this.providerFailures.reset();
    for (const [provider, count] of counts) this.providerFailures.set({ provider: `f0${provider}` }, count);
  }

  private gauge(name: string, help: string, labelNames: string[] = []): Gauge {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }
}
