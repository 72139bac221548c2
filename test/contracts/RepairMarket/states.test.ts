import { expect } from "chai";
import type { ContractTransactionResponse } from "ethers";

import { nameOf } from "../../../src/protocol/enums";
import { activeFixture, openFixture, placedFixture, repairingFixture, State } from "../../support/repairMarket";

type Active = Awaited<ReturnType<typeof activeFixture>>;
type Scene = Omit<Active, "start" | "end" | "total" | "stake" | "sealed" | "addedAt"> & { sealed?: Active["sealed"] };

const wait = async (scene: Scene, epochs: bigint) => scene.world.nextAt((await scene.world.now()) + epochs);

/** How to get a record into each state that is stored. */
const SCENES: Record<string, () => Promise<Scene>> = {
  Open: async () => ({ ...(await openFixture()), dealId: 1n }),
  Cancelled: async () => {
    const scene = { ...(await openFixture()), dealId: 1n };
    await scene.market.connect(scene.world.client).cancelBid(1n);
    return scene;
  },
  Expired: async () => {
    const scene = { ...(await openFixture()), dealId: 1n };
    await wait(scene, 2_000n);
    await scene.market.expireBid(1n);
    return scene;
  },
  Placing: placedFixture,
  Active: activeFixture,
  Repairing: repairingFixture,
  Failed: async () => {
    const scene = await placedFixture();
    await wait(scene, 6_000n);
    await scene.market.slashRepairMiner(scene.miner, 1n, []);
    return scene;
  },
  Finished: async () => {
    const scene = await activeFixture();
    for (const epochs of [6_000n, 12_000n, 18_000n]) {
      await scene.world.nextAt(scene.start + epochs);
      await scene.world.prove(1n, scene.sealed);
    }
    await scene.world.nextAt(scene.end + 1n);
    await scene.market.settle(1n);
    return scene;
  },
};

/** Each function, called as well as the state allows, and the states in which it does something. */
const FUNCTIONS: [string, (scene: Scene) => Promise<ContractTransactionResponse>, string[]][] = [
  ["cancelBid", (s) => s.market.connect(s.world.client).cancelBid(1n), ["Open"]],
  [
    "expireBid",
    async (s) => {
      const { expiry } = await s.market.orderOf(1n);
      if ((await s.world.now()) < expiry) await s.world.nextAt(expiry + 1n);
      return s.market.expireBid(1n);
    },
    ["Open"],
  ],
  ["approveBid", (s) => s.market.connect(s.world.client).approveBid(1n, 1n), ["Open"]],
  ["addDeal", (s) => s.miner.addDeal(1n, 1n, s.signature), ["Open"]],
  ["placeShards", (s) => s.miner.placeShards(1n, []), ["Placing", "Active", "Repairing"]],
  ["proveRepair", (s) => s.market.proveRepair(1n, [], []), ["Placing", "Active", "Repairing"]],
  [
    "reportLoss",
    async (s) => {
      const where = s.sealed?.[3];
      if (where !== undefined) await s.world.filecoin.declareFault(where.provider, where.sector);
      return s.market.reportLoss(1n, 3, where === undefined ? "0x" : await s.world.locationOf(where));
    },
    ["Active", "Repairing"],
  ],
  [
    "cure",
    async (s) => {
      const where = s.sealed?.[0];
      if (where !== undefined) {
        const { status } = await s.world.filecoin.sector(where.provider, where.sector);
        if (status === "faulty") await s.world.filecoin.recover(where.provider, where.sector);
      }
      return s.market.cure(1n, 0, where === undefined ? "0x" : await s.world.locationOf(where));
    },
    ["Repairing"],
  ],
  [
    "slashRepairMiner",
    async (s) => {
      await wait(s, 6_100n);
      const order = await s.market.orderOf(1n);
      return s.market.slashRepairMiner(order.miner === 0n ? `0x${"00".repeat(20)}` : s.miner, 1n, []);
    },
    ["Placing", "Active", "Repairing"],
  ],
  [
    "settle",
    async (s) => {
      await wait(s, 30_000n);
      return s.market.settle(1n);
    },
    ["Active", "Repairing"],
  ],
  [
    "withdrawEarnings",
    async (s) => {
      if (s.sealed !== undefined && (await s.market.orderOf(1n)).state === State.Active) {
        await s.world.filecoin.skip(10n);
        const where = s.sealed[0]!;
        const { status } = await s.world.filecoin.sector(where.provider, where.sector);
        if (status === "faulty") await s.world.filecoin.recover(where.provider, where.sector);
        await s.world.prove(1n, s.sealed);
      }
      return s.market.withdrawEarnings(1n);
    },
    ["Active", "Repairing"],
  ],
];

describe("RepairMarket", () => {
  describe("every state and every function (I13)", () => {
    for (const [state, scene] of Object.entries(SCENES)) {
      describe(state, () => {
        it("reads as such", async () => {
          const { world } = await scene();
          const [bids] = [(await world.lens.bids(1n, 10n)).page];
          expect(nameOf("RepairState", bids[0]!.state)).to.equal(state);
        });

        for (const [name, call, allowed] of FUNCTIONS) {
          it(`${allowed.includes(state) ? "allows" : "refuses"} ${name}`, async () => {
            const here = await scene();
            if (allowed.includes(state)) await (await call(here)).wait();
            else {
              const before = await here.market.orderOf(1n);
              await expect(call(here)).to.be.reverted;
              expect(await here.market.orderOf(1n)).to.deep.equal(before);
            }
          });
        }
      });
    }
  });
});
