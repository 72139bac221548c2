import type { FastifyInstance } from "fastify";

import { parsePieceCid } from "../data/pieceCid";
import { wantedBytes } from "../storage/byteRange";
import { DealRefused } from "./dealRefused";
import { readShelved } from "./pieceShelf";
import type { StorageProvider } from "./provider";

/** `GET /piece/{cid}`, as the piece gateway has it: by piece CID v1 or v2, whole or a range. Nobody need sign. */
export function servePieces(http: FastifyInstance, provider: StorageProvider): void {
  http.get<{ Params: { cid: string } }>("/piece/:cid", async (request, reply) => {
    const shelved = provider.readable(wantedPiece(request.params.cid));
    if (shelved === undefined) throw new DealRefused(404, `no piece ${request.params.cid} can be read here`);
    const size = shelved.payloadBytes;
    void reply.headers({ "accept-ranges": "bytes", etag: `"${request.params.cid}"` }).type("application/octet-stream");
    const wanted = wantedBytes(request.headers.range, size);
    if (wanted === "unsatisfiable")
      return reply.code(416).header("content-range", `bytes */${size}`).type("text/plain").send("");
    const { first, last } = wanted === "everything" ? { first: 0n, last: size - 1n } : wanted;
    if (wanted !== "everything") void reply.code(206).header("content-range", `bytes ${first}-${last}/${size}`);
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
