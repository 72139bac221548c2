/** A table for a terminal: numbers to the right, words to the left. */
export function formatTable(rows: Record<string, string | number>[]): string {
  const first = rows[0];
  if (first === undefined) return "(nothing)";
  const columns = Object.keys(first);
  const cells = rows.map((row) => columns.map((column) => cell(row[column])));
  const widths = columns.map((column, i) => Math.max(column.length, ...cells.map((line) => line[i]!.length)));
  const rightAligned = columns.map((column) => rows.every((row) => typeof row[column] !== "string"));
  const line = (words: string[]) =>
    words.map((word, i) => (rightAligned[i] ? word.padStart(widths[i]!) : word.padEnd(widths[i]!))).join("  ");
  return [line(columns), line(widths.map((width) => "─".repeat(width))), ...cells.map(line)]
    .map((text) => text.trimEnd())
    .join("\n");
}

function cell(value: string | number | undefined): string {
  if (typeof value !== "number") return value ?? "";
  return Number.isInteger(value) ? value.toLocaleString("en-US") : value.toFixed(2);
}
