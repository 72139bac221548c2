import { LogRanges } from "../filecoin/logRanges";
import { sectorContentsAbi } from "./marketAbi";
import type { JsonRpc, RawLog } from "../filecoin/rpc";

/** A miner actor's notice to `SectorContents` about a piece. */
export interface SealedNotice {
  provider: bigint;
  sector: bigint;
  root: string;
  height: number;
  commitment: bigint;
  payloadHash: string;
  epoch: bigint;
}

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
    const ranges = new LogRanges(rpc, { address: contents, topics });
    for (let start = from; start <= to;) {
      const { logs, end } = await ranges.next(start, to);
      found.push(...logs.map(noticeOf));
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
