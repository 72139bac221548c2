import type { Readable } from "node:stream";
import type { FastifyInstance, FastifyRequest } from "fastify";

import { verifyCurioAuthorization } from "../../providers/curioAuth";
import { formatAddress } from "../../filecoin/filecoinAddress";
import { MARKET_PATH } from "../../providers/mk20";
import { MK20_OPERATIONS, type Mk20Operation } from "../../providers/mk20Operations";
import { startUpload } from "../../providers/mk20Wire";
import { DealRefused } from "./dealRefused";
import { statusOf, type ProviderDeal } from "./providerDeals";
import type { StorageProvider } from "./provider";

/** As much as a client may send in one stream. */
const UPLOAD_LIMIT = 1 << 30;

/** The market of a provider: every operation of mk20. */
export function serveMarket(http: FastifyInstance, provider: StorageProvider): void {
  const route = (operation: Mk20Operation, answer: (request: FastifyRequest) => unknown, bodyLimit?: number) =>
    http.route({
      method: operation.method,
      url: MARKET_PATH + operation.path.replace(/\{(\w+)\}/g, ":$1"),
      ...(bodyLimit === undefined ? {} : { bodyLimit }),
      handler: async (request) => (await answer(request)) ?? "",
    });
  const ofDeal = (
    operation: Mk20Operation,
    answer: (deal: ProviderDeal, request: FastifyRequest) => unknown,
    bodyLimit?: number,
  ) => route(operation, (request) => answer(dealOf(provider, request), request), bodyLimit);

  route(MK20_OPERATIONS.proposeDeal, async (request) => {
    const signer = signerOf(provider, request);
    const client = (request.body as { client?: unknown } | null | undefined)?.client;
    if (signer !== undefined && client !== signer)
      throw new DealRefused(401, `the deal's client is not ${signer}, who signed the request`);
    await provider.propose(request.body);
  });
  ofDeal(MK20_OPERATIONS.dealStatus, (deal) => statusOf(deal));
  ofDeal(MK20_OPERATIONS.updateDeal, (deal, request) => provider.update(deal, request.body));
  ofDeal(MK20_OPERATIONS.upload, (deal, { body }) => provider.intake.receive(deal, bytesOf(body)), UPLOAD_LIMIT);
  ofDeal(MK20_OPERATIONS.finishUpload, (deal, { body }) => provider.finishUpload(deal, body ?? undefined, "whole"));
  ofDeal(MK20_OPERATIONS.startChunks, (deal, { body }) => {
    const wanted = startUpload.safeParse(body);
    if (!wanted.success) throw new DealRefused(400, wanted.error.issues[0]!.message);
    provider.intake.start(deal, BigInt(wanted.data.raw_size), wanted.data.chunk_size);
  });
  ofDeal(MK20_OPERATIONS.chunkStatus, (deal) => provider.intake.status(deal));
  ofDeal(
    MK20_OPERATIONS.uploadChunk,
    (deal, request) => provider.intake.chunk(deal, chunkNumber(request), bytesOf(request.body)),
    UPLOAD_LIMIT,
  );
  ofDeal(MK20_OPERATIONS.finishChunks, (deal, { body }) => provider.finishUpload(deal, body ?? undefined, "chunks"));
  const known = (operation: Mk20Operation, answer: object) =>
    route(operation, (request) => {
      signerOf(provider, request);
      return answer;
    });
  known(MK20_OPERATIONS.products, { products: ["ddo_v1", "retrieval_v1"] });
  known(MK20_OPERATIONS.sources, { sources: ["http", "put"] });
  // Go writes an empty list as null.
  known(MK20_OPERATIONS.contracts, { contracts: null });
}

/** The deal that the path names. As with Curio, a signer gets 401 for a deal of another client, whether it
 *  exists or not. */
function dealOf(provider: StorageProvider, request: FastifyRequest): ProviderDeal {
  const signer = signerOf(provider, request);
  const { id } = request.params as { id: string };
  if (!/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(id)) throw new DealRefused(400, "invalid id in url");
  const deal = provider.deals.get(id);
  if (signer !== undefined && (deal === undefined || formatAddress(deal.client) !== signer))
    throw new DealRefused(401, "Unauthorized");
  if (deal === undefined) throw new DealRefused(404, `there is no deal ${id} here`);
  return deal;
}

/** The address that signed the request; undefined when it is not signed and need not be. */
function signerOf(provider: StorageProvider, request: FastifyRequest): string | undefined {
  const header = request.headers.authorization;
  if (header === undefined && !provider.requireSignature) return undefined;
  const { pathname } = new URL(request.url, "http://provider");
  try {
    return formatAddress(verifyCurioAuthorization(header, request.method, pathname, new Date()));
  } catch (cause) {
    throw new DealRefused(401, (cause as Error).message);
  }
}

function bytesOf(body: unknown): Readable {
  if (body === undefined || body === null) throw new DealRefused(400, "there are no bytes in the request");
  return body as Readable;
}

function chunkNumber(request: FastifyRequest): number {
  const { chunkNum } = request.params as { chunkNum: string };
  if (!/^\d{1,9}$/.test(chunkNum)) throw new DealRefused(400, "invalid chunk number in url");
  return Number(chunkNum);
}
