import type { NetworkEvent } from "./localNetwork";

/** One line for each thing that happened, in plain words. */
export class Timeline {
  private lastDecisions = "";

  constructor(private readonly print: (line: string) => void) {}

  say(epoch: bigint, text: string): void {
    this.print(`${`epoch ${epoch}`.padEnd(14)} ${text}`);
  }

  tell(event: NetworkEvent, epoch: bigint): void {
    const text = this.textOf(event);
    if (text !== undefined) this.say(epoch, text);
  }

  private textOf(happened: NetworkEvent): string | undefined {
    switch (happened.source) {
      case "provider":
        return providerText(happened.event);
      case "aggregator":
        return aggregatorText(happened.event);
      case "keeper":
        return this.keeperText(happened.report);
      case "order":
        return `second terminal: ${happened.done}`;
    }
  }

  /** What the keeper decided; the same decisions are printed once, until they change. */
  private keeperText({
    decisions,
    blocked,
  }: Extract<NetworkEvent, { source: "keeper" }>["report"]): string | undefined {
    const lines = [
      ...decisions.map(({ kind, reason }) => `keeper: ${kind} — ${reason}`),
      ...blocked.map(({ reason }) => `keeper: blocked — ${reason}`),
    ];
    const told = lines.join("\n");
    if (told === this.lastDecisions) return undefined;
    this.lastDecisions = told;
    return lines.length === 0 ? undefined : lines.join(`\n${" ".repeat(15)}`);
  }
}

function providerText(event: Extract<NetworkEvent, { source: "provider" }>["event"]): string | undefined {
  const who = `provider f0${event.provider}`;
  const deal = event.dealId === undefined ? "a deal" : `deal ${event.dealId}`;
  const sector = event.sector === undefined ? "a sector" : `sector ${event.sector}`;
  switch (event.kind) {
    case "published":
      return `${who} checked the bytes and published ${deal}`;
    case "sealed":
      return `${who} sealed ${deal} in ${sector}`;
    case "failed":
      return `${who} failed: ${event.reason ?? "no reason given"}`;
    case "fault":
      return `${who} stopped proving ${sector} (${deal})`;
    case "recover":
      return `${who} proves ${sector} again (${deal})`;
    case "terminate":
      return `${who} terminated ${sector} (${deal})`;
    case "vanish":
      return `${who} vanished`;
    case "return":
      return `${who} is back`;
    case "corrupt":
      return `${who} has one wrong byte on its disk`;
    case "checked":
      return `${who} checked the bytes and seals them without a deal in f05`;
    case "accepted":
    case "complete":
      return undefined;
  }
}

function aggregatorText(event: Extract<NetworkEvent, { source: "aggregator" }>["event"]): string | undefined {
  switch (event.kind) {
    case "proposed":
      return `aggregator proposed request ${event.requestIds.join(", ")} to provider f0${event.providerId}`;
    case "refused":
    case "failed":
      return `aggregator gave up provider f0${event.providerId} for request ${event.requestIds.join(", ")}: ${event.reason}`;
    case "postponed":
      return `aggregator postponed request ${event.requestId}: ${event.reason}`;
    case "completed":
      return `request ${event.requestId} completed: deal ${event.dealId} at provider f0${event.providerId}, proof accepted`;
    case "fetched":
    case "sealed":
      return undefined;
  }
}
