import { expect } from "chai";

import { answersIn, disagreements, findingsOf, type SlitherReport } from "../../scripts/slither-findings";

type Finding = NonNullable<SlitherReport["results"]["detectors"]>[number];

const finding = (description: string, file = "contracts/A.sol", contract = "A", name = "f"): Finding => ({
  check: "unused-return",
  impact: "Medium",
  description,
  elements: [
    {
      name,
      source_mapping: { filename_relative: file },
      type_specific_fields: { parent: { name: contract, type_specific_fields: { parent: { name: file } } } },
    },
  ],
});
const report = (...detectors: Finding[]): SlitherReport => ({ success: true, error: null, results: { detectors } });

const table = (count: number) =>
  "| finding         | file              | where | count | answer |\n" +
  "| --------------- | ----------------- | ----- | ----- | ------ |\n" +
  `| \`unused-return\` | \`contracts/A.sol\` | \`A.f\` | ${count}     | Why.   |\n`;

const compared = (markdown: string, ...detectors: Finding[]) =>
  disagreements(findingsOf(report(...detectors)), answersIn(markdown));

describe("Slither's findings", () => {
  it("agree with a row that answers as many", () => {
    expect(compared(table(1), finding("one"))).to.deep.equal([]);
    expect(compared(table(2), finding("one"), finding("two"))).to.deep.equal([]);
  });

  it("are not answered by the answer to another one in the same function", () => {
    const [wrong] = compared(table(1), finding("one"), finding("planted"));
    expect(wrong).to.contain("contracts/A.sol | A.f: found 2, answered 1").and.contain("planted");
  });

  it("are not answered by the answer for a function of the same name in another file", () => {
    const other = finding("planted", "contracts/B.sol");
    expect(compared(table(1), finding("one"), other)[0]).to.contain("contracts/B.sol | A.f: found 1, answered 0");
  });

  it("are not answered by the answer for another contract, function or detector", () => {
    expect(compared(table(1), finding("one"), finding("x", "contracts/A.sol", "B"))).to.have.lengthOf(1);
    expect(compared(table(1), finding("one"), finding("x", "contracts/A.sol", "A", "g"))).to.have.lengthOf(1);
    expect(compared(table(1), finding("one"), { ...finding("x"), check: "reentrancy-eth" })).to.have.lengthOf(1);
  });

  it("leave no answer to what is gone", () => {
    expect(compared(table(1))[0]).to.contain("answered 1 in docs/security.md, found none");
    expect(compared(table(2), finding("one"))[0]).to.contain("found 1, answered 2");
  });

  it("have one row each", () => {
    const row = table(1).trimEnd().split("\n")[2]!;
    expect(() => answersIn(`${table(1)}${row}\n`)).to.throw("twice");
  });
});
