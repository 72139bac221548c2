/** Slither's findings beside the answers that docs/security.md gives to them. */

interface Element {
  name: string;
  source_mapping?: { filename_relative?: string };
  type_specific_fields?: { parent?: { name: string; type_specific_fields?: { parent?: { name: string } } } };
}

export interface SlitherReport {
  success: boolean;
  error: string | null;
  results: { detectors?: { check: string; impact: string; description: string; elements: Element[] }[] };
}

/** How many findings there are of one kind in one place, and what Slither says of each. */
export type Findings = Map<string, string[]>;

/** Lines move; the file, what is found there, and how often, do not. */
const keyOf = (detector: string, file: string, subject: string): string => `${detector} | ${file} | ${subject}`;

/** `Contract.function`, or `Contract.function.variable`. */
function subjectOf(element: Element | undefined): string {
  if (element === undefined) return "?";
  const parent = element.type_specific_fields?.parent;
  const grandparent = parent?.type_specific_fields?.parent;
  const names = [grandparent?.name, parent?.name, element.name];
  return names.filter((name) => name !== undefined && !name.endsWith(".sol")).join(".");
}

export function findingsOf(report: SlitherReport): Findings {
  const findings: Findings = new Map();
  for (const { check, description, elements } of report.results.detectors ?? []) {
    // The place is the function or variable; the expressions in it come after it.
    const key = keyOf(check, elements[0]?.source_mapping?.filename_relative ?? "?", subjectOf(elements[0]));
    findings.set(key, [...(findings.get(key) ?? []), description.trim()]);
  }
  return findings;
}

const ROW = /^\| `([\w-]+)` +\| `([^`]+)` +\| `([^`]+)` +\| +(\d+) +\|/gm;

/** The counts of the table under "Slither": detector, file, place, count, answer. */
export function answersIn(markdown: string): Map<string, number> {
  const answers = new Map<string, number>();
  for (const [, detector, file, subject, count] of markdown.matchAll(ROW)) {
    const key = keyOf(detector!, file!, subject!);
    if (answers.has(key)) throw new Error(`docs/security.md answers ${key} twice: make one row of it, with the sum.`);
    answers.set(key, Number(count));
  }
  return answers;
}

/** What is found and not answered, or answered and not found. */
export function disagreements(findings: Findings, answers: Map<string, number>): string[] {
  const wrong: string[] = [];
  for (const [key, found] of findings) {
    const answered = answers.get(key) ?? 0;
    if (answered === found.length) continue;
    wrong.push(
      `${key}: found ${found.length}, answered ${answered} in docs/security.md. Look at each, then correct the row:\n` +
        found.join("\n"),
    );
  }
  for (const [key, count] of answers) {
    if (!findings.has(key)) wrong.push(`${key}: answered ${count} in docs/security.md, found none: take the row out.`);
  }
  return wrong;
}
