import type { AddressInfo } from "node:net";
import Fastify from "fastify";

import { controlRequest, type ControlAnswer, type ControlRequest } from "./controlWire";

/** The HTTP server that takes commands from a second terminal. Loopback only. */
export async function serveControl(
  carryOut: (request: ControlRequest) => Promise<ControlAnswer>,
): Promise<{ url: string; stop(): Promise<void> }> {
  const http = Fastify({ forceCloseConnections: true });
  http.setErrorHandler((error, _request, reply) =>
    reply
      .code(400)
      .type("text/plain")
      .send((error as Error).message),
  );
  http.post("/control", async (request) => carryOut(controlRequest.parse(request.body)));
  await http.listen({ host: "127.0.0.1", port: 0 });
  return { url: `http://127.0.0.1:${(http.server.address() as AddressInfo).port}`, stop: () => http.close() };
}
