import type { MarketReader } from "../../protocol/repairMarket";
import type { AskView } from "../../protocol/repairRecords";
import type { MinerUrls } from "../../protocol/minerUrls";
import type { UploadRecord } from "./record";

const PAGE = 50;

/** An ask that may be used, and its miner's URL; else `why` it is not used. */
type Candidate = { ask: AskView; url: string } | { ask: AskView; why: string };

export interface Choice {
  /** Only this one. */
  askId?: bigint;
  /** attoFIL per GiB and epoch, at most. */
  maxPriceAtto?: bigint;
  /** Ask this address, whatever the chain says. */
  minerUrl?: string;
}

/** Open asks that are large enough, the cheapest first. */
export async function candidatesFor(
  { size, priceAtto }: Pick<UploadRecord, "size" | "priceAtto">,
  { askId, maxPriceAtto, minerUrl }: Choice,
  reader: MarketReader,
  urls: Pick<MinerUrls, "urlOf">,
): Promise<Candidate[]> {
  const asks = askId === undefined ? await allAsks(reader) : await reader.asks(askId, 1);
  const most = priceAtto ?? maxPriceAtto;
  const found: Candidate[] = [];
  for (const ask of asks.sort((a, b) =>
    a.priceAtto === b.priceAtto ? Number(a.askId - b.askId) : a.priceAtto < b.priceAtto ? -1 : 1,
  )) {
    const why = unfit(ask, size, most);
    if (why !== undefined) {
      // Closed asks are not reported, unless one was named.
      if (ask.open || askId !== undefined) found.push({ ask, why });
      continue;
    }
    const url = minerUrl ?? (await urls.urlOf(ask.minerId));
    found.push(
      url === undefined ? { ask, why: "its miner has no URL on chain: give one with --miner-url" } : { ask, url },
    );
  }
  return found;
}

function unfit({ open, bytes, priceAtto }: AskView, size: bigint, most: bigint | undefined): string | undefined {
  if (!open) return "it is not open any more";
  if (bytes < size) return `it offers ${bytes} padded bytes, ${size} are needed`;
  if (most !== undefined && priceAtto > most)
    return `its price is ${priceAtto} attoFIL per GiB and epoch, above ${most}`;
  return undefined;
}

async function allAsks(reader: MarketReader): Promise<AskView[]> {
  const { asks } = await reader.counts();
  const found: AskView[] = [];
  for (let start = 1n; start <= asks; start += BigInt(PAGE)) found.push(...(await reader.asks(start, PAGE)));
  return found;
}
