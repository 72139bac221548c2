import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import Fastify from "fastify";

import type { Package } from "./packer";

/** Serves what providers were told to fetch: the packages under way, at `GET /piece/{cid}`. */
export async function servePackages(
  listen: { host: string; port: number },
  packageOf: (cid: string) => Promise<Package | undefined>,
): Promise<{ url: string; stop(): Promise<void> }> {
  const http = Fastify({ forceCloseConnections: true });
  http.get<{ Params: { cid: string } }>("/piece/:cid", async (request, reply) => {
    const found = await packageOf(request.params.cid);
    if (found === undefined) return reply.code(404).type("text/plain").send(`no package ${request.params.cid}`);
    void reply.type("application/octet-stream").header("content-length", found.piece.payloadBytes.toString());
    return reply.send(Readable.from(found.bytes()));
  });
  await http.listen(listen);
  const { address, port } = http.server.address() as AddressInfo;
  return { url: `http://${address.includes(":") ? `[${address}]` : address}:${port}`, stop: () => http.close() };
}
