import type { FastifyError, FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";

import { PieceCidError } from "../../data/pieceCid";
import { UnsatisfiableRangeError } from "./byteRange";
import { RetrievalError } from "../../providers/retrieval";
import { UploadTooLargeError } from "../../store/pieceFolder";
import { RpcUnreachableError } from "../../filecoin/rpc";

/** An error for the caller: what was wrong, with its value, and what to do (RFC 9457). */
export class Problem extends Error {
  override readonly name = "Problem";
  constructor(
    readonly status: number,
    readonly type: string,
    readonly title: string,
    readonly detail: string,
    readonly extra: Record<string, unknown> = {},
  ) {
    super(detail);
  }
}

function toProblem(error: FastifyError | Error): Problem {
  if (error instanceof Problem) return error;
  const { message } = error;
  if (error instanceof z.ZodError) {
    const issues = error.issues.map(({ path, message: reason }) => ({ field: path.join("."), reason }));
    return new Problem(400, "invalid-request", "The request is invalid", z.prettifyError(error), {
      issues,
    });
  }
  if (error instanceof PieceCidError) return new Problem(400, "invalid-piece-cid", "Not a piece CID", message);
  if (error instanceof RetrievalError) {
    return new Problem(404, "not-retrievable", "No source gave the bytes", message, { tried: error.failures });
  }
  if (error instanceof UploadTooLargeError) return new Problem(413, "too-large", "The upload is too large", message);
  if (error instanceof UnsatisfiableRangeError) return new Problem(416, "range", "No such range", message);
  if (error instanceof RpcUnreachableError) {
    return new Problem(503, "chain-unreachable", "The chain is unreachable", `${message}. Try again soon.`);
  }
  const status = (error as FastifyError).statusCode ?? 500;
  if (status === 429) return new Problem(429, "too-many-requests", "Too many requests", message);
  if (status < 500) return new Problem(status, "refused", "The request was refused", message);
  return new Problem(500, "internal", "Internal error of the node", "The node's log has the details.");
}

function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  const { status, type, title, detail, extra } = problem;
  const body = { type: `urn:filecoin-raas:${type}`, title, status, detail, ...extra };
  return reply.code(status).type("application/problem+json").send(JSON.stringify(body));
}

export function useProblems(server: FastifyInstance): void {
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = toProblem(error);
    if (problem.status >= 500) request.log.error({ err: error }, "request failed");
    return sendProblem(reply, problem);
  });
  server.setNotFoundHandler((request, reply) => {
    const detail = `This server has no route ${request.method} ${request.url}.`;
    return sendProblem(reply, new Problem(404, "no-such-route", "Not found", detail));
  });
}
