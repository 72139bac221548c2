import { expect } from "chai";
import { readFileSync } from "node:fs";
import { deployments, ethers, network } from "hardhat";

import { SimulatedFilecoin } from "../../../src/devnet/actors/filecoin";
import { type SectorContents, SectorContents__factory } from "../../../typechain-types";
import { deployed, fixture } from "../../support/chain";

const METHOD = 2034386435n;
const CBOR = 0x51n;

interface Case {
  name: string;
  calls: { params: string }[];
}
const { notifications } = JSON.parse(readFileSync("test/vectors/actors-v18.json", "utf8")) as {
  notifications: { cases: Case[] };
};

const cborUint = (major: number, value: bigint): string => {
  const head = (low: number, bytes: number) =>
    ((major << 5) | low).toString(16).padStart(2, "0") +
    (bytes === 0 ? "" : value.toString(16).padStart(2 * bytes, "0"));
  if (value < 24n) return head(Number(value), 0);
  if (value < 1n << 8n) return head(24, 1);
  if (value < 1n << 16n) return head(25, 2);
  if (value < 1n << 32n) return head(26, 4);
  return head(27, 8);
};
const uint = (value: bigint) => (value < 0n ? cborUint(1, -1n - value) : cborUint(0, value));
const bytes = (hex: string) => cborUint(2, BigInt(hex.length / 2)) + hex;
const array = (items: string[]) => cborUint(4, BigInt(items.length)) + items.join("");
const ROOT = "ab".repeat(31) + "0a";
const cid = (root = ROOT) => `d82a${bytes(`000181e203922020${root}`)}`;
const piece = (o: { cid?: string; size?: bigint; payload?: string } = {}) =>
  array([o.cid ?? cid(), uint(o.size ?? 1024n), bytes(o.payload ?? "cafe")]);
const sector = (number: bigint, end: bigint, pieces: string[]) => array([uint(number), uint(end), array(pieces)]);

const world = fixture(async () => {
  await deployed("SectorContents");
  const filecoin = await SimulatedFilecoin.attach(network.provider);
  const provider = await filecoin.createMiner();
  const masked = `0xff${provider.toString(16).padStart(38, "0")}`;
  const [someone] = await ethers.getSigners();
  const contents = SectorContents__factory.connect((await deployments.get("SectorContents")).address, someone);
  /** Calls as the miner actor does. */
  const tell = async (params: string, from = masked, method = METHOD, codec = CBOR) => {
    await network.provider.send("hardhat_impersonateAccount", [from]);
    await network.provider.send("hardhat_setBalance", [from, "0x1000000000000000000"]);
    const as = contents.connect(await ethers.getSigner(ethers.getAddress(from)));
    const answer = await as.handle_filecoin_method.staticCall(method, codec, `0x${params}`);
    const sent = await as.handle_filecoin_method(method, codec, `0x${params}`);
    return { answer: answer.data, exit: answer.exitCode, codec: answer.returnCodec, sent };
  };
  return { contents, filecoin, provider, masked, tell };
});

const commitment = (contents: SectorContents, provider: bigint, number: bigint, height = 5n) =>
  contents.commitmentOf({ provider, sector: number, root: `0x${ROOT}`, height });

describe("SectorContents", () => {
  describe("handle_filecoin_method", () => {
    describe("who calls", () => {
      it("refuses accounts, contracts, native actors that are no miners, and ids that nobody has", async () => {
        const { contents, tell } = await world();
        for (const from of [
          "0x00000000000000000000000000000000000000aa",
          "0xff00000000000000000000000000000000000005",
          "0xff00000000000000000000000000000000ffffff",
        ]) {
          await expect(tell(array([]), from))
            .to.be.revertedWithCustomError(contents, "SectorContents_NotMiner")
            .withArgs(ethers.getAddress(from));
        }
      });

      it("refuses other methods and codecs", async () => {
        const { contents, masked, tell } = await world();
        await expect(tell(array([]), masked, METHOD + 1n))
          .to.be.revertedWithCustomError(contents, "SectorContents_UnknownMethod")
          .withArgs(METHOD + 1n);
        await expect(tell(array([]), masked, METHOD, 0x71n))
          .to.be.revertedWithCustomError(contents, "SectorContents_WrongCodec")
          .withArgs(0x71n);
      });
    });

    describe("every notification recorded from the real actors", () => {
      for (const { name, calls } of notifications.cases) {
        it(`is taken whole: ${name}`, async () => {
          const { tell } = await world();
          for (const { params } of calls) {
            const { answer, codec, exit } = await tell(params);
            expect([exit, codec]).to.deep.equal([0n, CBOR]);
            const kept = answer.slice(2).match(/f[45]/g) ?? [];
            expect(kept.length).to.equal((params.match(/0181e203922020/g) ?? []).length);
            expect(kept.every((one) => one === "f5")).to.equal(true);
          }
        });
      }
    });

    it("remembers what a sector holds, for each payload and for any", async () => {
      const { contents, provider, tell } = await world();
      const { sent } = await tell(array([sector(7n, 900_000n, [piece(), piece({ payload: "beef" })])]));
      await expect(sent)
        .to.emit(contents, "PieceSealed")
        .withArgs(provider, 7n, `0x${ROOT}`, 5n, 900_000n, ethers.keccak256("0xbeef"));
      expect(await commitment(contents, provider, 7n)).to.equal(900_000n);
      const asked = [{ provider, sector: 7n, root: `0x${ROOT}`, height: 5n }];
      for (const [payload, end] of [
        ["0xcafe", 900_000n],
        ["0xbeef", 900_000n],
        ["0xdead", 0n],
      ] as const) {
        expect(await contents.commitmentsOf(asked, ethers.keccak256(payload))).to.deep.equal([end]);
      }
      // The same root as a piece of another height, sector or provider was not told.
      expect(await commitment(contents, provider, 7n, 6n)).to.equal(0n);
      expect(await commitment(contents, provider, 8n)).to.equal(0n);
      expect(await commitment(contents, provider + 1n, 7n)).to.equal(0n);
    });

    it("believes the newest notice", async () => {
      const { contents, provider, tell } = await world();
      await tell(array([sector(7n, 900_000n, [piece()])]));
      await tell(array([sector(7n, 800_000n, [piece()])]));
      expect(await commitment(contents, provider, 7n)).to.equal(800_000n);
      await tell(array([sector(7n, 950_000n, [piece({ payload: "beef" })])]));
      expect(await commitment(contents, provider, 7n)).to.equal(950_000n);
    });

    it("answers false for a bad element and keeps its neighbours", async () => {
      const { contents, provider, tell } = await world();
      const pieces = [
        piece({ cid: cid("11".repeat(32)), size: 1000n }),
        piece({ cid: `d82a${bytes("00015512200011")}` }),
        piece({ size: 64n }),
        piece({ payload: "" }),
        piece({ size: (1n << 64n) - 1n }),
      ];
      const { answer } = await tell(
        array([sector(1n, 500_000n, pieces), sector(2n, -1n, [piece()]), sector(3n, 1n, [])]),
      );
      expect(answer).to.equal("0x8385f4f4f4f5f481f480");
      expect(await commitment(contents, provider, 1n)).to.equal(500_000n);
      expect(await commitment(contents, provider, 2n)).to.equal(0n);
    });

    it("answers in the exact shape at every length of the head", async () => {
      const { tell } = await world();
      for (const count of [0, 1, 23, 24, 255, 256]) {
        const { answer } = await tell(
          array([
            sector(
              1n,
              5n,
              Array.from({ length: count }, () => piece({ size: 3n })),
            ),
          ]),
        );
        expect(answer).to.equal(`0x81${cborUint(4, BigInt(count))}${"f4".repeat(count)}`);
      }
    });

    it("reads integers of every length", async () => {
      const { contents, provider, tell } = await world();
      for (const number of [0n, 23n, 24n, 255n, 256n, 65_536n, 1n << 32n, (1n << 63n) - 1n]) {
        await tell(array([sector(number, (1n << 62n) + number / 4n, [piece()])]));
        expect(await commitment(contents, provider, number)).to.equal((1n << 62n) + number / 4n);
      }
    });

    it("refuses what is no batch", async () => {
      const { tell } = await world();
      const good = array([sector(1n, 5n, [piece()])]);
      const interfaceWithError = new ethers.Interface(["error SectorNotice_Malformed(uint256 at)"]);
      for (const bad of [
        "",
        "a0",
        "9f",
        `${good}00`,
        good.slice(0, -2),
        "9bffffffffffffffff",
        array([array([uint(1n), uint(5n)])]),
        array([array([uint(-1n), uint(5n), array([])])]),
        array([array([uint(1n), bytes("00"), array([])])]),
        array([array([uint(1n), uint(1n << 63n), array([])])]),
        array([sector(1n, 5n, [array([cid(), uint(1024n)])])]),
        array([sector(1n, 5n, [array([bytes("00"), uint(1024n), bytes("")])])]),
        array([sector(1n, 5n, [array([`d82b${bytes("00")}`, uint(1024n), bytes("")])])]),
      ]) {
        await expect(tell(bad), bad).to.be.revertedWithCustomError(
          { interface: interfaceWithError } as never,
          "SectorNotice_Malformed",
        );
      }
    });
  });
});
