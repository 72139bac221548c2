/** JSON for other programs: whole numbers as numbers where they are exact, else as text; no field that is undefined. */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_, field: unknown) => {
      if (typeof field !== "bigint") return field instanceof Map ? Object.fromEntries(field) : field;
      return field <= BigInt(Number.MAX_SAFE_INTEGER) && field >= BigInt(Number.MIN_SAFE_INTEGER)
        ? Number(field)
        : field.toString();
    },
    indent,
  );
}

/** The same as a value, for code that writes the JSON itself. */
export function plain(value: unknown): unknown {
  return JSON.parse(toJson(value));
}
