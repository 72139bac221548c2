/** Which provider takes which request. Pure: everything is known beforehand. */

export interface OpenRequest {
  requestId: bigint;
  /** The piece's key: requests for one piece go to different providers. */
  piece: string;
  paddedBytes: bigint;
}

/** What is known of one provider and one piece. */
export interface Holding {
  providerId: bigint;
  piece: string;
  /** `under way`: a deal of our own that is not listed yet · `failed`: it refused, lost or misreported this piece. */
  state: "live" | "under way" | "failed";
  /** Of a live deal. */
  endEpoch?: bigint;
}

interface Batch {
  providerId: bigint;
  requests: OpenRequest[];
}

export interface AssignmentLimits {
  now: bigint;
  /** A deal that ends within this may be renewed where it lies, once no provider without the piece is left. */
  renewableEpochs: bigint;
  /** Aggregates are not packed beyond this. */
  maxPaddedBytes: bigint;
}

interface Assignment {
  batches: Batch[];
  /** No provider is left that may take them. */
  unassigned: OpenRequest[];
}

/** Oldest request first; each to the provider with least to do among those that may take it. */
export function assignRequests(
  requests: readonly OpenRequest[],
  providers: readonly bigint[],
  holdings: readonly Holding[],
  limits: AssignmentLimits,
): Assignment {
  const batches: Batch[] = [];
  const unassigned: OpenRequest[] = [];
  const load = new Map<bigint, number>();
  const taken = new Set<string>();
  for (const request of [...requests].sort((a, b) => (a.requestId < b.requestId ? -1 : 1))) {
    const free = providers.filter((provider) => !taken.has(`${provider}/${request.piece}`));
    const candidates = preferred(free, request.piece, holdings, limits);
    const providerId = [...candidates].sort((a, b) => (load.get(a) ?? 0) - (load.get(b) ?? 0) || (a < b ? -1 : 1))[0];
    if (providerId === undefined) {
      unassigned.push(request);
      continue;
    }
    taken.add(`${providerId}/${request.piece}`);
    load.set(providerId, (load.get(providerId) ?? 0) + 1);
    place(batches, providerId, request, limits.maxPaddedBytes);
  }
  return { batches, unassigned };
}

/** Those without the piece; if there are none, those whose deal for it is about to end. */
function preferred(
  providers: readonly bigint[],
  piece: string,
  holdings: readonly Holding[],
  { now, renewableEpochs }: AssignmentLimits,
): bigint[] {
  const about = (provider: bigint) => holdings.filter((held) => held.providerId === provider && held.piece === piece);
  const fresh = providers.filter((provider) => about(provider).length === 0);
  if (fresh.length > 0) return fresh;
  const ending = ({ state, endEpoch }: Holding) =>
    state === "live" && endEpoch !== undefined && endEpoch <= now + renewableEpochs;
  return providers.filter((provider) => about(provider).every(ending));
}

/** Into the provider's open batch, or a new one when that is full. Half an aggregate is room enough for any index. */
function place(batches: Batch[], providerId: bigint, request: OpenRequest, maxPaddedBytes: bigint): void {
  const room = maxPaddedBytes / 2n;
  const open = batches.findLast((batch) => batch.providerId === providerId);
  const used = open?.requests.reduce((sum, { paddedBytes }) => sum + paddedBytes, 0n) ?? 0n;
  if (open !== undefined && used + request.paddedBytes <= room) open.requests.push(request);
  else batches.push({ providerId, requests: [request] });
}
