import { hexlify } from "ethers";
import type { FastifyInstance } from "fastify";

import { parsePieceCid } from "../../data/pieceCid";
import { Problem } from "../../service/http/problem";
import { sendBytes } from "../../service/http/byteRange";
import type { ServerParts } from "./parts";

/** Shards whose bytes are here, for the providers that are to seal them; a range where one is asked for. */
export function pieceRoutes(server: FastifyInstance, { miner }: ServerParts): void {
  const { deals, shards } = miner.parts;

  server.get<{ Params: { cid: string } }>("/piece/:cid", async (request, reply) => {
    const { cid } = request.params;
    const known = await deals.shardsWithRoot(hexlify(parsePieceCid(cid).root));
    const held = known.find(({ deal, shard }) => shards.has(deal, shard));
    if (held === undefined) {
      throw new Problem(404, "not-held", "The bytes are not here", `This miner does not hold ${cid} now.`);
    }
    const size = await shards.bytes(held.deal, held.shard);
    void reply.header("x-content-type-options", "nosniff");
    return sendBytes(request, reply, {
      name: cid,
      size: BigInt(size),
      read: (range) => shards.read(held.deal, held.shard, range),
    });
  });
}
