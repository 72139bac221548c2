import { readFileSync } from "node:fs";

interface Element {
  name: string;
  type_specific_fields?: { parent?: { name: string; type_specific_fields?: { parent?: { name: string } } } };
}

interface Report {
  success: boolean;
  error: string | null;
  results: { detectors?: { check: string; impact: string; description: string; elements: Element[] }[] };
}

/** How docs/security.md names a finding: `detector` `Contract.function` (or Contract.function.variable). */
function subjectOf(element: Element | undefined): string {
  if (element === undefined) return "?";
  const parent = element.type_specific_fields?.parent;
  const grandparent = parent?.type_specific_fields?.parent;
  return [grandparent?.name, parent?.name, element.name].filter((name) => name !== undefined).join(".");
}

const report = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as Report;
if (!report.success) throw new Error(`Slither failed: ${report.error}`);
const answers = readFileSync("docs/security.md", "utf8");

const findings = new Map<string, string>();
for (const { check, description, elements } of report.results.detectors ?? []) {
  findings.set(`\`${check}\` \`${subjectOf(elements[0])}\``, description.trim());
}
const unanswered = [...findings].filter(([key]) => !answers.includes(key));
for (const [key, description] of unanswered)
  console.error(`not answered in docs/security.md: ${key}\n${description}\n`);
console.log(`${findings.size} findings of high or medium impact, ${findings.size - unanswered.length} answered`);
if (unanswered.length > 0) process.exitCode = 1;
