import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";

import { applied, type Mutation } from "../../scripts/mutation";

const ROOT = path.resolve(__dirname, "../..");
const FOLDER = path.join(ROOT, "test/mutations");

// A mutation whose text is gone from the code is found by `npm run mutate` only, which takes hours.
describe("the lists of mutations", () => {
  for (const list of readdirSync(FOLDER)) {
    it(`${list} fits the code`, () => {
      const mutations = JSON.parse(readFileSync(path.join(FOLDER, list), "utf8")) as Mutation[];
      for (const mutation of mutations) {
        const source = readFileSync(path.join(ROOT, mutation.file), "utf8");
        expect(applied(mutation, source), mutation.name).to.not.equal(source);
        expect(existsSync(path.join(ROOT, mutation.test)), mutation.test).to.equal(true);
      }
    });
  }

  it("is refused when its text is not there, or stands there twice", () => {
    const mutation = { name: "a", file: "f", from: "x + 1", to: "x", test: "t" };
    expect(applied(mutation, "let y = x +\n 1;")).to.equal("let y = x;");
    expect(() => applied(mutation, "x + 2")).to.throw("stands 0 times in f");
    expect(() => applied(mutation, "x + 1; x + 1")).to.throw("stands 2 times in f");
  });
});
