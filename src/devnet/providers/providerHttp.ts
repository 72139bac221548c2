import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import Fastify, { type FastifyInstance } from "fastify";

import { DealRefused } from "./dealRefused";
import { serveMarket } from "./marketHttp";
import { servePieces } from "./pieceGateway";
import { type ProviderOptions, type ProviderServer, StorageProvider } from "./provider";

const BODY_LIMIT = 4 << 20;

/** A provider that answers. */
export async function startProvider(options: ProviderOptions): Promise<StorageProvider> {
  return StorageProvider.start(options, serveProvider);
}

/** A provider's HTTP: mk20 as Curio serves it, and the piece gateway. Loopback only. */
async function serveProvider(provider: StorageProvider, port: number): Promise<ProviderServer> {
  const http = Fastify({ bodyLimit: BODY_LIMIT, forceCloseConnections: true });
  takeBodies(http);
  http.setErrorHandler((error, _request, reply) => {
    const refused =
      error instanceof DealRefused ? error : new DealRefused(statusCodeOf(error), (error as Error).message);
    return reply.code(refused.status).type("text/plain").send(`Reason: ${refused.message}`);
  });
  http.addHook("onRequest", async (request, reply) => {
    if (provider.manners.delayMs > 0) await pause(provider.manners.delayMs);
    const failure = provider.manners.nextFailure();
    if (failure === "error") throw new DealRefused(500, "this request fails on purpose (flaky)");
    if (failure === "reset") {
      reply.hijack();
      request.raw.socket.resetAndDestroy();
    }
  });
  serveMarket(http, provider);
  servePieces(http, provider);
  await http.listen({ host: "127.0.0.1", port });
  return { port: (http.server.address() as AddressInfo).port, stop: () => http.close() };
}

/** JSON whole, bytes as they come. */
function takeBodies(http: FastifyInstance): void {
  http.removeAllContentTypeParsers();
  http.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
    try {
      done(null, body === "" ? undefined : JSON.parse(body as string));
    } catch {
      done(new DealRefused(400, "the body is not JSON"));
    }
  });
  http.addContentTypeParser("application/octet-stream", (_request, payload, done) => done(null, payload));
}

function statusCodeOf(error: unknown): number {
  const status = (error as { statusCode?: number }).statusCode;
  if (status === 415) return 400; // as Curio answers a content type that it does not take
  return status !== undefined && status >= 400 ? status : 500;
}
