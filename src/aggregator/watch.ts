import { type Block } from "../filecoin/block";
import { decodeLogs } from "../protocol/events";
import type { LogRanges } from "../filecoin/logRanges";
import type { Aggregations } from "../store/aggregations";
import type { Cursors } from "../store/cursors";

const CURSOR = "aggregator";

/** Follows the requests on chain up to a block that is believed, from where it stopped last time. */
export async function watchRequests(
  ranges: LogRanges,
  cursors: Cursors,
  store: Aggregations,
  upTo: Block,
  signal: AbortSignal,
): Promise<void> {
  const last = (await cursors.points(CURSOR))[0]?.block;
  let from = last === undefined ? 0n : last + 1n;
  while (from <= upTo.number) {
    const { logs, end } = await ranges.next(from, upTo.number, signal);
    for (const event of decodeLogs(logs)) {
      if (event.kind === "opened") await store.requestOpened(event);
      else if (event.kind === "completed") await store.requestClosed(event.requestId, "completed");
      else if (event.kind === "cancelled") await store.requestClosed(event.requestId, "cancelled");
    }
    // After the rows: what is read twice changes nothing, what is never read is lost.
    await cursors.advance(CURSOR, { block: end, hash: end === upTo.number ? upTo.hash : "" });
    from = end + 1n;
  }
}
