import { formatAddress } from "../filecoin/filecoinAddress";
import type { CurioIdentity } from "../providers/curioAuth";
import { Mk20Client, Mk20Error } from "../providers/mk20";
import type { Mk20Deal, Mk20Status } from "../providers/mk20Wire";
import { type Aggregations, membersOf, type Placement } from "../store/aggregations";
import { MARKET_ACTOR_ID } from "./completing";
import type { NoticedSectors } from "./noticedSectors";
import type { AggregatorEvent, AggregatorSettings, ProviderEntry } from "./options";

/** Follows one placement at its provider: proposes it, then asks for its status. */
export class Placing {
  constructor(
    private readonly store: Aggregations,
    private readonly identity: CurioIdentity,
    private readonly settings: AggregatorSettings,
    private readonly urlOf: (cid: string) => string,
    private readonly signal: AbortSignal,
    private readonly tell: (event: AggregatorEvent) => void,
    /** For deals that are onboarded directly. */
    private readonly sectors?: NoticedSectors,
  ) {}

  async follow(placement: Placement, providers: readonly ProviderEntry[], epoch: bigint): Promise<void> {
    const provider = providers.find(({ id }) => id === placement.providerId);
    if (provider === undefined)
      return this.fail(placement, epoch, "it is no longer in the list of providers", "failed");
    const client = new Mk20Client(provider.url, { identity: this.identity, signal: this.signal });
    try {
      if (placement.state === "planned") await this.propose(client, placement, epoch);
      else if (placement.state === "proposed") await this.ask(client, placement, epoch);
    } catch (error) {
      if (this.signal.aborted || !(error instanceof Mk20Error)) throw error;
      const late = epoch >= placement.createdEpoch + this.patience(error);
      if (!error.retryable || late) await this.fail(placement, epoch, error.message, "refused");
    }
  }

  async fail(placement: Placement, epoch: bigint, reason: string, kind: "refused" | "failed"): Promise<void> {
    await this.store.placementFailed(placement, epoch, reason);
    this.tell({ kind, ...about(placement), reason });
  }

  /** A provider that does not answer is given less time than one that has taken the deal. */
  private patience(error: Mk20Error): bigint {
    const { retryEpochs, placeTimeoutEpochs } = this.settings;
    return error.code === "Unreachable" ? retryEpochs : placeTimeoutEpochs;
  }

  /** The provider may have received it before a crash: then it is not proposed again. */
  private async propose(client: Mk20Client, placement: Placement, epoch: bigint): Promise<void> {
    const known = await client.dealStatus(placement.identifier);
    if (known === undefined) await client.proposeDeal(this.proposal(placement));
    await this.store.move(placement.identifier, "proposed");
    this.tell({ kind: "proposed", cid: placement.cid, ...about(placement) });
    await this.ask(client, placement, epoch);
  }

  private async ask(client: Mk20Client, placement: Placement, epoch: bigint): Promise<void> {
    const status = await client.dealStatus(placement.identifier);
    if (status === undefined)
      return this.fail(placement, epoch, "it no longer knows the deal that it accepted", "failed");
    const { status: state, errorMsg } = status.ddo_v1;
    if (state === "failed") return this.fail(placement, epoch, errorMsg || "it gave no reason", "failed");
    const onChain =
      state === "indexing" || state === "complete" ? await this.onChain(placement, status, epoch) : undefined;
    if (onChain !== undefined) {
      await this.store.move(placement.identifier, "sealed", onChain);
      const { providerId, identifier } = placement;
      this.tell({ kind: "sealed", providerId, identifier, ...onChain });
    } else if (epoch >= placement.createdEpoch + this.settings.placeTimeoutEpochs) {
      const waited = epoch - placement.createdEpoch;
      await this.fail(placement, epoch, `not sealed after ${waited} epochs (${state})`, "failed");
    }
  }

  /** The sector that the chain names for the deal, or the deal in f05 that the provider names. */
  private async onChain(
    placement: Placement,
    { f05 }: Mk20Status,
    epoch: bigint,
  ): Promise<{ marketActorId: bigint; dealId: bigint } | undefined> {
    if (this.sectors === undefined)
      return f05 === undefined ? undefined : { marketActorId: MARKET_ACTOR_ID, dealId: BigInt(f05.dealId) };
    const sector = await this.sectors.sectorOf(placement, epoch);
    return sector === undefined ? undefined : { marketActorId: placement.providerId, dealId: sector };
  }

  private proposal(placement: Placement): Mk20Deal {
    const members = membersOf(placement);
    const whole = members.length === 1 && members[0]!.cid === placement.cid;
    const sub = members.map(({ cid }) => ({ piece_cid: { "/": cid }, format: { raw: {} } }));
    return {
      identifier: placement.identifier,
      client: formatAddress(this.identity.address),
      data: {
        piece_cid: { "/": placement.cid },
        format: whole ? { raw: {} } : { aggregate: { type: 1, sub } },
        source_http: { urls: [{ url: this.urlOf(placement.cid), headers: {}, priority: 0, fallback: false }] },
      },
      products: {
        ddo_v1: {
          provider: `f0${placement.providerId}`,
          start_epoch: null,
          duration: Number(this.settings.durationEpochs),
          ...this.sectors?.notification(placement.identifier),
        },
        retrieval_v1: { announce_piece: false },
      },
    };
  }
}

function about(placement: Placement): { providerId: bigint; identifier: string; requestIds: bigint[] } {
  const requestIds = membersOf(placement).map(({ requestId }) => BigInt(requestId));
  return { providerId: placement.providerId, identifier: placement.identifier, requestIds };
}
