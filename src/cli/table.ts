/** A table for people: columns as wide as they need, numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly (string | number | bigint)[])[]): string {
  const cells = rows.map((row) => row.map(String));
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((row) => (row[column] ?? "").length)));
  const isNumber = head.map(
    (_, column) => rows.length > 0 && rows.every((row) => /^-?[\d.,]+$/.test(String(row[column]))),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (isNumber[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join("  ")
      .trimEnd();
  return [line(head), line(widths.map((width) => "─".repeat(width))), ...cells.map(line)].join("\n");
}
