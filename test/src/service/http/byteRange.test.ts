import { expect } from "chai";

import { wantedBytes } from "../../../../src/service/http/byteRange";

describe("wantedBytes", () => {
  const some: [string, bigint, bigint][] = [
    ["bytes=0-0", 0n, 0n],
    ["bytes=0-9", 0n, 9n],
    ["bytes=9-9", 9n, 9n],
    ["bytes=3-", 3n, 9n],
    ["bytes=3-100", 3n, 9n],
    ["bytes=3-99999999999999999999999", 3n, 9n],
    ["bytes=-1", 9n, 9n],
    ["bytes=-10", 0n, 9n],
    ["bytes=-100", 0n, 9n],
    ["Bytes = 1-2 ", 1n, 2n],
  ];
  const none = ["bytes=10-", "bytes=10-10", "bytes=10-20", "bytes=99999999999999999999999-", "bytes=-0"];
  const passedOver: [string, (string | undefined)[]][] = [
    ["no header", [undefined, ""]],
    ["other units", ["lines=0-1", "pieces=1-"]],
    ["ranges that end before they begin", ["bytes=5-4", "bytes=9-2", "bytes=20-11"]],
    ["what is no range", ["bytes=-", "bytes=", "bytes", "bytes=a-b", "bytes=1a-3", "bytes=--1", "bytes=0x1-2"]],
    ["several ranges", ["bytes=0-1,3-4", "bytes=0-1, -1"]],
  ];

  for (const [header, first, last] of some)
    it(`gives ${first} to ${last} for ${header}`, () =>
      expect(wantedBytes(header, 10n)).to.deep.equal({ first, last }));
  for (const header of none)
    it(`has nothing for ${header}`, () => expect(wantedBytes(header, 10n)).to.equal("unsatisfiable"));
  for (const [what, headers] of passedOver)
    for (const header of headers)
      it(`passes over ${what}: ${header}`, () => expect(wantedBytes(header, 10n)).to.equal("everything"));
  it("has no range of an empty body", () => {
    expect(wantedBytes("bytes=0-", 0n)).to.equal("unsatisfiable");
    expect(wantedBytes("bytes=-1", 0n)).to.equal("unsatisfiable");
    expect(wantedBytes(undefined, 0n)).to.equal("everything");
  });
});
