import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

import { pieceKeyOf } from "../../data/pieceKey";
import { paddedBytesOf } from "../../data/piece";
import { pieceCidV1, pieceCidV2 } from "../../data/pieceCid";
import { sendBytes } from "../../service/http/byteRange";
import { explain, pieceKeyOfCid } from "../explain";
import { retrieve } from "../retrieve";
import { Problem } from "../../service/http/problem";
import type { NodeParts } from "./parts";
import { statusView } from "../statusView";

type ByCid = { Params: { cid: string } };

export function pieceRoutes(server: FastifyInstance, { keeper, pieces, maxUploadBytes }: NodeParts): void {
  server.get<ByCid>("/status/:cid", async (request) => {
    return statusView(await explain(keeper, await pieceKeyOfCid(keeper, request.params.cid)));
  });

  server.get<ByCid>("/piece/:cid", async (request, reply) => {
    const { cid } = request.params;
    const held = await keeper.store.pieces.get(await pieceKeyOfCid(keeper, cid));
    if (held === undefined) {
      const detail = `This node does not hold ${cid}; GET /retrieve/${cid} fetches it from its providers.`;
      throw new Problem(404, "not-held", "The bytes are not on this node", detail);
    }
    return sendFile(request, reply, pieces.fileOf(held), Number(held.payloadBytes), held.cid);
  });

  server.get<ByCid>("/retrieve/:cid", async (request, reply) => {
    const { file, payloadBytes, cid, source, temporary } = await retrieve(keeper, pieces, request.params.cid);
    if (temporary) reply.raw.once("close", () => void rm(file, { force: true }));
    reply.header("x-retrieved-from", source);
    return sendFile(request, reply, file, payloadBytes, cid);
  });

  void server.register(async (uploads) => {
    // The body is a stream of bytes, whatever its content type; nothing of it is kept in memory.
    uploads.removeAllContentTypeParsers();
    uploads.addContentTypeParser("*", (_request, _payload, done) => done(null));
    uploads.post("/upload", { bodyLimit: maxUploadBytes }, async (request, reply) => {
      refuseForm(request);
      const piece = await pieces.put(request.raw, maxUploadBytes);
      const cid = pieceCidV2(piece).toString();
      const sizes = { payloadBytes: Number(piece.payloadBytes), paddedBytes: Number(paddedBytesOf(piece.height)) };
      reply.log.info({ piece: pieceKeyOf(piece.root, piece.height), ...sizes }, "uploaded");
      return reply
        .code(201)
        .header("location", `/piece/${cid}`)
        .send({ cid, cidV1: pieceCidV1(piece).toString(), ...sizes });
    });
  });
}

function refuseForm({ headers }: FastifyRequest): void {
  if (!/multipart\/|urlencoded/.test(headers["content-type"] ?? "")) return;
  const detail =
    "Send the file itself as the body: curl -T FILE -X POST URL/upload, or with --data-binary @FILE and -H 'content-type: application/octet-stream'.";
  throw new Problem(415, "form-upload", "Form uploads are not accepted", detail, {
    contentType: headers["content-type"],
  });
}

function sendFile(request: FastifyRequest, reply: FastifyReply, file: string, size: number, cid: string): FastifyReply {
  void reply.headers({ "x-content-type-options": "nosniff", "content-disposition": "attachment" });
  return sendBytes(request, reply, {
    name: cid,
    size: BigInt(size),
    read: (range) => createReadStream(file, range && { start: Number(range.first), end: Number(range.last) }),
  });
}
