import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { format, resolveConfig } from "prettier";

import { renderAnswers } from "../test/support/answersTable";

/** Writes docs/answers.md. */
async function main(): Promise<void> {
  const file = join(__dirname, "../docs/answers.md");
  const config = await resolveConfig(file);
  await writeFile(file, await format(await renderAnswers(), { ...config, parser: "markdown" }));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
