import { Readable } from "node:stream";
import { z } from "zod";

import { curioAuthorization, type CurioIdentity } from "./curioAuth";
import { failureOf, MK20_OPERATIONS, Mk20Error, type Mk20Operation } from "./mk20Operations";
import {
  mk20Additions,
  mk20Deal,
  mk20Status,
  startUpload,
  supportedContracts,
  supportedProducts,
  supportedSources,
  uploadStatus,
  type Mk20Additions,
  type Mk20Deal,
  type Mk20Status,
  type Mk20UploadStatus,
} from "./mk20Wire";
import { sourceOfBytes, type UploadSource } from "./uploadSource";

export { Mk20Error } from "./mk20Operations";

/** Where a Curio node serves its market. */
export const MARKET_PATH = "/market/mk20";

const DEFAULT_TIMEOUT_MS = 30_000;
/** A piece streams for as long as it is large. */
const PIECE_TIMEOUT_MS = 30 * 60_000;
const SHOWN_REASON_CHARS = 300;
/** No answer but a piece is larger: 100 000 chunk numbers. */
const ANSWER_LIMIT_BYTES = 1 << 20;
const MINUTE_MS = 60_000;

export interface Mk20Options {
  /** Signs every request to the market. */
  identity?: CurioIdentity;
  timeoutMs?: number;
  signal?: AbortSignal;
  now?: () => Date;
}

interface Content {
  type: "application/json" | "application/octet-stream";
  /** Made again for each attempt. */
  body(): string | ReadableStream<Uint8Array>;
  bytes?: bigint;
}

/** One storage provider's market, and its pieces. */
export class Mk20Client {
  constructor(
    /** The provider's base URL. */
    readonly url: string,
    private readonly options: Mk20Options = {},
  ) {}

  /** Proposes a deal. Its identifier is the caller's, so after a lost answer `dealStatus` says whether it arrived. */
  async proposeDeal(deal: Mk20Deal): Promise<void> {
    await this.done(MK20_OPERATIONS.proposeDeal, {}, json(mk20Deal.parse(deal)));
  }

  /** The status of a deal; undefined when the provider does not know it. */
  async dealStatus(identifier: string): Promise<Mk20Status | undefined> {
    try {
      return await this.asked(MK20_OPERATIONS.dealStatus, mk20Status, { id: identifier });
    } catch (error) {
      if (!(error instanceof Mk20Error)) throw error;
      if (error.status === 404) return undefined;
      if (error.status !== 401) throw error;
      // Curio answers 401 for every deal that is not the signer's, also for one that it does not know. When it accepts
      // our signature for something else, it is the deal that it does not know.
      await this.products();
      return undefined;
    }
  }

  /** Adds what the deal does not have yet, such as its data; nothing that it has is replaced. */
  async updateDeal(identifier: string, additions: Mk20Additions): Promise<void> {
    await this.done(MK20_OPERATIONS.updateDeal, { id: identifier }, json(mk20Additions.parse(additions)));
  }

  /** Sends the bytes of a deal whose source is `source_http_put` in one stream, then says that they are all there.
   *  Large pieces go better with `uploadInChunks`. */
  async uploadDealData(
    identifier: string,
    payload: Uint8Array | UploadSource,
    additions?: Mk20Additions,
  ): Promise<void> {
    const source = payload instanceof Uint8Array ? sourceOfBytes(payload) : payload;
    await this.done(MK20_OPERATIONS.upload, { id: identifier }, stream(source, 0n, source.bytes - 1n));
    await this.done(MK20_OPERATIONS.finishUpload, { id: identifier }, additional(additions));
  }

  /** Announces an upload in chunks. */
  async startChunks(identifier: string, payloadBytes: bigint, chunkBytes: number): Promise<void> {
    const body = startUpload.parse({ raw_size: Number(payloadBytes), chunk_size: chunkBytes });
    await this.done(MK20_OPERATIONS.startChunks, { id: identifier }, json(body));
  }

  /** Which chunks are there; undefined when no upload in chunks was started. */
  async chunkStatus(identifier: string): Promise<Mk20UploadStatus | undefined> {
    try {
      return await this.asked(MK20_OPERATIONS.chunkStatus, uploadStatus, { id: identifier });
    } catch (error) {
      if (error instanceof Mk20Error && error.code === "UploadStatusCodeUploadNotStarted") return undefined;
      throw error;
    }
  }

  /** Sends bytes `first` to `last` of the payload as one chunk; one that is there already is fine. */
  async uploadChunk(identifier: string, chunk: number, source: UploadSource, first: bigint, last: bigint) {
    try {
      const place = { id: identifier, chunkNum: String(chunk) };
      await this.done(MK20_OPERATIONS.uploadChunk, place, stream(source, first, last));
    } catch (error) {
      if (!(error instanceof Mk20Error && error.code === "UploadChunkAlreadyUploaded")) throw error;
    }
  }

  /** All chunks are there. */
  async finishChunks(identifier: string, additions?: Mk20Additions): Promise<void> {
    await this.done(MK20_OPERATIONS.finishChunks, { id: identifier }, additional(additions));
  }

  async products(): Promise<string[]> {
    return (await this.asked(MK20_OPERATIONS.products, supportedProducts)).products;
  }

  async sources(): Promise<string[]> {
    return (await this.asked(MK20_OPERATIONS.sources, supportedSources)).sources;
  }

  async contracts(): Promise<string[]> {
    return (await this.asked(MK20_OPERATIONS.contracts, supportedContracts)).contracts;
  }

  /** The bytes of a piece, or of a range of it (`last` included), as they come: the caller checks them. */
  async piece(cid: string, range?: { first: bigint; last: bigint }): Promise<ReadableStream<Uint8Array>> {
    const headers: Record<string, string> = {};
    if (range !== undefined) headers["range"] = `bytes=${range.first}-${range.last}`;
    const response = await this.fetched("GET", `/piece/${cid}`, { headers }, PIECE_TIMEOUT_MS);
    if (!response.ok) throw await refusal(`GET ${this.url}/piece/${cid}`, { failures: {} }, response);
    if (range !== undefined && response.status !== 206)
      throw new Mk20Error(`${this.url} does not serve ranges of pieces`, "Unintelligible", false, response.status);
    if (response.body === null)
      throw new Mk20Error(`${this.url} sent an empty answer for ${cid}`, "Unintelligible", true, response.status);
    return response.body as ReadableStream<Uint8Array>;
  }

  private async asked<T extends z.ZodType>(operation: Mk20Operation, shape: T, place: Place = {}) {
    const response = await this.market(operation, place);
    const text = await textOf(response).catch((cause: unknown) => {
      const message = `${this.url} interrupted its answer to ${operation.path}`;
      throw new Mk20Error(message, "Unreachable", true, response.status, { cause });
    });
    try {
      return shape.parse(JSON.parse(text));
    } catch (cause) {
      const message = `${this.url} gave an answer to ${operation.path} that is not mk20`;
      throw new Mk20Error(message, "Unintelligible", false, response.status, { cause });
    }
  }

  private async done(operation: Mk20Operation, place: Place, content?: Content): Promise<void> {
    const response = await this.market(operation, place, content);
    await response.body?.cancel();
  }

  private async market(operation: Mk20Operation, place: Place, content?: Content): Promise<Response> {
    const path =
      MARKET_PATH + operation.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(place[name]!));
    const signedAt = this.now();
    let response = await this.send(operation.method, path, content, signedAt);
    // A signature holds for the minute it was made in; that minute may have ended on the way.
    const minute = (date: Date) => Math.floor(date.getTime() / MINUTE_MS);
    if (response.status === 401 && minute(this.now()) !== minute(signedAt)) {
      await response.body?.cancel();
      response = await this.send(operation.method, path, content, this.now());
    }
    if (response.ok) return response;
    throw await refusal(`${operation.method} ${this.url}${path}`, operation, response);
  }

  private send(method: string, path: string, content: Content | undefined, now: Date): Promise<Response> {
    const headers: Record<string, string> = {};
    if (content !== undefined) headers["content-type"] = content.type;
    if (content?.bytes !== undefined) headers["content-length"] = content.bytes.toString();
    if (this.options.identity !== undefined)
      headers["authorization"] = curioAuthorization(this.options.identity, method, path, now);
    const timeoutMs = content?.type === "application/octet-stream" ? PIECE_TIMEOUT_MS : undefined;
    return this.fetched(method, path, { headers, body: content?.body() }, timeoutMs);
  }

  private async fetched(
    method: string,
    path: string,
    init: { headers: Record<string, string>; body?: string | ReadableStream<Uint8Array> | undefined },
    timeoutMs = this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
  ): Promise<Response> {
    try {
      // A provider's redirects would take the signature, and us, wherever it likes.
      const request = { method, ...init, duplex: "half", redirect: "error", signal: this.signal(timeoutMs) };
      return await fetch(new URL(path, this.url), request as RequestInit);
    } catch (cause) {
      throw new Mk20Error(`${method} ${this.url}${path} got no answer`, "Unreachable", true, undefined, { cause });
    }
  }

  private now(): Date {
    return this.options.now?.() ?? new Date();
  }

  private signal(timeoutMs: number): AbortSignal {
    const timeout = AbortSignal.timeout(timeoutMs);
    return this.options.signal === undefined ? timeout : AbortSignal.any([timeout, this.options.signal]);
  }
}

/** What stands in the braces of an operation's path. */
type Place = Readonly<Record<string, string>>;

function json(value: unknown): Content {
  return { type: "application/json", body: () => JSON.stringify(value) };
}

function additional(additions: Mk20Additions | undefined): Content | undefined {
  return additions === undefined ? undefined : json(mk20Additions.parse(additions));
}

function stream(source: UploadSource, first: bigint, last: bigint): Content {
  return {
    type: "application/octet-stream",
    body: () => Readable.toWeb(Readable.from(source.open(first, last))) as ReadableStream<Uint8Array>,
    bytes: last - first + 1n,
  };
}

async function refusal(
  request: string,
  operation: Pick<Mk20Operation, "failures">,
  response: Response,
): Promise<Mk20Error> {
  const reason = (await textOf(response).catch(() => "")).trim().slice(0, SHOWN_REASON_CHARS);
  const { name, retryable } = failureOf(operation, response.status);
  return new Mk20Error(`${request}: ${name} (${response.status}) ${reason}`.trim(), name, retryable, response.status);
}

/** A body, cut off at a size that no answer has: the other side may send what it likes. */
async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > ANSWER_LIMIT_BYTES) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}
