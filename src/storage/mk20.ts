import { z } from "zod";

import { curioAuthorization, type CurioIdentity } from "./curioAuth";
import { MK20_ERRORS, mk20Deal, mk20Status, type Mk20Deal, type Mk20Status } from "./mk20Wire";

/** Where a Curio node serves its market. */
export const MARKET_PATH = "/market/mk20";

const DEFAULT_TIMEOUT_MS = 30_000;
/** A piece streams for as long as it is large. */
const PIECE_TIMEOUT_MS = 30 * 60_000;
const SHOWN_REASON_CHARS = 300;

/** A provider said no, or could not be understood. `retryable`: the same request may succeed later. */
export class Mk20Error extends Error {
  override readonly name = "Mk20Error";
  constructor(
    message: string,
    /** The code's name in Curio, `Unreachable` when no answer came, `Unintelligible` when it is not mk20. */
    readonly code: string,
    readonly retryable: boolean,
    readonly status?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface Mk20Options {
  /** Signs the requests that need a signature. */
  identity?: CurioIdentity;
  timeoutMs?: number;
  signal?: AbortSignal;
  now?: () => Date;
}

/** One storage provider's market, and its pieces. */
export class Mk20Client {
  constructor(
    /** The provider's base URL. */
    readonly url: string,
    private readonly options: Mk20Options = {},
  ) {}

  /** Proposes a deal. Its identifier is the caller's, so a lost answer is cleared up by `dealStatus`. */
  async proposeDeal(deal: Mk20Deal): Promise<void> {
    const body = JSON.stringify(mk20Deal.parse(deal));
    await this.market("POST", "/deal", { body, type: "application/json" });
  }

  /** How a deal stands; undefined when the provider never heard of it. */
  async dealStatus(identifier: string): Promise<Mk20Status | undefined> {
    try {
      const response = await this.market("GET", `/status/${identifier}`);
      return await understood(this.url, response, mk20Status);
    } catch (error) {
      if (error instanceof Mk20Error && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Replaces the terms of a deal that is not sealed yet. */
  async updateDeal(identifier: string, deal: Mk20Deal): Promise<void> {
    const body = JSON.stringify(mk20Deal.parse(deal));
    await this.market("POST", `/update/${identifier}`, { body, type: "application/json" });
  }

  /** Sends the bytes of a deal whose source is `source_http_put`, then says that they are all there. */
  async uploadDealData(identifier: string, bytes: Uint8Array, deal?: Mk20Deal): Promise<void> {
    await this.market("PUT", `/upload/${identifier}`, { body: bytes, type: "application/octet-stream" });
    const body = deal === undefined ? undefined : JSON.stringify(mk20Deal.parse(deal));
    await this.market("POST", `/upload/${identifier}`, { body, type: "application/json" });
  }

  async products(): Promise<string[]> {
    const answer = z.object({ products: z.array(z.string()) });
    return (await understood(this.url, await this.market("GET", "/products"), answer)).products;
  }

  async sources(): Promise<string[]> {
    const answer = z.object({ sources: z.array(z.string()) });
    return (await understood(this.url, await this.market("GET", "/sources"), answer)).sources;
  }

  async contracts(): Promise<string[]> {
    const answer = z.object({ contracts: z.array(z.string()) });
    return (await understood(this.url, await this.market("GET", "/contracts"), answer)).contracts;
  }

  /** The bytes of a piece, or of a range of it (`last` included), as they come: the caller checks them. */
  async piece(cid: string, range?: { first: bigint; last: bigint }): Promise<ReadableStream<Uint8Array>> {
    const headers = range === undefined ? undefined : { range: `bytes=${range.first}-${range.last}` };
    const response = await this.request("GET", `/piece/${cid}`, { headers }, PIECE_TIMEOUT_MS);
    if (range !== undefined && response.status !== 206)
      throw new Mk20Error(`${this.url} does not serve ranges of pieces`, "Unintelligible", false, response.status);
    if (response.body === null)
      throw new Mk20Error(`${this.url} sent an empty answer for ${cid}`, "Unintelligible", true, response.status);
    return response.body as ReadableStream<Uint8Array>;
  }

  private market(
    method: string,
    path: string,
    { body, type }: { body?: string | Uint8Array | undefined; type?: string } = {},
  ): Promise<Response> {
    const headers: Record<string, string> = {};
    if (body !== undefined && type !== undefined) headers["content-type"] = type;
    if (this.options.identity !== undefined) {
      const now = this.options.now?.() ?? new Date();
      headers["authorization"] = curioAuthorization(this.options.identity, method, MARKET_PATH + path, now);
    }
    return this.request(method, MARKET_PATH + path, { headers, body });
  }

  private async request(
    method: string,
    path: string,
    init: { headers?: Record<string, string> | undefined; body?: string | Uint8Array | undefined },
    timeoutMs = this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
  ): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(new URL(path, this.url), {
        method,
        ...init,
        signal: this.signal(timeoutMs),
      } as RequestInit);
    } catch (cause) {
      throw new Mk20Error(`${method} ${this.url}${path} got no answer`, "Unreachable", true, undefined, { cause });
    }
    if (response.ok) return response;
    throw await refusal(`${method} ${this.url}${path}`, response);
  }

  private signal(timeoutMs: number): AbortSignal {
    const timeout = AbortSignal.timeout(timeoutMs);
    return this.options.signal === undefined ? timeout : AbortSignal.any([timeout, this.options.signal]);
  }
}

async function refusal(request: string, response: Response): Promise<Mk20Error> {
  const reason = (await response.text().catch(() => "")).trim().slice(0, SHOWN_REASON_CHARS);
  const known = MK20_ERRORS[response.status];
  const name = known?.name ?? `HTTP${response.status}`;
  const retryable = known?.retryable ?? response.status >= 500;
  return new Mk20Error(`${request}: ${name} (${response.status}) ${reason}`.trim(), name, retryable, response.status);
}

async function understood<T extends z.ZodType>(url: string, response: Response, shape: T): Promise<z.output<T>> {
  try {
    return shape.parse(await response.json());
  } catch (cause) {
    throw new Mk20Error(`${url} answered in no shape of mk20`, "Unintelligible", false, response.status, { cause });
  }
}
