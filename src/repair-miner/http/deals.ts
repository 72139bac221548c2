import type { FastifyInstance } from "fastify";
import { z } from "zod";

import { plain } from "../../service/json";
import { bidNoticeSchema, type DealAnswer, proposalSchema } from "../../protocol/negotiationWire";
import type { ServerParts } from "./parts";

type ById = { Params: { id: string } };
const indexSchema = z.coerce.number().int().min(0).max(253);
const shown = (answer: DealAnswer) => plain(answer);

/** The negotiation with clients: terms, proposals, bids, uploads, acceptances. */
export function dealRoutes(server: FastifyInstance, { miner, chainId, open }: ServerParts): void {
  const { negotiation } = miner;

  server.get("/terms", async () => plain(await negotiation.terms(chainId)));

  server.post("/deals", async (request, reply) => {
    const answer = await negotiation.propose(proposalSchema.parse(request.body));
    return reply.code(201).send(shown(answer));
  });

  server.post<ById>("/deals/:id/bid", async (request) => {
    return shown(await negotiation.bid(request.params.id, bidNoticeSchema.parse(request.body)));
  });

  server.post<ById>("/deals/:id/accept", async (request, reply) => {
    const answer = await negotiation.accept(request.params.id);
    return reply.code(answer.acceptance === undefined ? 202 : 200).send(shown(answer));
  });

  server.get<ById>("/deals/:id", async (request) => shown(await negotiation.answer(request.params.id)));

  server.get("/deals", async () => {
    const answers = await negotiation.answers();
    // Anyone who knows the id of a deal that is not on chain yet can send data for it: strangers do not see it.
    return { deals: answers.filter(({ acceptance }) => !open || acceptance !== undefined).map(shown) };
  });

  void server.register(async (uploads) => {
    // The body is a stream of bytes, whatever it calls itself; nothing of it is kept in memory.
    uploads.removeAllContentTypeParsers();
    uploads.addContentTypeParser("*", (_request, _payload, done) => done(null));
    const bodyLimit = Number(miner.parts.settings.maxPayloadBytes);

    uploads.put<{ Params: { id: string; index: string } }>(
      "/deals/:id/shards/:index",
      { bodyLimit },
      async (request, reply) => {
        const { id, index } = request.params;
        await negotiation.receiveShard(id, indexSchema.parse(index), request.raw);
        return reply.code(204).send();
      },
    );

    uploads.put<ById>("/deals/:id/data", { bodyLimit }, async (request, reply) => {
      await negotiation.receiveData(request.params.id, request.raw);
      return reply.code(204).send();
    });
  });
}
