import { varint } from "multiformats";

/** The little of protocol buffers that DAG-PB and UnixFS need: numbers (wire type 0) and bytes (wire type 2). */
export type Field = { field: number } & ({ value: number } | { bytes: Uint8Array });

/** The fields as a message, in the given order. */
export function encodeFields(fields: Field[]): Uint8Array {
  const parts = fields.flatMap((entry) =>
    "bytes" in entry
      ? [number(entry.field * 8 + 2), number(entry.bytes.length), entry.bytes]
      : [number(entry.field * 8), number(entry.value)],
  );
  return Uint8Array.from(Buffer.concat(parts));
}

/** Throws a RangeError for anything else than those two wire types or a length beyond the end. */
export function decodeFields(bytes: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const next = (): number => {
    const [value, length] = varint.decode(bytes, at);
    at += length;
    return value;
  };
  while (at < bytes.length) {
    const key = next();
    const field = Math.floor(key / 8);
    if (key % 8 === 0) fields.push({ field, value: next() });
    else if (key % 8 === 2) {
      const length = next();
      if (at + length > bytes.length) throw new RangeError("A field ends beyond its message.");
      fields.push({ field, bytes: bytes.subarray(at, at + length) });
      at += length;
    } else throw new RangeError(`Wire type ${key % 8} is not used by DAG-PB or UnixFS.`);
  }
  return fields;
}

function number(value: number): Uint8Array {
  return varint.encodeTo(value, new Uint8Array(varint.encodingLength(value)));
}
