import { parsePieceCid } from "../../data/pieceCid";
import type { Piece } from "../../data/piece";
import { formatAddress, parseAddress, type FilecoinAddress } from "../../filecoin/filecoinAddress";
import {
  mk20Additions,
  mk20Deal,
  MINIMUM_DURATION_EPOCHS,
  type AcceptedMk20Deal,
  type Mk20DealState,
  type Mk20Status,
} from "../../providers/mk20Wire";
import { DealRefused } from "./dealRefused";
import type { SettledDeal } from "./settlement";

/** A deal as a provider keeps it.
 *
 *   accepted ──▶ processing ──▶ sealing ──▶ indexing ──▶ complete
 *      │ put        ▲    │         │
 *      └▶ uploading ┘    └▶ failed ◀┘
 */
export interface ProviderDeal {
  terms: AcceptedMk20Deal;
  client: FilecoinAddress;
  /** Undefined as long as the client has not said what it will send. */
  piece: Piece | undefined;
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

type Data = NonNullable<AcceptedMk20Deal["data"]>;

/** The deal as `GET /status/{id}` answers it. */
export function statusOf(deal: ProviderDeal): Mk20Status {
  return {
    ddo_v1: { status: deal.state, errorMsg: deal.error },
    ...(deal.dealId === undefined ? {} : { f05: { dealId: Number(deal.dealId) } }),
  };
}

/** The deal as it comes onto the chain. */
export function settledDeal(deal: ProviderDeal, provider: bigint): SettledDeal {
  const { notification_address: receiver, notification_payload: payload } = deal.terms.products.ddo_v1;
  return {
    provider,
    client: deal.client,
    piece: deal.piece!,
    label: deal.terms.identifier,
    startEpoch: deal.startEpoch,
    endEpoch: deal.endEpoch,
    startGiven: deal.startGiven,
    ...(receiver === undefined || payload === undefined
      ? {}
      : { notification: { receiver: parseAddress(receiver), payload: Buffer.from(payload, "base64") } }),
  };
}

/** Reads a proposal, refusing what a provider would refuse, with the status that Curio gives. */
export function acceptProposal(
  body: unknown,
  provider: bigint,
  epoch: bigint,
  defaultStartEpochs: bigint,
): ProviderDeal {
  const terms = wellFormed(body, mk20Deal);
  const ddo = terms.products.ddo_v1;
  acceptTerms(ddo, provider);
  const startEpoch = BigInt(ddo.start_epoch ?? epoch + defaultStartEpochs);
  if (startEpoch <= epoch) throw new DealRefused(425, `start epoch ${startEpoch} has passed: it is ${epoch}`);
  return {
    terms,
    client: clientOf(terms.client),
    ...piecesOf(terms.data),
    state: "accepted",
    error: "",
    startEpoch,
    endEpoch: startEpoch + BigInt(ddo.duration),
    startGiven: typeof ddo.start_epoch === "number",
    due: 0n,
  };
}

/** Adds what the deal does not have yet: its data, and how it can be retrieved. What it has stays as it is. */
export function addTo(deal: ProviderDeal, body: unknown): void {
  const additions = wellFormed(body, mk20Additions);
  if (additions.identifier !== deal.terms.identifier)
    throw new DealRefused(400, `the body is of deal ${additions.identifier}`);
  const { retrieval_v1 } = additions.products;
  if (deal.terms.data === undefined && additions.data !== undefined) {
    Object.assign(deal, piecesOf(additions.data));
    deal.terms.data = additions.data;
  }
  if (deal.terms.products.retrieval_v1 === undefined && retrieval_v1 !== undefined)
    deal.terms.products.retrieval_v1 = retrieval_v1;
}

function acceptTerms(ddo: AcceptedMk20Deal["products"]["ddo_v1"], provider: bigint): void {
  if (addressOr(425, ddo.provider, "provider") !== `f0${provider}`)
    throw new DealRefused(425, `the deal is for ${ddo.provider}, this is f0${provider}`);
  if (ddo.duration < MINIMUM_DURATION_EPOCHS)
    throw new DealRefused(441, `${ddo.duration} epochs are fewer than ${MINIMUM_DURATION_EPOCHS}`);
  if ((ddo.notification_address === undefined) !== (ddo.notification_payload === undefined))
    throw new DealRefused(425, "notification_address and notification_payload go together");
  if (ddo.notification_address !== undefined) addressOr(425, ddo.notification_address, "notification_address");
  if (typeof ddo.allocation_id === "number") throw new DealRefused(425, "allocations are not supported");
  if (ddo.market_address !== undefined && ddo.market_address !== "")
    throw new DealRefused(440, `the market contract ${ddo.market_address} is not enabled here: none is`);
}

function wellFormed<T extends typeof mk20Deal | typeof mk20Additions>(body: unknown, shape: T) {
  const products = (body as { products?: Record<string, unknown> } | null | undefined)?.products;
  if (products?.["pdp_v1"] !== undefined) throw new DealRefused(423, "pdp_v1 is not supported");
  const parsed = shape.safeParse(body);
  if (parsed.success) return parsed.data as ReturnType<T["parse"]>;
  const issue = parsed.error.issues[0]!;
  throw new DealRefused(issue.path[0] === "data" ? 430 : 400, `${issue.path.join(".")}: ${issue.message}`);
}

/** The data's piece, and the pieces inside it; throws DealRefused when the provider cannot get the bytes. */
function piecesOf(data: Data | undefined): Pick<ProviderDeal, "piece" | "members"> {
  if (data === undefined) return { piece: undefined, members: [] };
  const formats = Object.keys(data.format).length;
  if (formats !== 1) throw new DealRefused(430, `a piece has one format, not ${formats}`);
  const sources = Object.keys(data).filter((field) => field.startsWith("source_"));
  if (sources.length > 1) throw new DealRefused(430, `a piece has one source, not ${sources.join(" and ")}`);
  if (data.source_http === undefined && data.source_http_put === undefined)
    throw new DealRefused(422, "only source_http and source_http_put are supported");
  return {
    piece: pieceOf(data.piece_cid["/"]),
    members: (data.format.aggregate?.sub ?? []).map((sub) => pieceOf(sub.piece_cid["/"])),
  };
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
    return formatAddress(parseAddress(text));
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
