import type { FastifyInstance } from "fastify";

import { plain } from "../../service/json";
import type { ServerParts } from "./parts";

/** `GET /healthz` and `GET /metrics`. */
export function healthRoutes(server: FastifyInstance, { loop, metrics, miner }: ServerParts): void {
  /** Answers 503 after several failed ticks in a row, for a supervisor that restarts the miner or alerts. */
  server.get("/healthz", async (_request, reply) => {
    const healthy = loop.failures < 3;
    const body = {
      status: healthy ? "ok" : "failing",
      epoch: loop.lastTick?.epoch,
      deals: loop.lastTick?.deals,
      problems: loop.lastTick?.problems.map(({ deal, error }) => ({ deal, error: error.message })),
      failures: loop.failures,
      error: loop.lastError?.message,
      address: miner.parts.outbox.address,
    };
    return reply.code(healthy ? 200 : 503).send(plain(body));
  });

  server.get("/metrics", async (_request, reply) => {
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}
