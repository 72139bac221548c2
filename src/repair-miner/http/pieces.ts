import { hexlify } from "ethers";
import type { FastifyInstance, FastifyReply } from "fastify";

import { parsePieceCid } from "../../data/pieceCid";
import { Problem } from "../../keeper/http/problem";
import { parseRange } from "../../keeper/http/range";
import type { ServerParts } from "./parts";

/** Shards whose bytes are here, for the providers that are to seal them; a range where one is asked for. */
export function pieceRoutes(server: FastifyInstance, { miner }: ServerParts): void {
  const { deals, shards } = miner.parts;

  server.get<{ Params: { cid: string } }>("/piece/:cid", async (request, reply) => {
    const { cid } = request.params;
    const known = await deals.shardsWithRoot(hexlify(parsePieceCid(cid).root));
    const held = known.find(({ deal, shard }) => shards.has(deal, shard));
    if (held === undefined) {
      throw new Problem(404, "not-held", "The bytes are not here", `This miner does not hold ${cid} just now.`);
    }
    const size = await shards.bytes(held.deal, held.shard);
    const range = parseRange(request.headers.range, size);
    if (range === "unsatisfiable") return refuseRange(reply, size);
    const { start, end } = range ?? { start: 0, end: size - 1 };
    void reply.headers({ "accept-ranges": "bytes", etag: `"${cid}"`, "content-type": "application/octet-stream" });
    void reply.headers({ "x-content-type-options": "nosniff", "content-length": end - start + 1 });
    if (range !== undefined) void reply.code(206).header("content-range", `bytes ${start}-${end}/${size}`);
    return reply.send(shards.read(held.deal, held.shard, { start, end }));
  });
}

function refuseRange(reply: FastifyReply, size: number): never {
  void reply.header("content-range", `bytes */${size}`);
  throw new Problem(416, "range", "No such range", `The piece's payload has ${size} bytes.`);
}
