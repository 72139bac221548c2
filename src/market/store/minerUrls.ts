import { toUtf8String } from "ethers";

import { blockAt } from "../../chain/block";
import { LogRanges } from "../../chain/logRanges";
import type { JsonRpc } from "../../chain/rpc";
import { marketAbi } from "../../chain/marketAbi";

const MINER_CREATED = marketAbi.getEvent("MinerCreated")!.topicHash;

/** Where repair miners are found: the text of the peer id with which each was made, when that is an http(s) URL. */
export class MinerUrls {
  private readonly known = new Map<bigint, string | undefined>();
  private next: bigint;

  constructor(
    private readonly rpc: JsonRpc,
    private readonly market: string,
    deployedAt: bigint,
  ) {
    this.next = deployedAt;
  }

  /** Reads on from where it stopped, until the miner has been seen. */
  async urlOf(minerId: bigint, signal?: AbortSignal): Promise<string | undefined> {
    const filter = { address: this.market, topics: [MINER_CREATED, null] };
    const ranges = new LogRanges(this.rpc, filter);
    const head = (await blockAt(this.rpc, "latest")).number;
    while (!this.known.has(minerId) && this.next <= head) {
      const { logs, end } = await ranges.next(this.next, head, signal);
      for (const log of logs) {
        const { minerId: id, peerId } = marketAbi.parseLog(log)!.args;
        this.known.set(id as bigint, urlIn(peerId as string));
      }
      this.next = end + 1n;
    }
    return this.known.get(minerId);
  }
}

function urlIn(peerId: string): string | undefined {
  try {
    const url = new URL(toUtf8String(peerId));
    return url.protocol === "http:" || url.protocol === "https:" ? url.href.replace(/\/$/, "") : undefined;
  } catch {
    return undefined; // A peer id is any bytes.
  }
}
