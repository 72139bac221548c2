import { expect } from "chai";
import fc from "fast-check";
import { ethers } from "hardhat";

import { SimulatedFilecoin } from "../../../src/devnet/actors/filecoin";
import { Cbor__Harness__factory, type Cbor__Harness } from "../../../typechain-types";
import { ActorCalls, type ActorMessage } from "../../support/actorCalls";
import { simulatedFilecoin } from "../../support/chain";

type Codec = typeof import("cborg", { with: { "resolution-mode": "import" } });

const EDGES = [0n, 23n, 24n, (1n << 8n) - 1n, 1n << 8n, 1n << 16n, (1n << 32n) - 1n, 1n << 32n, (1n << 63n) - 1n];
const uint64 = fc.oneof(fc.constantFrom(...EDGES, (1n << 64n) - 1n), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }));
const epochs = fc.bigInt({ min: 1n, max: 3_000_000n });
const shortBytes = fc.uint8Array({ maxLength: 300 });
const RUNS = { numRuns: 40 };

describe("CBOR of the simulated actors against cborg", () => {
  let codec: Codec;
  let cbor: Cbor__Harness;

  before(async () => {
    codec = await import("cborg");
    const [signer] = await ethers.getSigners();
    cbor = await new Cbor__Harness__factory(signer).deploy();
  });

  const encode = (value: unknown) => ethers.hexlify(codec.encode(value));

  describe("items", () => {
    it("writes and reads unsigned integers", async () => {
      await fc.assert(
        fc.asyncProperty(uint64, async (value) => {
          expect(await cbor.writeUint(value)).to.equal(encode(value));
          expect(await cbor.readUint(encode(value))).to.deep.equal([true, value]);
        }),
        RUNS,
      );
    });

    it("writes and reads signed integers, negatives too", async () => {
      const edges = EDGES.flatMap((edge) => [edge, -edge, -edge - 1n]);
      const int64 = fc.oneof(fc.constantFrom(...edges), fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }));
      await fc.assert(
        fc.asyncProperty(int64, async (value) => {
          expect(await cbor.writeInt(value)).to.equal(encode(value));
          expect(await cbor.readInt(encode(value))).to.deep.equal([true, value]);
        }),
        RUNS,
      );
    });

    it("writes and reads byte strings, writes text", async () => {
      await fc.assert(
        fc.asyncProperty(shortBytes, fc.string({ unit: "binary" }), async (bytes, text) => {
          expect(await cbor.writeBytes(bytes)).to.equal(encode(bytes));
          expect(await cbor.readBytes(encode(bytes))).to.deep.equal([true, ethers.hexlify(bytes)]);
          expect(await cbor.writeText(ethers.toUtf8Bytes(text))).to.equal(encode(text));
        }),
        RUNS,
      );
    });

    it("writes token amounts as sign and magnitude", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.oneof(fc.constantFrom(...EDGES), fc.bigInt({ min: 0n, max: (1n << 255n) - 1n })),
          async (v) => {
            const magnitude =
              v === 0n ? "" : `00${v.toString(16).padStart(2 * Math.ceil(v.toString(16).length / 2), "0")}`;
            expect(await cbor.writeBigInt(v)).to.equal(encode(Buffer.from(magnitude, "hex")));
          },
        ),
        RUNS,
      );
    });

    it("refuses what is no unsigned integer, or is followed by anything", async () => {
      await fc.assert(
        fc.asyncProperty(shortBytes, async (data) => {
          let expected: [boolean, bigint];
          try {
            const value: unknown = codec.decode(data);
            const isUint = (typeof value === "number" || typeof value === "bigint") && data[0]! >> 5 === 0;
            expected = [isUint, isUint ? BigInt(value) : 0n];
          } catch {
            expected = [false, 0n];
          }
          const [ok, value] = await cbor.readUint(data);
          expect(ok).to.equal(expected[0]);
          if (ok) expect(value).to.equal(expected[1]);
        }),
        RUNS,
      );
    });
  });

  describe("answers", () => {
    let filecoin: SimulatedFilecoin;
    let calls: ActorCalls;
    let provider: bigint;

    beforeEach(async () => {
      filecoin = await simulatedFilecoin();
      calls = await ActorCalls.deploy();
      provider = await filecoin.createMiner();
    });

    const ask = async (messages: ActorMessage[]) =>
      (await calls.askAll(messages)).map(({ ret, exit }) =>
        ret === undefined ? exit : codec.decode(Buffer.from(ret, "hex"), { tags: cidTag(codec) }),
      );

    it("gives a deal back as it was published, in every getter", async () => {
      const price = fc.bigInt({ min: 0n, max: 1n << 120n });
      const label = fc.oneof(fc.string({ unit: "binary", maxLength: 80 }), shortBytes);
      const root = fc.uint8Array({ minLength: 32, maxLength: 32 });
      const deal = fc.record({
        client: uint64,
        start: epochs,
        price,
        label,
        root,
        height: fc.integer({ min: 2, max: 30 }),
      });
      await fc.assert(
        fc.asyncProperty(deal, fc.boolean(), async (made, verified) => {
          const startEpoch = (await filecoin.epoch()) + 1n + made.start;
          const endEpoch = startEpoch + 518_400n + made.start;
          const paddedBytes = 32n << BigInt(made.height);
          const amounts = { providerCollateralAtto: made.price, clientCollateralAtto: made.price + 1n };
          const { client, root: pieceRoot, label: named, price: pricePerEpochAtto } = made;
          const term = { startEpoch, endEpoch, verified, paddedBytes };
          const given = { provider, client, pieceRoot, label: named, pricePerEpochAtto, ...term, ...amounts };
          const params = Buffer.from(codec.encode(await filecoin.publishDeal(given))).toString("hex");
          const methods = [
            1157985802, 128053329, 935081690, 46363526, 163777312, 4287162428, 200567895, 2986712137, 2627389465,
            2567238399, 2611213344,
          ];
          const answers = await ask(methods.map((method) => ({ actor: 5n, method, params })));
          const cid = `000181e203922020${Buffer.from(pieceRoot).toString("hex")}`;
          const total = pricePerEpochAtto * (endEpoch - startEpoch);
          expect(answers.map(plain)).to.deep.equal(
            [
              [Buffer.from(cid, "hex"), paddedBytes],
              client,
              provider,
              named,
              [startEpoch, endEpoch - startEpoch],
              bigIntBytes(total),
              bigIntBytes(made.price + 1n),
              bigIntBytes(made.price),
              verified,
              [-1, -1],
              33,
            ].map(plain),
          );
        }),
        { numRuns: 15 },
      );
    });

    it("answers 21 to whatever is no sector number, and finds no sector of any number", async () => {
      await fc.assert(
        fc.asyncProperty(uint64, async (sector) => {
          const bare = Buffer.from(codec.encode(sector)).toString("hex");
          const inArray = Buffer.from(codec.encode([sector])).toString("hex");
          const expiration = { actor: provider, method: 3010055991 };
          const generate = { actor: provider, method: 1321604665 };
          const messages = [
            { ...expiration, params: bare },
            { ...expiration, params: inArray },
            { ...generate, params: inArray },
            { ...generate, params: bare },
          ];
          const answers = await ask(messages);
          expect(answers.map(plain)).to.deep.equal([17, 21, [0, Buffer.from("822020", "hex")], 21].map(plain));
        }),
        RUNS,
      );
    });
  });
});

/** Tag 42 is read as the bytes it holds. */
function cidTag(_codec: Codec) {
  const tags: ((inner: unknown) => unknown)[] = [];
  tags[42] = (inner) => inner;
  return tags;
}

function bigIntBytes(value: bigint): Uint8Array {
  if (value === 0n) return new Uint8Array();
  const hex = value.toString(16);
  return Buffer.from(`00${hex.length % 2 === 0 ? "" : "0"}${hex}`, "hex");
}

/** Numbers of either type and bytes of either class, comparable. */
function plain(value: unknown): unknown {
  if (typeof value === "number" || typeof value === "bigint") return BigInt(value).toString();
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString("hex")}`;
  return Array.isArray(value) ? value.map(plain) : value;
}
