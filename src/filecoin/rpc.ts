import { inspect } from "node:util";

/** What a program needs of a node: JSON-RPC requests, nothing else. */
export interface JsonRpc {
  request<T = unknown>(method: string, params?: readonly unknown[], signal?: AbortSignal): Promise<T>;
}

/** A log as `eth_getLogs` and receipts give it. */
export interface RawLog {
  address: string;
  data: string;
  topics: string[];
  blockNumber: string;
  transactionHash: string;
  logIndex: string;
}

/** The node answered with an error. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  constructor(
    readonly method: string,
    readonly code: number,
    message: string,
    readonly data?: unknown,
  ) {
    super(message);
  }
}

/**
 * The node did not answer: refused, timed out, or sent something that is not JSON-RPC. Trying again may help. It ends in logs
 * and in the store, so it shows only the origin of the node's URL: the rest may hold a key.
 */
export class RpcUnreachableError extends Error {
  override readonly name = "RpcUnreachableError";
  readonly retryable = true;
  /** Scheme, host and port. */
  readonly origin: string;
  constructor(
    url: string,
    readonly method: string,
    readonly timedOut: boolean,
    reason: string,
    options?: ErrorOptions,
  ) {
    const origin = originOf(url);
    super(`${method} at ${origin}: ${reason}`, options);
    this.origin = origin;
  }
}

function originOf(url: string): string {
  const { protocol, host } = URL.canParse(url) ? new URL(url) : { protocol: "", host: "" };
  return host === "" ? "the node" : `${protocol}//${host}`;
}

interface Answer {
  result?: unknown;
  error?: { code: number; message: string; data?: unknown };
}

/** JSON-RPC over HTTP, with a time limit on every request. */
export class HttpRpc implements JsonRpc {
  private lastId = 0;

  constructor(
    readonly url: string,
    private readonly timeoutMs = 60_000,
    private readonly headers: Record<string, string> = {},
  ) {}

  async request<T>(method: string, params: readonly unknown[] = [], signal?: AbortSignal): Promise<T> {
    const limit = AbortSignal.timeout(this.timeoutMs);
    const body = JSON.stringify({ jsonrpc: "2.0", id: ++this.lastId, method, params });
    const headers = { "content-type": "application/json", ...this.headers };
    let answer: Answer;
    try {
      const both = signal === undefined ? limit : AbortSignal.any([limit, signal]);
      const response = await fetch(this.url, { method: "POST", headers, body, signal: both });
      answer = this.parse(method, response.status, await response.text());
    } catch (cause) {
      if (signal?.aborted === true || cause instanceof RpcUnreachableError) throw cause;
      const reason = limit.aborted ? `no answer within ${this.timeoutMs / 1000} s` : whyFetchFailed(cause, this.url);
      // Of a URL that it cannot use, `fetch` repeats all.
      const shown = inspect(cause).includes(this.url) ? {} : { cause };
      throw new RpcUnreachableError(this.url, method, limit.aborted, reason, shown);
    }
    if (answer.error !== undefined) {
      throw new RpcError(method, answer.error.code, answer.error.message, answer.error.data);
    }
    return answer.result as T;
  }

  private parse(method: string, status: number, text: string): Answer {
    try {
      const answer = JSON.parse(text) as Answer;
      if ("result" in answer || answer.error !== undefined) return answer;
    } catch {
      // Gateways answer in plain text or HTML when they are overloaded: the status says more.
    }
    throw new RpcUnreachableError(this.url, method, status === 504 || status === 408, `HTTP ${status}`);
  }
}

function whyFetchFailed(cause: unknown, url: string): string {
  const inner = (cause as { cause?: { code?: string; message?: string } }).cause;
  const reason = inner?.code ?? inner?.message ?? (cause as Error).message;
  return reason.replaceAll(url, "the node's URL");
}

/** The part of EIP-1193 that Hardhat's own provider has. */
export interface Eip1193Provider {
  request(args: { method: string; params?: unknown[] }): Promise<unknown>;
}

/** Hardhat's in-process network, with the same errors as over HTTP. */
export class ProviderRpc implements JsonRpc {
  constructor(private readonly provider: Eip1193Provider) {}

  async request<T>(method: string, params: readonly unknown[] = []): Promise<T> {
    try {
      return (await this.provider.request({ method, params: [...params] })) as T;
    } catch (cause) {
      const { code, message, data } = cause as { code?: number; message: string; data?: unknown };
      throw new RpcError(method, code ?? -32603, message, data);
    }
  }
}
