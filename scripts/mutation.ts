/** A change that breaks the code on purpose, and the test file that has to notice. */
export interface Mutation {
  name: string;
  file: string;
  from: string;
  to: string;
  test: string;
}

/** The source with the change; `from` must stand in it once, whatever its white space. */
export function applied({ name, file, from, to }: Mutation, source: string): string {
  const pattern = from
    .trim()
    .split(/\s+/)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const matches = [...source.matchAll(new RegExp(pattern.join("\\s+"), "g"))];
  const [match] = matches;
  if (match === undefined || matches.length !== 1) {
    throw new Error(`"${name}": its text stands ${matches.length} times in ${file}, not once.`);
  }
  return source.slice(0, match.index) + to + source.slice(match.index + match[0].length);
}
