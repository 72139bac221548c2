import { Readable } from "node:stream";

import type { FastifyReply, FastifyRequest } from "fastify";

/** What a request asks for: a range with both ends included, everything, or a range outside the body (416). */
type WantedBytes = { first: bigint; last: bigint } | "everything" | "unsatisfiable";

/**
 * Reads a `Range` header against a body of `size` bytes (RFC 9110, 14.1 and 14.2). A header that is invalid, such as one
 * whose range ends before it begins, is ignored, and so are other units and several ranges at once: the client
 * gets everything, which is always right. Only a valid range that begins after the end is refused.
 */
export function wantedBytes(header: string | undefined, size: bigint): WantedBytes {
  const match = /^bytes *= *(\d*)-(\d*) *$/i.exec(header ?? "");
  if (match === null) return "everything";
  const [from, to] = [match[1]!, match[2]!];
  if (from === "") return lastBytes(to, size);
  const first = BigInt(from);
  const last = to === "" ? size - 1n : BigInt(to);
  if (to !== "" && last < first) return "everything";
  if (first >= size) return "unsatisfiable";
  return { first, last: last >= size ? size - 1n : last };
}

/** `bytes=-N`: the last N bytes. */
function lastBytes(count: string, size: bigint): WantedBytes {
  if (count === "") return "everything";
  if (BigInt(count) === 0n || size === 0n) return "unsatisfiable";
  return { first: BigInt(count) >= size ? 0n : size - BigInt(count), last: size - 1n };
}

/** The range that was asked for begins after the end; answered with 416. */
export class UnsatisfiableRangeError extends Error {
  override readonly name = "UnsatisfiableRangeError";
  readonly statusCode = 416;
  constructor(header: string, size: bigint) {
    super(
      `The range "${header}" is outside the piece's payload, which has ${size} bytes. Ask for a range that begins within it.`,
    );
  }
}

/** Bytes that never change under their name. */
interface NamedBytes {
  name: string;
  size: bigint;
  /** Both ends included; undefined: all of them. */
  read(range?: { first: bigint; last: bigint }): Readable;
}

/** Answers with the bytes, or with the range of them that was asked for: all servers of pieces use this function. */
export function sendBytes(
  request: FastifyRequest,
  reply: FastifyReply,
  { name, size, read }: NamedBytes,
): FastifyReply {
  const etag = `"${name}"`;
  void reply.header("accept-ranges", "bytes");
  const header = rangeOf(request, etag);
  const wanted = wantedBytes(header, size);
  if (wanted === "unsatisfiable") {
    void reply.header("content-range", `bytes */${size}`);
    throw new UnsatisfiableRangeError(header!, size);
  }
  void reply.headers({ etag, "content-type": "application/octet-stream" });
  if (wanted === "everything") void reply.header("content-length", size.toString());
  else {
    const { first, last } = wanted;
    void reply.code(206).header("content-range", `bytes ${first}-${last}/${size}`);
    void reply.header("content-length", (last - first + 1n).toString());
  }
  // A stream, since fastify counts anything else and overwrites the length; an empty one, since it would be read to its end.
  if (request.method === "HEAD") return reply.send(Readable.from([]));
  return reply.send(wanted === "everything" ? read() : read(wanted));
}

/** Ranges are of GET alone, and of the version that `If-Range` names where it is there. */
function rangeOf({ method, headers }: FastifyRequest, etag: string): string | undefined {
  const sameVersion = headers["if-range"] === undefined || headers["if-range"] === etag;
  return method === "GET" && sameVersion ? headers.range : undefined;
}
