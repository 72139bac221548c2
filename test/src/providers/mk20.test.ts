import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { ulid } from "ulid";

import { delegatedIdentity, secp256k1Identity, verifyCurioAuthorization } from "../../../src/providers/curioAuth";
import { MARKET_PATH, Mk20Client } from "../../../src/providers/mk20";
import { failureOf, MK20_OPERATIONS, type Mk20Operation } from "../../../src/providers/mk20Operations";
import type { Mk20Deal } from "../../../src/providers/mk20Wire";
import { sourceOfBytes } from "../../../src/providers/uploadSource";
import { refusal } from "../../support/providerScene";

const KEY = `0x${"42".repeat(32)}`;
const DEAL: Mk20Deal = {
  identifier: ulid(),
  client: "f0100",
  data: {
    piece_cid: { "/": "bafkzcibcaabdomn3tgwgrh3g532zopskstnbrd2n3sxfqbze7rxt7vqn7veigmy" },
    format: { raw: {} },
    source_http_put: {},
  },
  products: { ddo_v1: { provider: "f01000", duration: 518_400 } },
};
const BYTES = Uint8Array.from({ length: 300 }, (_, i) => i);

type Answer = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

describe("Mk20Client", () => {
  /** What the provider answers to one request after the other; the last answer stands. */
  let answers: Answer[];
  let asked: { method: string; url: string; headers: IncomingMessage["headers"]; body: Buffer }[];
  let server: Server;
  let url: string;
  const identity = delegatedIdentity(KEY);

  before(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const body = Buffer.concat(chunks);
        asked.push({ method: request.method!, url: request.url!, headers: request.headers, body });
        const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
        answer(request, response, body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    asked = [];
  });

  const says =
    (status: number, body: unknown = ""): Answer =>
    (_request, response) =>
      void response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
  const client = (options = {}) => new Mk20Client(url, { identity, ...options });

  const source = sourceOfBytes(BYTES);
  const id = DEAL.identifier;
  /** One call for each operation that begins with it. */
  const calls: Record<keyof typeof MK20_OPERATIONS, () => Promise<unknown>> = {
    proposeDeal: () => client().proposeDeal(DEAL),
    dealStatus: () => client().dealStatus(id),
    updateDeal: () => client().updateDeal(id, DEAL),
    upload: () => client().uploadDealData(id, BYTES),
    finishUpload: () => client().uploadDealData(id, BYTES, DEAL),
    startChunks: () => client().startChunks(id, 300n, 256),
    chunkStatus: () => client().chunkStatus(id),
    uploadChunk: () => client().uploadChunk(id, 1, source, 0n, 255n),
    finishChunks: () => client().finishChunks(id, DEAL),
    products: () => client().products(),
    sources: () => client().sources(),
    contracts: () => client().contracts(),
  };
  /** What is no error to whoever called. */
  const taken: Record<string, number[]> = { dealStatus: [404], chunkStatus: [425], uploadChunk: [409] };

  for (const [name, operation] of Object.entries(MK20_OPERATIONS) as [keyof typeof calls, Mk20Operation][]) {
    it(`${name}: ${operation.method} ${operation.path}, signed, each refusal a typed error`, async () => {
      const statuses = [400, 401, 404, 409, 422, 423, 424, 425, 426, 429, 430, 440, 441, 500, 503, 504];
      for (const status of statuses.filter((one) => !taken[name]?.includes(one))) {
        asked = [];
        const refused = says(status, "Reason: of its own");
        answers = name === "finishUpload" ? [says(200), refused] : [refused];
        const error = await refusal(calls[name]());
        const { name: code, retryable } = failureOf(operation, status);
        expect({ ...error, message: undefined }).to.include({ code, retryable, status });
        expect(error.message).to.contain("Reason: of its own");
        const request = asked[name === "finishUpload" ? 1 : 0]!;
        const place = operation.path.replace("{id}", id).replace("{chunkNum}", "1");
        expect(`${request.method} ${request.url}`).to.equal(`${operation.method} ${MARKET_PATH}${place}`);
        const signer = verifyCurioAuthorization(request.headers.authorization, request.method, request.url, new Date());
        expect(signer).to.deep.equal(identity.address);
      }
      for (const status of taken[name] ?? []) {
        answers = [says(status)];
        expect(await calls[name]()).to.equal(undefined);
      }
    });
  }

  it("signs with a native key as well", async () => {
    const native = secp256k1Identity(KEY);
    answers = [says(200, { products: null })];
    expect(await client({ identity: native }).products()).to.deep.equal([]);
    const { method, url: place, headers } = asked[0]!;
    expect(verifyCurioAuthorization(headers.authorization, method, place, new Date())).to.deep.equal(native.address);
  });

  it("tells a deal that is unknown from a signature that is not taken", async () => {
    answers = [says(401), says(200, { products: ["ddo_v1"] })];
    expect(await client().dealStatus(id)).to.equal(undefined);
    answers = [says(401)];
    expect((await refusal(client().dealStatus(id))).code).to.equal("ErrUnAuthorized");
    answers = [says(401), says(503)];
    expect((await refusal(client().dealStatus(id))).retryable).to.equal(true);
  });

  it("signs again when the minute of the signature ended on the way, once", async () => {
    const times = ["10:20:59.9", "10:21:00.1", "10:21:00.1", "10:22:00"];
    const now = () => new Date(`2026-05-07T${times.shift()!}Z`);
    answers = [says(401), says(200)];
    await client({ now })
      .uploadDealData(id, BYTES)
      .catch(() => undefined);
    const [first, second] = asked;
    expect(second!.headers.authorization).not.to.equal(first!.headers.authorization);
    expect(second!.body.equals(BYTES)).to.equal(true);
  });

  it("streams what it sends, with its length, and never more than asked for at a time", async () => {
    const mebibyte = 1 << 20;
    let made = 0;
    const large = {
      bytes: BigInt(64 * mebibyte),
      open: async function* (first: bigint, last: bigint) {
        for (let at = first; at <= last; at += BigInt(mebibyte)) {
          made++;
          yield new Uint8Array(mebibyte).fill(made);
        }
      },
    };
    let received = 0;
    let ahead = 0;
    const slow = createServer((request, response) => {
      void (async () => {
        for await (const chunk of request as AsyncIterable<Buffer>) {
          received += chunk.length;
          ahead = Math.max(ahead, made * mebibyte - received);
        }
        response.end();
      })();
    });
    await new Promise<void>((resolve) => slow.listen(0, "127.0.0.1", resolve));
    const at = `http://127.0.0.1:${(slow.address() as AddressInfo).port}`;
    await new Mk20Client(at, { identity }).uploadChunk(id, 1, large, 0n, large.bytes - 1n);
    expect(received).to.equal(64 * mebibyte);
    expect(ahead).to.be.lessThan(16 * mebibyte);
    slow.closeAllConnections();
    slow.close();
  });

  it("sends bytes as they are, with their length", async () => {
    answers = [says(200)];
    await client().uploadChunk(id, 2, source, 10n, 19n);
    const [{ headers, body }] = asked as [(typeof asked)[0]];
    expect(body.equals(BYTES.subarray(10, 20))).to.equal(true);
    expect(headers).to.include({ "content-length": "10", "content-type": "application/octet-stream" });
  });

  it("refuses answers that are not mk20", async () => {
    for (const body of ["<html>", { ddo_v1: { status: "asleep" } }, "x".repeat(3 << 20)]) {
      answers = [says(200, body)];
      const error = await refusal(client().dealStatus(id));
      expect(error).to.include({ code: "Unintelligible", retryable: false });
    }
  });

  it("may try again when the connection breaks, before the answer and within it", async () => {
    answers = [(request) => void request.socket.destroy()];
    expect(await refusal(client().products())).to.include({ code: "Unreachable", retryable: true });
    answers = [
      (_request, response) => {
        response.writeHead(200, { "content-length": "100" }).write("{", () => response.destroy());
      },
    ];
    expect(await refusal(client().products())).to.include({ code: "Unreachable", retryable: true });
  });

  it("follows no redirect, and waits no longer than told", async () => {
    answers = [(_request, response) => void response.writeHead(302, { location: `${url}/elsewhere` }).end()];
    expect((await refusal(client().products())).code).to.equal("Unreachable");
    expect(asked.length).to.equal(1);
    answers = [() => undefined];
    expect((await refusal(client({ timeoutMs: 50 }).products())).code).to.equal("Unreachable");
  });

  it("refuses a range that is answered by the whole", async () => {
    answers = [says(200, "0123456789")];
    const error = await refusal(client().piece("baf", { first: 1n, last: 2n }));
    expect(error).to.include({ code: "Unintelligible", retryable: false });
    answers = [says(404)];
    expect(await refusal(client().piece("baf"))).to.include({ code: "NotFound", retryable: false });
  });
});
