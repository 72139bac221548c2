import { table } from "../src/cli/table";

/** A table for a terminal, of rows that all have the same columns. */
export function formatTable(rows: Record<string, string | number>[]): string {
  const first = rows[0];
  if (first === undefined) return "(nothing)";
  const columns = Object.keys(first);
  return table(
    columns,
    rows.map((row) => columns.map((column) => cell(row[column]))),
  );
}

function cell(value: string | number | undefined): string {
  if (typeof value !== "number") return value ?? "";
  return Number.isInteger(value) ? value.toLocaleString("en-US") : value.toFixed(2);
}
