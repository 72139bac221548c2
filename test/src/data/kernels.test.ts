import { createHash } from "node:crypto";

import { expect } from "chai";
import fc from "fast-check";

import { fr32Pad, fr32Unpad } from "../../../src/data/fr32";
import { Kernels } from "../../../src/data/kernels";
import { hasNativeHasher, LeafHasher } from "../../../src/data/leafHasher";
import { exampleBytes } from "../../support/exampleBytes";
import { plainFr32Pad } from "../../support/plainFr32";

describe("data › kernels", () => {
  describe("Fr32", () => {
    it("pads as defined bit by bit, and back", () => {
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 9 }), fc.nat(), (quads, seed) => {
          const payload = exampleBytes(127 * quads, seed);
          const padded = new Uint8Array(128 * quads);
          fr32Pad(payload, padded);
          expect(padded).to.deep.equal(plainFr32Pad(payload));
          const back = new Uint8Array(127 * quads);
          fr32Unpad(padded, back);
          expect(back).to.deep.equal(payload);
        }),
        { numRuns: 50 },
      );
    });

    it("pads and unpads across its batches", () => {
      const payload = exampleBytes(127 * 1500);
      const padded = new Uint8Array(128 * 1500);
      fr32Pad(payload, padded);
      expect(padded).to.deep.equal(plainFr32Pad(payload));
      const back = new Uint8Array(payload.length);
      fr32Unpad(padded, back);
      expect(back).to.deep.equal(payload);
    });

    it("keeps every bit of the payload", () => {
      const padded = new Uint8Array(128);
      fr32Pad(new Uint8Array(127).fill(255), padded);
      expect([...padded].filter((byte) => byte !== 255)).to.deep.equal([0x3f, 0x3f, 0x3f, 0x3f]);
    });

    it("refuses lengths that do not match", () => {
      expect(() => fr32Pad(new Uint8Array(126), new Uint8Array(128))).to.throw(RangeError, "127 make 128");
      expect(() => fr32Unpad(new Uint8Array(256), new Uint8Array(127))).to.throw(RangeError, "127 make 128");
    });
  });

  describe("hashPairs", () => {
    for (const pairs of [1, 2, 3, 4, 5, 7, 64]) {
      it(`hashes ${pairs} pairs of nodes, in place, and touches nothing else`, () => {
        const nodes = exampleBytes(64 * pairs + 64, pairs);
        const kernels = new Kernels([nodes.length]);
        const at = kernels.take(nodes.length);
        kernels.view(at, nodes.length).set(nodes);
        kernels.run.hashPairs(at, at, pairs);
        const expected = Buffer.concat(
          Array.from({ length: pairs }, (_, i) => {
            const digest = createHash("sha256")
              .update(nodes.subarray(64 * i, 64 * i + 64))
              .digest();
            digest[31]! &= 0x3f;
            return digest;
          }),
        );
        expect(Buffer.from(kernels.view(at, 32 * pairs)).toString("hex")).to.equal(expected.toString("hex"));
        expect(kernels.view(at + 32 * pairs, 32 * pairs)).to.deep.equal(nodes.slice(32 * pairs, 64 * pairs));
      });
    }

    it("gives the same roots as the native hasher", function () {
      if (!hasNativeHasher) this.skip();
      const payload = exampleBytes(127 * 64);
      const roots = [undefined, null].map((hashInto) => {
        const kernels = new Kernels([payload.length, LeafHasher.area(64)]);
        const at = kernels.take(payload.length);
        kernels.view(at, payload.length).set(payload);
        return new LeafHasher(kernels, 64, hashInto).rootOf(at, 64);
      });
      expect(roots[1]).to.deep.equal(roots[0]);
    });
  });

  it("refuse to lay out more than they were made for", () => {
    const kernels = new Kernels([100]);
    kernels.take(100);
    expect(() => kernels.take(1 << 16)).to.throw(RangeError, "has no room for this area");
  });
});
