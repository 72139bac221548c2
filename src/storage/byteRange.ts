/** What a request asks for: a range with both ends included, everything, or what cannot be given (416). */
export type WantedBytes = { first: bigint; last: bigint } | "everything" | "unsatisfiable";

/** Reads a `Range` header against a body of `size` bytes (RFC 9110). One range only: several at once, and ranges that
 *  make no sense, are refused; units other than bytes are passed over. */
export function wantedBytes(header: string | undefined, size: bigint): WantedBytes {
  if (header === undefined || !/^bytes *=/i.test(header)) return "everything";
  const match = /^bytes *= *(\d{0,18})-(\d{0,18}) *$/i.exec(header);
  if (match === null || size === 0n) return "unsatisfiable";
  const [from, to] = [match[1]!, match[2]!];
  if (from === "") return lastBytes(to, size);
  const first = BigInt(from);
  const last = to === "" ? size - 1n : BigInt(to);
  if (first >= size || last < first) return "unsatisfiable";
  return { first, last: last >= size ? size - 1n : last };
}

/** `bytes=-N`: the last N bytes. */
function lastBytes(count: string, size: bigint): WantedBytes {
  if (count === "" || BigInt(count) === 0n) return "unsatisfiable";
  return { first: BigInt(count) >= size ? 0n : size - BigInt(count), last: size - 1n };
}
