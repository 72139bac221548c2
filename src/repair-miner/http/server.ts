import rateLimit from "@fastify/rate-limit";
import fastify, { type FastifyInstance } from "fastify";

import { dealRoutes } from "./deals";
import { healthRoutes } from "./health";
import type { ServerParts } from "./parts";
import { pieceRoutes } from "./pieces";
import { useProblems } from "../../service/http/problem";

/** A proposal may list a thousand providers. */
const MAX_JSON_BYTES = 1 << 17;
/** A payload of 32 GiB over a slow line. */
const MAX_REQUEST_MS = 24 * 60 * 60_000;
const IDLE_MS = 120_000;

/** What clients and providers reach; nothing listens yet. */
export async function buildServer(parts: ServerParts): Promise<FastifyInstance> {
  const { log } = parts.miner.parts;
  const server = fastify({
    // Requests are counted, not logged; what goes wrong is.
    loggerInstance: log.isLevelEnabled("warn") ? log.child({}, { level: "warn" }) : log,
    bodyLimit: MAX_JSON_BYTES,
    requestTimeout: MAX_REQUEST_MS,
    // A connection on which nothing moves is closed; the whole transfer may take as long as it needs.
    connectionTimeout: IDLE_MS,
    forceCloseConnections: true,
  }) as unknown as FastifyInstance;
  useProblems(server);
  await server.register(rateLimit, { max: parts.requestsPerMinute, timeWindow: "1 minute" });
  dealRoutes(server, parts);
  pieceRoutes(server, parts);
  healthRoutes(server, parts);
  return server;
}
