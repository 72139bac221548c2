import type { Counts } from "./counts";

const table = (record: Record<string, number>) =>
  Object.entries(record)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `  ${name.padEnd(40)} ${count}`)
    .join("\n");

/** What a run did, for people. */
export function report(c: Counts, seconds: number, seeds: { first: number; last: number }, violated: number): string {
  const names = [...new Set([...Object.keys(c.accepted), ...Object.keys(c.refused)])].sort();
  const calls = names.map(
    (name) =>
      `  ${name.padEnd(24)} ${String(c.accepted[name] ?? 0).padStart(9)} ${String(c.refused[name] ?? 0).padStart(9)}`,
  );
  return [
    `${c.steps} steps, ${c.sequences} sequences, seeds ${seeds.first} to ${seeds.last}, ${seconds.toFixed(0)} s, ` +
      `${(c.steps / seconds).toFixed(0)} steps a second`,
    `\n  call                      accepted   refused\n${calls.join("\n")}`,
    `\nstates come into\n${table(c.states)}`,
    `\nrefusals\n${table(c.errors)}`,
    `\nsteps at a deadline of what they changed\n${table(c.deadlines)}`,
    `\n${violated} violated`,
  ].join("\n");
}
