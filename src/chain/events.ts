import { type Log, toUtf8String } from "ethers";

import { hexOf } from "./block";
import { type ChainTerms, dealStatusAbi } from "./dealStatus";
import { pieceKeyOf } from "./piece";
import type { JsonRpc } from "./rpc";
import { isTooMuchAtOnce } from "./rpcErrors";

/** Default nodes answer for at most this many epochs. */
const MAX_EPOCHS = 2_880n;

export type ChainEvent = { block: bigint; requestId: bigint } & (
  | { kind: "opened"; client: string; piece: string; fetchLink: string; terms?: ChainTerms }
  | { kind: "completed"; marketActorId: bigint; providerId: bigint; dealId: bigint }
  | { kind: "termsUpdated"; terms: ChainTerms }
  | { kind: "cancelled" }
);

export interface RawLog {
  address: string;
  data: string;
  topics: string[];
  blockNumber: string;
  transactionHash: string;
  logIndex: string;
}

/** Reads logs in ranges that the node can do: halved when it cannot, doubled again when it can. */
export class LogReader {
  private range = MAX_EPOCHS;

  constructor(
    private readonly rpc: JsonRpc,
    private readonly address: string,
  ) {}

  /** The events of the next range from `fromBlock`, and the range's end, at most `toBlock`. */
  async next(fromBlock: bigint, toBlock: bigint, signal?: AbortSignal): Promise<{ events: ChainEvent[]; end: bigint }> {
    for (;;) {
      const end = fromBlock + this.range - 1n < toBlock ? fromBlock + this.range - 1n : toBlock;
      const filter = { address: this.address, fromBlock: hexOf(fromBlock), toBlock: hexOf(end) };
      try {
        const logs = await this.rpc.request<RawLog[]>("eth_getLogs", [filter], signal);
        if (this.range < MAX_EPOCHS) this.range *= 2n;
        if (this.range > MAX_EPOCHS) this.range = MAX_EPOCHS;
        return { events: decodeLogs(logs), end };
      } catch (error) {
        if (end === fromBlock || !isTooMuchAtOnce(error)) throw error;
        this.range = (end - fromBlock + 1n) / 2n;
      }
    }
  }
}

/** The contract's logs as events; those that belong together in one transaction become one. */
export function decodeLogs(logs: readonly RawLog[]): ChainEvent[] {
  const events: ChainEvent[] = [];
  const terms = new Map<string, ChainTerms>();
  const listed = new Map<string, { marketActorId: bigint; providerId: bigint }>();
  const parsed = logs.map((log) => ({ log, event: dealStatusAbi.parseLog(log as unknown as Log) }));
  for (const { log, event } of parsed) {
    if (event?.name === "SubmitAggregatorRequestWithRaaS") {
      const [id, , replicationTarget, repairThreshold, renewThreshold] = event.args;
      terms.set(String(id), { replicationTarget, repairThreshold, renewThreshold });
    }
    if (event?.name === "DealListed") {
      const { dealId, marketActorId, providerId } = event.args;
      listed.set(`${log.transactionHash}/${dealId}`, { marketActorId, providerId });
    }
  }
  for (const { log, event } of parsed) {
    const block = BigInt(log.blockNumber);
    if (event?.name === "RequestOpened") {
      const { id, client, root, height, fetchLink } = event.args;
      const piece = pieceKeyOf(root, Number(height));
      const opened = { block, requestId: id, client, piece, fetchLink: textOf(fetchLink) };
      events.push({ kind: "opened", ...opened, terms: terms.get(String(id)) });
    } else if (event?.name === "CompleteAggregatorRequest") {
      const { id, dealId } = event.args;
      const deal = listed.get(`${log.transactionHash}/${dealId}`);
      if (deal !== undefined) events.push({ kind: "completed", block, requestId: id, dealId, ...deal });
    } else if (event?.name === "TermsUpdated") {
      const { id, replicationTarget, repairThreshold, renewThreshold } = event.args;
      const updated = { replicationTarget, repairThreshold, renewThreshold };
      events.push({ kind: "termsUpdated", block, requestId: id, terms: updated });
    } else if (event?.name === "RequestCancelled") {
      events.push({ kind: "cancelled", block, requestId: event.args.id });
    }
  }
  return events;
}

/** A fetch link is bytes on chain: what is no text is no link. */
function textOf(bytes: string): string {
  try {
    return toUtf8String(bytes);
  } catch {
    return "";
  }
}
