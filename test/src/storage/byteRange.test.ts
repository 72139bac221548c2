import { expect } from "chai";

import { wantedBytes } from "../../../src/storage/byteRange";

describe("wantedBytes", () => {
  const everything = [undefined, "", "lines=0-1", "pieces=1-"];
  const some: [string, bigint, bigint][] = [
    ["bytes=0-0", 0n, 0n],
    ["bytes=0-9", 0n, 9n],
    ["bytes=3-", 3n, 9n],
    ["bytes=3-100", 3n, 9n],
    ["bytes=-1", 9n, 9n],
    ["bytes=-100", 0n, 9n],
    ["Bytes = 1-2 ", 1n, 2n],
  ];
  const none = ["bytes=10-", "bytes=5-4", "bytes=-0", "bytes=-", "bytes=", "bytes=a-b", "bytes=0-1,3-4", "bytes=--1"];

  for (const header of everything)
    it(`gives everything for ${header}`, () => expect(wantedBytes(header, 10n)).to.equal("everything"));
  for (const [header, first, last] of some)
    it(`gives ${first} to ${last} for ${header}`, () =>
      expect(wantedBytes(header, 10n)).to.deep.equal({ first, last }));
  for (const header of none)
    it(`has nothing for ${header}`, () => expect(wantedBytes(header, 10n)).to.equal("unsatisfiable"));
  it("has no range of an empty body", () => {
    expect(wantedBytes("bytes=0-", 0n)).to.equal("unsatisfiable");
    expect(wantedBytes("bytes=-1", 0n)).to.equal("unsatisfiable");
    expect(wantedBytes(undefined, 0n)).to.equal("everything");
  });
});
