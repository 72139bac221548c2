import { createHash, timingSafeEqual } from "node:crypto";

import type { FastifyInstance, FastifyRequest } from "fastify";

import { Problem } from "./problem";

const LOOPBACK = new Set(["127.0.0.1", "::1", "localhost"]);

export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host.replace(/^\[|\]$/g, ""));
}

/** Aggregators fetch pieces by their CID, which is all the permission that public data needs. */
const OPEN = /^\/(piece\/|healthz$)/;

/**
 * With a token: everything but pieces and health needs it. Without one, which only loopback allows: no web page may use
 * the node without its user's knowledge, neither from another origin nor by a name that resolves to this machine.
 */
export function useGuard(server: FastifyInstance, token: string | undefined): void {
  server.addHook("onRequest", async (request) => {
    if (OPEN.test(request.url.split("?")[0]!)) return;
    if (token === undefined) refuseOtherSites(request);
    else if (!sameSecret(request.headers.authorization, `Bearer ${token}`)) {
      throw new Problem(
        401,
        "token-needed",
        "A token is needed",
        "Send the node's token: Authorization: Bearer TOKEN.",
      );
    }
  });
}

function refuseOtherSites({ headers }: FastifyRequest): void {
  const host = (headers.host ?? "").replace(/:\d+$/, "");
  const origin = headers.origin;
  if (isLoopback(host) && (origin === undefined || origin === `http://${headers.host}`)) return;
  throw new Problem(
    403,
    "other-site",
    "Requests from other sites are refused",
    `The request came from ${origin ?? host}. Without a token this node answers only on loopback (127.0.0.1), and no web page of another site.`,
  );
}

function sameSecret(given: string | undefined, expected: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given ?? ""), digest(expected));
}
