import { toUtf8String, zeroPadValue } from "ethers";

import { hexOf } from "../chain/block";
import { marketAbi } from "../chain/marketAbi";
import type { JsonRpc, RawLog } from "../chain/rpc";
import { RpcError } from "../chain/rpc";

/** The URL that a miner gave when it was made, which only the event keeps; undefined: this node does not go back so far. */
export async function announcedUrl(
  rpc: JsonRpc,
  market: string,
  miner: string,
  head: bigint,
): Promise<string | undefined> {
  const { topicHash } = marketAbi.getEvent("MinerCreated")!;
  const filter = { address: market, topics: [topicHash, null, zeroPadValue(miner, 32)] };
  try {
    const range = { fromBlock: "0x0", toBlock: hexOf(head) };
    const [log] = await rpc.request<RawLog[]>("eth_getLogs", [{ ...filter, ...range }]);
    return log === undefined ? undefined : textOf(marketAbi.parseLog(log)!.args.peerId as string);
  } catch (error) {
    if (error instanceof RpcError) return undefined;
    throw error;
  }
}

/** A peer id is bytes: what is no text is no URL. */
function textOf(bytes: string): string {
  try {
    return toUtf8String(bytes);
  } catch {
    return bytes;
  }
}
