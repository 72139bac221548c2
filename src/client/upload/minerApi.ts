import { createReadStream } from "node:fs";

import { z } from "zod";

import { toJson } from "../../service/json";
import {
  type BidNotice,
  type DealAnswer,
  dealAnswerSchema,
  type MinerTerms,
  type Proposal,
  termsSchema,
} from "../../protocol/negotiationWire";

const TIMEOUT_MS = 60_000;

/** The repair miner refused, and why. */
export class MinerRefusedError extends Error {
  override readonly name = "MinerRefusedError";
  constructor(
    readonly url: string,
    readonly status: number,
    /** The refusal's code on the wire, when it has one. */
    readonly code: string,
    detail: string,
  ) {
    super(detail);
  }
}

/** The repair miner did not answer, or not in the form of its HTTP interface. The same request may succeed later. */
export class MinerUnreachableError extends Error {
  override readonly name = "MinerUnreachableError";
  readonly retryable = true;
}

const problemSchema = z.object({
  code: z.string().optional(),
  type: z.string().optional(),
  detail: z.string().optional(),
});

/** A repair miner as its client sees it. */
export class MinerApi {
  constructor(
    readonly url: string,
    private readonly signal?: AbortSignal,
  ) {}

  async terms(): Promise<MinerTerms> {
    return this.json("GET", "/terms", termsSchema);
  }

  async propose(proposal: Proposal): Promise<DealAnswer> {
    return this.json("POST", "/deals", dealAnswerSchema, proposal);
  }

  async bid(id: string, notice: BidNotice): Promise<DealAnswer> {
    return this.json("POST", `/deals/${id}/bid`, dealAnswerSchema, notice);
  }

  /** With the binding acceptance once there is one. */
  async accept(id: string): Promise<DealAnswer> {
    return this.json("POST", `/deals/${id}/accept`, dealAnswerSchema, {});
  }

  async deal(id: string): Promise<DealAnswer> {
    return this.json("GET", `/deals/${id}`, dealAnswerSchema);
  }

  /** Sends a range of a file as a data shard, without holding it in memory. */
  async upload(id: string, shard: number, range: FilePart, onBytes?: (bytes: number) => void): Promise<void> {
    const body = range.length === 0 ? new Uint8Array(0) : counted(range, onBytes);
    const headers = { "content-type": "application/octet-stream" };
    const response = await this.request(`/deals/${id}/shards/${shard}`, { method: "PUT", headers, body });
    await response.body?.cancel();
  }

  private async json<T>(method: string, path: string, schema: z.ZodType<T>, body?: unknown): Promise<T> {
    const response = await this.request(path, {
      method,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined ? {} : { body: toJson(body), headers: { "content-type": "application/json" } }),
    });
    try {
      return schema.parse(await response.json());
    } catch (cause) {
      const why = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message;
      throw new MinerUnreachableError(`${this.url} does not answer like a repair miner: ${why}`, { cause });
    }
  }

  private async request(path: string, init: Omit<RequestInit, "body"> & { body?: unknown }): Promise<Response> {
    const signals = [init.signal, this.signal].filter((signal) => signal !== undefined && signal !== null);
    let response: Response;
    try {
      const sent = { ...init, signal: AbortSignal.any(signals), duplex: "half", redirect: "error" } as RequestInit;
      response = await fetch(`${this.url.replace(/\/$/, "")}${path}`, sent);
    } catch (cause) {
      this.signal?.throwIfAborted();
      const { code, message } = (cause as { cause?: { code?: string; message?: string } }).cause ?? {};
      throw new MinerUnreachableError(`${this.url}: ${code ?? message ?? (cause as Error).message}`, { cause });
    }
    if (response.ok) return response;
    throw await refusalOf(this.url, response);
  }
}

async function refusalOf(url: string, response: Response): Promise<Error> {
  const text = await response.text();
  try {
    const { code, type, detail } = problemSchema.parse(JSON.parse(text));
    const reason = code ?? type?.split(":").at(-1) ?? "refused";
    if (response.status < 500 || code !== undefined)
      return new MinerRefusedError(url, response.status, reason, detail ?? reason);
  } catch {
    // No problem details: whatever stands before the miner answered.
  }
  return new MinerUnreachableError(`${url}: HTTP ${response.status} ${text.slice(0, 200)}`.trim());
}

interface FilePart {
  file: string;
  offset: number;
  length: number;
}

async function* counted({ file, offset, length }: FilePart, onBytes?: (bytes: number) => void) {
  for await (const chunk of createReadStream(file, {
    start: offset,
    end: offset + length - 1,
    highWaterMark: 1 << 18,
  })) {
    onBytes?.((chunk as Uint8Array).length);
    yield chunk as Uint8Array;
  }
}
