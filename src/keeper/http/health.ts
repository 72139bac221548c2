import type { FastifyInstance } from "fastify";

import { plain } from "../../service/json";
import type { NodeParts } from "./parts";

export function healthRoutes(server: FastifyInstance, { loop, metrics, keeper }: NodeParts): void {
  /** 503 once ticks fail again and again: for whatever restarts or alerts. */
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
