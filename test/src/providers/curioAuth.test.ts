import { expect } from "chai";

import {
  curioAuthorization,
  CurioAuthError,
  delegatedIdentity,
  secp256k1Identity,
  verifyCurioAuthorization,
} from "../../../src/providers/curioAuth";

describe("curioAuth", () => {
  const now = new Date("2026-05-07T10:20:31Z");
  const minutes = (n: number) => new Date(now.getTime() + n * 60_000);
  const key = `0x${"42".repeat(32)}`;

  for (const identity of [delegatedIdentity(key), secp256k1Identity(key)]) {
    describe(identity.kind, () => {
      const header = curioAuthorization(identity, "POST", "/market/mk20/deal", now);

      it("tells the provider who signed, for a minute either way", () => {
        for (const n of [-1, 0, 1]) {
          const signer = verifyCurioAuthorization(header, "POST", "/market/mk20/deal", minutes(n));
          expect(signer).to.deep.equal(identity.address);
        }
      });

      for (const n of [-2, 2]) {
        it(`is refused ${n} minutes away`, () => {
          expect(() => verifyCurioAuthorization(header, "POST", "/market/mk20/deal", minutes(n))).to.throw(
            CurioAuthError,
          );
        });
      }

      it("is refused for another path and another method", () => {
        expect(() => verifyCurioAuthorization(header, "POST", "/market/mk20/status", now)).to.throw(CurioAuthError);
        expect(() => verifyCurioAuthorization(header, "GET", "/market/mk20/deal", now)).to.throw(CurioAuthError);
      });

      it("is refused when it claims another's address", () => {
        const other = curioAuthorization({ ...identity, address: { protocol: "id", id: 99n } }, "GET", "/", now);
        expect(() => verifyCurioAuthorization(other, "GET", "/", now)).to.throw(CurioAuthError);
      });

      it("has the signature's kind as its first byte and v as 0 or 1 at its end", () => {
        const signature = Buffer.from(header.split(":")[2]!, "base64");
        expect(signature.length).to.equal(66);
        expect(signature[0]).to.equal(identity.kind === "delegated" ? 3 : 1);
        expect(signature[65]).to.be.oneOf([0, 1]);
      });
    });
  }

  for (const header of [undefined, "", "Bearer x", "CurioAuth bls:AA==:AA==", "CurioAuth delegated:AA==:AA=="]) {
    it(`refuses ${JSON.stringify(header)}`, () => {
      expect(() => verifyCurioAuthorization(header, "GET", "/", now)).to.throw(CurioAuthError);
    });
  }
});
