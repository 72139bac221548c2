import { parsePieceCid } from "../data/pieceCid";
import type { Piece } from "../data/piece";
import { parseAddress, type FilecoinAddress } from "../storage/filecoinAddress";
import {
  mk20Deal,
  MINIMUM_DURATION_EPOCHS,
  type AcceptedMk20Deal,
  type Mk20DealState,
  type Mk20Status,
} from "../storage/mk20Wire";

/** Why a provider refuses, with the status of mk20 that says so. */
export class DealRefused extends Error {
  override readonly name = "DealRefused";
  constructor(
    readonly status: number,
    reason: string,
  ) {
    super(reason);
  }
}

/** A deal as a provider keeps it.
 *
 *   accepted ──▶ processing ──▶ sealing ──▶ indexing ──▶ complete
 *      │ put        ▲    │         │
 *      └▶ uploading ┘    └▶ failed ◀┘
 */
export interface ProviderDeal {
  terms: AcceptedMk20Deal;
  client: FilecoinAddress;
  piece: Piece;
  members: Piece[];
  state: Mk20DealState;
  error: string;
  startEpoch: bigint;
  endEpoch: bigint;
  /** The start is the client's, not the provider's own guess. */
  startGiven: boolean;
  /** Sealing is over, or indexing is, from this epoch on. */
  due: bigint;
  dealId?: bigint;
  sector?: bigint;
}

export function statusOf(deal: ProviderDeal): Mk20Status {
  return {
    ddo_v1: { status: deal.state, errorMsg: deal.error },
    ...(deal.dealId === undefined ? {} : { f05: { dealId: Number(deal.dealId) } }),
  };
}

/** Reads a proposal, refusing what a provider would refuse, with the status that Curio gives. */
export function acceptProposal(
  body: unknown,
  provider: bigint,
  epoch: bigint,
  defaultStartEpochs: bigint,
): ProviderDeal {
  const terms = wellFormed(body);
  const ddo = terms.products.ddo_v1;
  if (addressOr(425, ddo.provider, "provider") !== `f0${provider}`)
    throw new DealRefused(425, `the deal is for ${ddo.provider}, this is f0${provider}`);
  if (ddo.duration < MINIMUM_DURATION_EPOCHS)
    throw new DealRefused(441, `${ddo.duration} epochs are fewer than ${MINIMUM_DURATION_EPOCHS}`);
  if ((ddo.notification_address === undefined) !== (ddo.notification_payload === undefined))
    throw new DealRefused(425, "notification_address and notification_payload go together");
  if (ddo.notification_address !== undefined) addressOr(425, ddo.notification_address, "notification_address");
  if (terms.data.source_http === undefined && terms.data.source_http_put === undefined)
    throw new DealRefused(422, "only source_http and source_http_put are supported");
  const startEpoch = BigInt(ddo.start_epoch ?? epoch + defaultStartEpochs);
  if (startEpoch <= epoch) throw new DealRefused(425, `start epoch ${startEpoch} has passed: it is ${epoch}`);
  return {
    terms,
    client: clientOf(terms.client),
    piece: pieceOf(terms.data.piece_cid["/"]),
    members: (terms.data.format.aggregate?.sub ?? []).map((sub) => pieceOf(sub.piece_cid["/"])),
    state: "accepted",
    error: "",
    startEpoch,
    endEpoch: startEpoch + BigInt(ddo.duration),
    startGiven: typeof ddo.start_epoch === "number",
    due: 0n,
  };
}

function wellFormed(body: unknown): AcceptedMk20Deal {
  const products = (body as { products?: Record<string, unknown> } | null)?.products;
  if (products?.["pdp_v1"] !== undefined) throw new DealRefused(423, "pdp_v1 is not supported");
  const parsed = mk20Deal.safeParse(body);
  if (parsed.success) {
    const formats = Object.keys(parsed.data.data.format).length;
    if (formats === 1) return parsed.data;
    throw new DealRefused(430, `a piece has one format, not ${formats}`);
  }
  const issue = parsed.error.issues[0]!;
  throw new DealRefused(issue.path[0] === "data" ? 430 : 400, `${issue.path.join(".")}: ${issue.message}`);
}

function clientOf(text: string): FilecoinAddress {
  try {
    return parseAddress(text);
  } catch (cause) {
    throw new DealRefused(400, (cause as Error).message);
  }
}

function addressOr(status: number, text: string, field: string): string {
  try {
    const address = parseAddress(text);
    return address.protocol === "id" ? `f0${address.id}` : text;
  } catch (cause) {
    throw new DealRefused(status, `${field}: ${(cause as Error).message}`);
  }
}

function pieceOf(cid: string): Piece {
  let parts: ReturnType<typeof parsePieceCid>;
  try {
    parts = parsePieceCid(cid);
  } catch (cause) {
    throw new DealRefused(430, (cause as Error).message);
  }
  if (parts.height === undefined || parts.payloadBytes === undefined)
    throw new DealRefused(430, `${cid} is a piece CID v1: mk20 takes v2`);
  return { root: parts.root, height: parts.height, payloadBytes: parts.payloadBytes };
}
