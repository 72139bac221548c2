import { hexOf } from "../chain/block";
import { sectorContentsAbi } from "../chain/repairMarket";
import type { RawLog } from "../chain/events";
import type { JsonRpc } from "../chain/rpc";
import { isTooMuchAtOnce } from "../chain/rpcErrors";

/** What a miner actor told `SectorContents` of a piece. */
export interface SealedNotice {
  provider: bigint;
  sector: bigint;
  root: string;
  height: number;
  commitment: bigint;
  payloadHash: string;
  epoch: bigint;
}

/** Default nodes answer for at most this many epochs. */
const MAX_EPOCHS = 2_880n;
/** Topics in one filter. */
const MAX_ROOTS = 100;

/** Notices about these pieces in a range of epochs. */
export async function readNotices(
  rpc: JsonRpc,
  contents: string,
  roots: readonly string[],
  from: bigint,
  to: bigint,
): Promise<SealedNotice[]> {
  const found: SealedNotice[] = [];
  const { topicHash } = sectorContentsAbi.getEvent("PieceSealed")!;
  for (let first = 0; first < roots.length; first += MAX_ROOTS) {
    const topics = [topicHash, null, null, roots.slice(first, first + MAX_ROOTS)];
    let range = MAX_EPOCHS;
    for (let start = from; start <= to;) {
      const end = start + range - 1n < to ? start + range - 1n : to;
      const filter = { address: contents, topics, fromBlock: hexOf(start), toBlock: hexOf(end) };
      try {
        found.push(...(await rpc.request<RawLog[]>("eth_getLogs", [filter])).map(noticeOf));
      } catch (error) {
        if (end === start || !isTooMuchAtOnce(error)) throw error;
        range = (end - start + 1n) / 2n;
        continue;
      }
      start = end + 1n;
    }
  }
  return found;
}

function noticeOf(log: RawLog): SealedNotice {
  const { args } = sectorContentsAbi.parseLog(log)!;
  return {
    provider: args.provider,
    sector: args.sector,
    root: args.root,
    height: Number(args.height),
    commitment: args.minimumCommitment,
    payloadHash: args.payloadHash,
    epoch: BigInt(log.blockNumber),
  };
}
