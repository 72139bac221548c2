import { expect } from "chai";
import { hexlify, keccak256, toUtf8Bytes } from "ethers";
import { ulid } from "ulid";

import { NoticedSectors } from "../../../src/aggregator/noticedSectors";
import type { JsonRpc } from "../../../src/filecoin/rpc";
import { pieceCidV2 } from "../../../src/data/pieceCid";
import type { Placement } from "../../../src/store/aggregations";
import { ISectorContents__factory } from "../../../typechain-types";

const abi = ISectorContents__factory.createInterface();
const CONTENTS = `0x${"11".repeat(20)}`;
const root = new Uint8Array(32).fill(7);

describe("NoticedSectors", () => {
  const identifier = ulid();
  const cid = pieceCidV2({ root, height: 5, payloadBytes: 1000n }).toString();
  const placement = { identifier, cid, providerId: 1000n, createdEpoch: 10n } as Placement;
  const right = { provider: 1000n, sector: 3n, height: 5, payload: identifier };

  /** What is found among these notices, in their order. */
  async function found(...notices: (typeof right)[]): Promise<bigint | undefined> {
    const logs = notices.map(({ provider, sector, height, payload }) => ({
      ...abi.encodeEventLog("PieceSealed", [
        ...[provider, sector, hexlify(root), height, 9_999n],
        keccak256(toUtf8Bytes(payload)),
      ]),
      ...{ address: CONTENTS, blockNumber: "0xc", transactionHash: "0x", logIndex: "0x0" },
    }));
    const rpc = { request: async () => logs } as unknown as JsonRpc;
    return new NoticedSectors(rpc, CONTENTS).sectorOf(placement, 20n);
  }

  it("finds the sector that the provider named the deal for", async () => {
    expect(await found(right)).to.equal(3n);
    expect(await found()).to.equal(undefined);
  });

  for (const [what, other] of [
    ["another provider", { provider: 1001n }],
    ["another deal of the same piece", { payload: ulid() }],
    ["a piece with the same root at another height", { height: 6 }],
  ] as const)
    it(`passes over ${what}`, async () => {
      const notice = { ...right, sector: 8n, ...other };
      expect(await found(notice)).to.equal(undefined);
      expect(await found(notice, right)).to.equal(3n);
    });

  it("asks providers to tell the contract, with the deal's name", () => {
    const told = new NoticedSectors({} as JsonRpc, CONTENTS).notification(identifier);
    expect(told.notification_address).to.match(/^f410f/);
    expect(Buffer.from(told.notification_payload, "base64").toString()).to.equal(identifier);
  });
});
