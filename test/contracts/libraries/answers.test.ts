import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";
import { format, resolveConfig } from "prettier";

import { renderAnswers } from "../../support/answersTable";

describe("What the libraries make of each recorded answer", () => {
  it("is what docs/answers.md says", async () => {
    const file = join(__dirname, "../../../docs/answers.md");
    const rendered = await format(await renderAnswers(), { ...(await resolveConfig(file)), parser: "markdown" });
    expect(await readFile(file, "utf8"), "npx hardhat run scripts/answers.ts writes it anew").to.equal(rendered);
  }).timeout(120_000);
});
