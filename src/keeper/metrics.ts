import { Counter, Gauge, Histogram, Registry } from "prom-client";

import type { TickReport } from "./tick";

/** What Prometheus reads. Units stand in the names. */
export class Metrics {
  readonly registry = new Registry();
  private readonly pieces = new Gauge({
    name: "raas_pieces",
    help: "Pieces kept, by urgency",
    labelNames: ["urgency"],
    registers: [this.registry],
  });
  private readonly epoch = new Gauge({
    name: "raas_epoch",
    help: "Epoch of the last tick",
    registers: [this.registry],
  });
  private readonly waiting = new Gauge({
    name: "raas_transactions_waiting",
    help: "Transactions sent and not mined yet",
    registers: [this.registry],
  });
  private readonly blocked = new Gauge({
    name: "raas_pieces_blocked",
    help: "Decisions of the last tick that could not be carried out",
    registers: [this.registry],
  });
  private readonly decisions = new Counter({
    name: "raas_decisions_total",
    help: "Decisions, by kind",
    labelNames: ["kind"],
    registers: [this.registry],
  });
  private readonly ticks = new Counter({
    name: "raas_ticks_total",
    help: "Ticks, by result",
    labelNames: ["result"],
    registers: [this.registry],
  });
  private readonly duration = new Histogram({
    name: "raas_tick_duration_seconds",
    help: "Duration of a tick",
    buckets: [0.1, 0.5, 1, 5, 15, 60, 300],
    registers: [this.registry],
  });

  tickDone(report: TickReport, seconds: number): void {
    this.ticks.inc({ result: "ok" });
    this.duration.observe(seconds);
    this.epoch.set(Number(report.epoch));
    this.waiting.set(report.waiting);
    this.blocked.set(report.blocked.length);
    for (const [urgency, count] of Object.entries(report.urgency)) this.pieces.set({ urgency }, count);
    for (const { kind } of report.decisions) this.decisions.inc({ kind });
  }

  tickFailed(): void {
    this.ticks.inc({ result: "error" });
  }
}
