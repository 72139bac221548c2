import { expect } from "chai";

import {
  addressFromBytes,
  addressToBytes,
  bothForms,
  FilecoinAddressError,
  formatAddress,
  parseAddress,
} from "../../../src/filecoin/filecoinAddress";
import { secp256k1Identity } from "../../../src/providers/curioAuth";
import { recorded } from "../../support/scriptedRpc";

describe("filecoinAddress", () => {
  const ethereum = "0x7777777777777777777777777777777777777777";
  // As a Lotus node printed it.
  const delegated = "f410fo53xo53xo53xo53xo53xo53xo53xo53xegpa3ua";

  it("prints an Ethereum address as Lotus does", () => {
    const said = /\((f410[a-z2-7]+)\)/.exec(recorded("fresh nonce pending").error!.message)![1];
    expect(said).to.equal(delegated);
    expect(formatAddress({ protocol: "delegated", ethereum })).to.equal(said);
  });

  it("prints addresses of test networks with a t, of every kind", () => {
    expect(formatAddress({ protocol: "id", id: 1002n }, "t")).to.equal("t01002");
    const native = secp256k1Identity(`0x${"11".repeat(32)}`).address;
    expect(formatAddress(native, "t")).to.equal(formatAddress(native).replace(/^f/, "t"));
    expect(formatAddress({ protocol: "delegated", ethereum }, "t")).to.equal(delegated.replace(/^f/, "t"));
  });

  it("gives both forms of an Ethereum address, the second with a t where faucets want it", () => {
    expect(bothForms(ethereum, 314n)).to.equal(`${ethereum} (${delegated})`);
    expect(bothForms(ethereum, 314159)).to.contain("(t410f");
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
