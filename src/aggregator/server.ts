import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import Fastify from "fastify";

import { sendBytes } from "../service/http/byteRange";
import type { Package } from "./packer";

/** Serves what providers were told to fetch: the packages under way, at `GET /piece/{cid}`. */
export async function servePackages(
  listen: { host: string; port: number },
  packageOf: (cid: string) => Promise<Package | undefined>,
): Promise<{ url: string; stop(): Promise<void> }> {
  const http = Fastify({ forceCloseConnections: true });
  http.get<{ Params: { cid: string } }>("/piece/:cid", async (request, reply) => {
    const found = await packageOf(request.params.cid);
    if (found === undefined)
      return reply.code(404).type("text/plain").send(`There is no package ${request.params.cid} here.`);
    return sendBytes(request, reply, {
      name: found.cid,
      size: found.piece.payloadBytes,
      read: (range) => Readable.from(range === undefined ? found.bytes() : part(found.bytes(), range)),
    });
  });
  await http.listen(listen);
  const { address, port } = http.server.address() as AddressInfo;
  return { url: `http://${address.includes(":") ? `[${address}]` : address}:${port}`, stop: () => http.close() };
}

/** The bytes of a range, both ends included; a package is made as it is read, so what comes before is made and dropped. */
async function* part(
  chunks: AsyncIterable<Uint8Array>,
  { first, last }: { first: bigint; last: bigint },
): AsyncGenerator<Uint8Array> {
  let [skip, left] = [first, last - first + 1n];
  for await (const chunk of chunks) {
    const length = BigInt(chunk.length);
    if (skip >= length) {
      skip -= length;
      continue;
    }
    const end = skip + left < length ? skip + left : length;
    yield chunk.subarray(Number(skip), Number(end));
    left -= end - skip;
    skip = 0n;
    if (left === 0n) return;
  }
}
