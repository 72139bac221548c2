import rateLimit from "@fastify/rate-limit";
import fastify, { type FastifyInstance } from "fastify";

import { useGuard } from "../../service/http/guard";
import { healthRoutes } from "./health";
import { jobRoutes } from "./jobs";
import type { NodeParts } from "./parts";
import { pieceRoutes } from "./pieces";
import { useProblems } from "../../service/http/problem";

const MAX_JSON_BYTES = 1 << 20;
const MAX_REQUEST_MS = 15 * 60_000;

/** The node's HTTP interface; nothing listens yet. */
export async function buildServer(parts: NodeParts): Promise<FastifyInstance> {
  const server = fastify({
    // Requests are counted, not logged; what goes wrong is.
    loggerInstance: parts.keeper.log.child({}, { level: "warn" }),
    bodyLimit: MAX_JSON_BYTES,
    requestTimeout: MAX_REQUEST_MS,
    forceCloseConnections: "idle",
  }) as unknown as FastifyInstance;
  useProblems(server);
  await server.register(rateLimit, { max: parts.requestsPerMinute, timeWindow: "1 minute" });
  useGuard(server, parts.token);
  jobRoutes(server, parts);
  pieceRoutes(server, parts);
  healthRoutes(server, parts);
  return server;
}
