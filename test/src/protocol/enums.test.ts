import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";

import { nameOf, SOLIDITY_ENUMS, UnknownEnumValueError, valuesOf, wordOf, wordsOf } from "../../../src/protocol/enums";
import { SIMULATED_STATUSES } from "../../../src/devnet/actors/reads";
import { HARNESS_ENUMS } from "../../support/harnessEnums";

const CONTRACTS = path.join(__dirname, "..", "..", "..", "contracts");

/** Folders of contracts that are never deployed to a live network. */
const isForTests = (file: string) => /^(test|simulated)\//.test(file);

/** Every enum that is declared in these Solidity files, comments left out. */
function declaredIn(files: string[]): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const file of files) {
    const source = readFileSync(path.join(CONTRACTS, file), "utf8")
      .replace(/\/\*[\s\S]*?\*\//g, "")
      .replace(/\/\/.*$/gm, "");
    for (const [, name, body] of source.matchAll(/\benum\s+(\w+)\s*\{([^}]*)\}/g)) {
      expect(found, `two enums ${name}`).to.not.have.property(name!);
      found[name!] = body!.split(",").map((one) => one.trim());
    }
  }
  return found;
}

describe("chain", () => {
  describe("enums", () => {
    const files = readdirSync(CONTRACTS, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".sol"));

    it("are those of the contracts that are deployed: all of them, names in order", () => {
      expect(SOLIDITY_ENUMS).to.deep.equal(declaredIn(files.filter((file) => !isForTests(file))));
    });

    it("of contracts made for tests and for the simulated chain are theirs", () => {
      const declared = declaredIn(files.filter(isForTests));
      expect(SIMULATED_STATUSES).to.deep.equal(declared.Status!.map((name) => name.toLowerCase()));
      for (const [name, names] of Object.entries(HARNESS_ENUMS)) expect(names, name).to.deep.equal(declared[name]);
    });

    it("count from 0, in words and by name", () => {
      expect(wordsOf("SectorStatus")).to.deep.equal(["unproven", "active", "faulty", "dead"]);
      expect(valuesOf("PlacementKind")).to.deep.equal({ None: 0n, Deal: 1n, Notice: 2n });
      expect(wordOf("PlacementFault", 12n)).to.equal("notProvenActive");
      expect(nameOf("RequestState", 3)).to.equal("Cancelled");
    });

    it("refuse a number that has no name", () => {
      expect(() => wordOf("SectorStatus", 4n)).to.throw(
        UnknownEnumValueError,
        "SectorStatus is 4; this program knows 0",
      );
    });
  });
});
