import type { FastifyInstance } from "fastify";

import { parsePieceCid } from "../../data/pieceCid";
import { sendBytes } from "../../service/http/byteRange";
import { DealRefused } from "./dealRefused";
import { readShelved } from "./pieceShelf";
import type { StorageProvider } from "./provider";

/** `GET /piece/{cid}`, as the piece gateway has it: by piece CID v1 or v2, whole or a range. Requests need no signature. */
export function servePieces(http: FastifyInstance, provider: StorageProvider): void {
  http.get<{ Params: { cid: string } }>("/piece/:cid", async (request, reply) => {
    const shelved = provider.readable(wantedPiece(request.params.cid));
    if (shelved === undefined) throw new DealRefused(404, `the piece ${request.params.cid} cannot be read here`);
    return sendBytes(request, reply, {
      name: request.params.cid,
      size: shelved.payloadBytes,
      read: (range) => readShelved(shelved, range?.first, range?.last),
    });
  });
}

function wantedPiece(cid: string): ReturnType<typeof parsePieceCid> {
  try {
    return parsePieceCid(cid);
  } catch (cause) {
    throw new DealRefused(400, (cause as Error).message);
  }
}
