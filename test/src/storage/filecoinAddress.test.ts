import { expect } from "chai";

import {
  addressFromBytes,
  addressToBytes,
  FilecoinAddressError,
  formatAddress,
  parseAddress,
} from "../../../src/storage/filecoinAddress";
import { secp256k1Identity } from "../../../src/storage/curioAuth";

describe("filecoinAddress", () => {
  const ethereum = "0x7777777777777777777777777777777777777777";
  // As a Lotus node printed it.
  const delegated = "f410fo53xo53xo53xo53xo53xo53xo53xo53xegpa3ua";

  it("prints an Ethereum address as Lotus does", () => {
    expect(formatAddress({ protocol: "delegated", ethereum })).to.equal(delegated);
  });

  it("reads what it prints, of every kind, as text and as bytes", () => {
    const native = secp256k1Identity(`0x${"11".repeat(32)}`).address;
    for (const address of [
      { protocol: "delegated", ethereum } as const,
      { protocol: "id", id: 0n } as const,
      { protocol: "id", id: 2n ** 63n - 1n } as const,
      native,
    ]) {
      expect(parseAddress(formatAddress(address))).to.deep.equal(address);
      expect(addressFromBytes(addressToBytes(address))).to.deep.equal(address);
    }
  });

  it("reads the addresses of test networks", () => {
    expect(parseAddress("t01002")).to.deep.equal({ protocol: "id", id: 1002n });
  });

  for (const [what, text] of [
    ["a wrong checksum", delegated.replace("egpa3ua", "egpa3ub")],
    ["another protocol", "f3uvodd6kbiscb72o2zowbvelckyoqap7czfqqdzyqn53ut4tjktmemctbbujsd7akojvecgrdpylupy2c4msq"],
    ["another namespace", delegated.replace("f410f", "f411f")],
    ["an id that is no number", "f01x"],
    ["nothing", ""],
  ]) {
    it(`refuses ${what}`, () => {
      expect(() => parseAddress(text!)).to.throw(FilecoinAddressError);
    });
  }
});
