import { toUtf8String, zeroPadValue } from "ethers";

import { blockAt } from "../filecoin/block";
import { type LogFilter, LogRanges } from "../filecoin/logRanges";
import { marketAbi } from "./marketAbi";
import type { JsonRpc } from "../filecoin/rpc";

const MINER_CREATED = marketAbi.getEvent("MinerCreated")!.topicHash;

/** The URLs of repair miners: the text of the peer id with which each was created, when that is an http(s) URL. */
export class MinerUrls {
  private readonly known = new Map<bigint, string | undefined>();
  private next: bigint;

  constructor(
    private readonly rpc: JsonRpc,
    private readonly market: string,
    private readonly deployedAt: bigint,
  ) {
    this.next = deployedAt;
  }

  /** The URL of a miner, or undefined. Reads events from where it stopped, until the miner's creation has been read. */
  async urlOf(minerId: bigint, signal?: AbortSignal): Promise<string | undefined> {
    const filter = { address: this.market, topics: [MINER_CREATED, null] };
    const read = this.created(filter, this.next, signal);
    while (!this.known.has(minerId)) {
      const { value: page } = await read.next();
      if (page === undefined) break;
      for (const { minerId: id, peerId } of page.miners) this.known.set(id, urlIn(peerId));
      this.next = page.end + 1n;
    }
    return this.known.get(minerId);
  }

  /** The text of a `RepairMiner`'s peer id, URL or not; undefined: this node has no log of its creation. */
  async announcedBy(repairMiner: string, signal?: AbortSignal): Promise<string | undefined> {
    const filter = { address: this.market, topics: [MINER_CREATED, null, zeroPadValue(repairMiner, 32)] };
    for await (const { miners } of this.created(filter, this.deployedAt, signal))
      if (miners[0] !== undefined) return textIn(miners[0].peerId);
    return undefined;
  }

  /** Range by range, as much as the node can answer at once. */
  private async *created(filter: LogFilter, from: bigint, signal?: AbortSignal) {
    const ranges = new LogRanges(this.rpc, filter);
    const head = (await blockAt(this.rpc, "latest")).number;
    for (let next = from; next <= head;) {
      const { logs, end } = await ranges.next(next, head, signal);
      const miners = logs.map((log) => {
        const { minerId, peerId } = marketAbi.parseLog(log)!.args;
        return { minerId: minerId as bigint, peerId: peerId as string };
      });
      yield { miners, end };
      next = end + 1n;
    }
  }
}

/** A peer id is any bytes: bytes that are not UTF-8 text are returned as hex. */
function textIn(peerId: string): string {
  try {
    return toUtf8String(peerId);
  } catch {
    return peerId;
  }
}

function urlIn(peerId: string): string | undefined {
  const text = textIn(peerId);
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === "http:" || url.protocol === "https:" ? url.href.replace(/\/$/, "") : undefined;
}
