import { expect } from "chai";

import { bothForms, f410Of } from "../../../src/chain/address";
import { recorded } from "../../support/scriptedRpc";

describe("chain", () => {
  describe("address", () => {
    it("writes f410 addresses as Lotus does", () => {
      const said = /\((f410[a-z2-7]+)\)/.exec(recorded("fresh nonce pending").error!.message)![1];
      expect(f410Of("0x7777777777777777777777777777777777777777")).to.equal(said);
    });

    it("writes t410 for test networks, where faucets want it", () => {
      const address = "0x7777777777777777777777777777777777777777";
      expect(bothForms(address, 314n)).to.contain("(f410f");
      expect(bothForms(address, 314159)).to.contain("(t410f");
    });
  });
});
