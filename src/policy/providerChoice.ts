/** A provider that could be asked. */
export interface ProviderOffer {
  id: bigint;
  url: string;
  /** attoFIL per GiB and epoch, from the directory. */
  priceAtto?: bigint;
}

/** A provider's failure with a piece. */
export interface RememberedFailure {
  provider: bigint;
  /** Piece CID v2. */
  piece: string;
  epoch: bigint;
  reason: string;
  /** The epoch of a success noted later. */
  recoveredAt?: bigint;
}

export interface Choice {
  /** Best first, all distinct; fewer than requested when no more are suitable. */
  chosen: ProviderOffer[];
  /** Each provider that was not chosen, and why. */
  passedOver: { provider: bigint; reason: string }[];
}

export interface ChoiceParameters {
  offers: readonly ProviderOffer[];
  /** Piece CID v2 of what is to be placed. */
  piece: string;
  count: number;
  exclude: ReadonlySet<bigint>;
  /** How many shards of the same data each provider holds or is about to hold. */
  holding: ReadonlyMap<bigint, number>;
  maxPerProvider: number;
  failures: readonly RememberedFailure[];
  now: bigint;
  /** A known price above it rules a provider out. */
  maxPriceAtto?: bigint;
}

/** Failures older than this no longer count against a provider for other pieces: a week. */
export const RECENT_EPOCHS = 7n * 2880n;

/** Chooses which providers are to hold a piece. Never one that failed this piece and has not succeeded since; those that
 *  recently failed other pieces come last; otherwise the cheapest first, unknown prices after known ones, then those that hold least. */
export function chooseProviders(p: ChoiceParameters): Choice {
  const fit: ProviderOffer[] = [];
  const passedOver: Choice["passedOver"] = [];
  const seen = new Set<bigint>();
  for (const offer of p.offers) {
    if (seen.has(offer.id)) continue;
    seen.add(offer.id);
    const reason = reasonAgainst(offer, p);
    if (reason === undefined) fit.push(offer);
    else passedOver.push({ provider: offer.id, reason });
  }
  const doubtful = new Set(
    p.failures.filter((failure) => isOpen(failure) && p.now - failure.epoch <= RECENT_EPOCHS).map((f) => f.provider),
  );
  const held = (offer: ProviderOffer) => p.holding.get(offer.id) ?? 0;
  fit.sort(
    (a, b) =>
      Number(doubtful.has(a.id)) - Number(doubtful.has(b.id)) ||
      byPrice(a.priceAtto, b.priceAtto) ||
      held(a) - held(b) ||
      compare(a.id, b.id),
  );
  const chosen = fit.slice(0, p.count);
  for (const offer of fit.slice(p.count))
    passedOver.push({
      provider: offer.id,
      reason: doubtful.has(offer.id) ? "recently failed other pieces" : "not needed",
    });
  return { chosen, passedOver };
}

function reasonAgainst(offer: ProviderOffer, p: ChoiceParameters): string | undefined {
  if (p.exclude.has(offer.id)) return "excluded";
  const held = p.holding.get(offer.id) ?? 0;
  if (held >= p.maxPerProvider)
    return `holds ${held} shards of this data already, at most ${p.maxPerProvider} are allowed`;
  if (p.maxPriceAtto !== undefined && offer.priceAtto !== undefined && offer.priceAtto > p.maxPriceAtto)
    return `asks ${offer.priceAtto} attoFIL per GiB and epoch, above ${p.maxPriceAtto}`;
  const failed = p.failures.find((f) => f.provider === offer.id && f.piece === p.piece && isOpen(f));
  return failed === undefined ? undefined : `failed this piece at epoch ${failed.epoch}: ${failed.reason}`;
}

/** Not followed by a later success. */
function isOpen({ epoch, recoveredAt }: RememberedFailure): boolean {
  return recoveredAt === undefined || recoveredAt <= epoch;
}

function byPrice(a: bigint | undefined, b: bigint | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return compare(a, b);
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
