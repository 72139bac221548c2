import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";

import { parsePieceCid } from "../data/pieceCid";
import { verifyCurioAuthorization } from "../storage/curioAuth";
import { formatAddress } from "../storage/filecoinAddress";
import { MARKET_PATH } from "../storage/mk20";
import { readShelved } from "./pieceShelf";
import { DealRefused, statusOf } from "./providerDeals";
import type { StorageProvider } from "./provider";

export interface ProviderServer {
  port: number;
  stop(): Promise<void>;
}

const BODY_LIMIT = 4 << 20;
const UPLOAD_LIMIT = 1 << 30;

/** A provider's HTTP: mk20 as Curio serves it, and the piece gateway. Loopback only. */
export async function serveProvider(provider: StorageProvider, port: number): Promise<ProviderServer> {
  const http = Fastify({ bodyLimit: BODY_LIMIT, forceCloseConnections: true });
  http.removeAllContentTypeParsers();
  http.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
    try {
      done(null, body === "" ? undefined : JSON.parse(body as string));
    } catch {
      done(new DealRefused(400, "the body is no JSON"));
    }
  });
  http.addContentTypeParser("application/octet-stream", (_request, payload, done) => done(null, payload));
  http.setErrorHandler((error, _request, reply) => {
    const refused =
      error instanceof DealRefused ? error : new DealRefused(statusCodeOf(error), (error as Error).message);
    return reply.code(refused.status).type("text/plain").send(`Reason: ${refused.message}`);
  });
  http.addHook("onRequest", async () => {
    if (provider.manners.delayMs > 0) await pause(provider.manners.delayMs);
  });
  market(http, provider);
  pieces(http, provider);
  await http.listen({ host: "127.0.0.1", port });
  return { port: (http.server.address() as AddressInfo).port, stop: () => http.close() };
}

function statusCodeOf(error: unknown): number {
  const status = (error as { statusCode?: number }).statusCode;
  return status !== undefined && status >= 400 ? status : 500;
}

function market(http: FastifyInstance, provider: StorageProvider): void {
  http.post(`${MARKET_PATH}/deal`, async (request, reply) => {
    const client = signerOf(request);
    if ((request.body as { client?: unknown } | undefined)?.client !== client)
      throw new DealRefused(401, `the deal's client is not ${client}, who signed the request`);
    await provider.propose(request.body);
    return reply.send("");
  });
  http.get<{ Params: { id: string } }>(`${MARKET_PATH}/status/:id`, async (request) => {
    signerOf(request);
    const deal = provider.deals.get(request.params.id);
    if (deal === undefined) throw new DealRefused(404, `no deal ${request.params.id}`);
    return statusOf(deal);
  });
  http.put<{ Params: { id: string } }>(
    `${MARKET_PATH}/upload/:id`,
    { bodyLimit: UPLOAD_LIMIT },
    async (request, reply) => {
      signerOf(request);
      await provider.receive(request.params.id, request.body as Readable);
      return reply.send("");
    },
  );
  http.post<{ Params: { id: string } }>(`${MARKET_PATH}/upload/:id`, async (request, reply) => {
    signerOf(request);
    provider.finishUpload(request.params.id);
    return reply.send("");
  });
  http.post(`${MARKET_PATH}/update/:id`, async (request) => {
    signerOf(request);
    throw new DealRefused(400, "deals of this provider are not updated: propose a new one");
  });
  http.get(`${MARKET_PATH}/products`, async () => ({ products: ["ddo_v1", "retrieval_v1"] }));
  http.get(`${MARKET_PATH}/sources`, async () => ({ sources: ["http", "put"] }));
  http.get(`${MARKET_PATH}/contracts`, async () => ({ contracts: [] }));
}

function signerOf(request: FastifyRequest): string {
  const { pathname } = new URL(request.url, "http://provider");
  try {
    return formatAddress(verifyCurioAuthorization(request.headers.authorization, request.method, pathname, new Date()));
  } catch (cause) {
    throw new DealRefused(401, (cause as Error).message);
  }
}

function pieces(http: FastifyInstance, provider: StorageProvider): void {
  http.get<{ Params: { cid: string } }>("/piece/:cid", async (request, reply) => {
    const shelved = provider.readable(wantedPiece(request.params.cid));
    if (shelved === undefined) throw new DealRefused(404, `no piece ${request.params.cid} can be read here`);
    const size = shelved.payloadBytes;
    void reply.headers({ "accept-ranges": "bytes", etag: `"${request.params.cid}"` }).type("application/octet-stream");
    const range = rangeOf(request.headers.range, size);
    if (range === "unsatisfiable") return refuseRange(reply, size);
    if (range !== undefined) void reply.code(206).header("content-range", `bytes ${range.first}-${range.last}/${size}`);
    const { first, last } = range ?? { first: 0n, last: size - 1n };
    void reply.header("content-length", (last - first + 1n).toString());
    return request.method === "HEAD" ? reply.send() : reply.send(readShelved(shelved, first, last));
  });
}

function wantedPiece(cid: string): ReturnType<typeof parsePieceCid> {
  try {
    return parsePieceCid(cid);
  } catch (cause) {
    throw new DealRefused(400, (cause as Error).message);
  }
}

function refuseRange(reply: FastifyReply, size: bigint): FastifyReply {
  return reply.code(416).header("content-range", `bytes */${size}`).type("text/plain").send("");
}

/** One range as RFC 9110 has it; several, or none that can be read, are answered by the whole. */
function rangeOf(
  header: string | undefined,
  size: bigint,
): { first: bigint; last: bigint } | "unsatisfiable" | undefined {
  const match = /^bytes=(\d{0,18})-(\d{0,18})$/.exec(header ?? "");
  if (!match || (match[1] === "" && match[2] === "")) return undefined;
  if (match[1] === "") {
    const length = BigInt(match[2]!);
    if (length === 0n || size === 0n) return "unsatisfiable";
    return { first: length >= size ? 0n : size - length, last: size - 1n };
  }
  const first = BigInt(match[1]!);
  if (first >= size) return "unsatisfiable";
  const last = match[2] === "" ? size - 1n : BigInt(match[2]!);
  if (last < first) return undefined;
  return { first, last: last >= size ? size - 1n : last };
}
