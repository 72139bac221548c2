import type { FastifyInstance } from "fastify";

import { plain } from "../../service/json";
import type { NodeParts } from "./parts";

export function healthRoutes(server: FastifyInstance, { loop, metrics, keeper }: NodeParts): void {
  /** 503 once three ticks in a row have failed: for programs that restart the node or raise an alert. */
  server.get("/healthz", async (_request, reply) => {
    const healthy = loop.failures < 3;
    const body = {
      status: healthy ? "ok" : "failing",
      epoch: loop.lastTick?.epoch,
      lastTickAt: loop.lastTickAt,
      failures: loop.failures,
      error: loop.lastError?.message,
      address: keeper.outbox.address,
    };
    return reply.code(healthy ? 200 : 503).send(plain(body));
  });

  server.get("/metrics", async (_request, reply) => {
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}
