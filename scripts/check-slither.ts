import { readFileSync } from "node:fs";

import { answersIn, disagreements, findingsOf, type SlitherReport } from "./slither-findings";

const report = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as SlitherReport;
if (!report.success) throw new Error(`Slither failed: ${report.error}`);
const findings = findingsOf(report);
const wrong = disagreements(findings, answersIn(readFileSync("docs/security.md", "utf8")));
for (const message of wrong) console.error(`${message}\n`);
const count = [...findings.values()].reduce((sum, found) => sum + found.length, 0);
console.log(
  `${count} findings of high or medium impact in ${findings.size} places, ${wrong.length} not answered as they are`,
);
if (wrong.length > 0) process.exitCode = 1;
