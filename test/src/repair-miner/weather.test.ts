import { expect } from "chai";
import { network } from "hardhat";

import { type JsonRpc, ProviderRpc, RpcError } from "../../../src/filecoin/rpc";
import { State } from "../../support/repairMarket";
import { RepairScene } from "../../support/repairScene";

/** mulberry32: the same weather each time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("Repair miner › weather", function () {
  this.timeout(600_000);

  const SEEDS = (process.env.MINER_WEATHER ?? "1").split(",").map(Number);
  const STEPS = 36;
  const EPOCHS = 300n;

  for (const seed of SEEDS) {
    it(`keeps its deals whole through faults, silences, RPC errors and restarts (seed ${seed})`, async () => {
      const random = seeded(seed);
      const scene = await RepairScene.set({ k: 3, n: 6, providers: 12, settings: { dropBytes: true } });
      try {
        const stormy: JsonRpc = {
          request: async (method, params) => {
            if (random() < 0.004) throw new RpcError(method, -32000, "the weather");
            return new ProviderRpc(network.provider).request(method, params);
          },
        };
        const deals = [await scene.kept({ durationEpochs: 10_000n }), await scene.kept({ durationEpochs: 12_000n })];
        const troubled = new Set<bigint>();
        for (let step = 0; step < STEPS; step++) {
          for (const provider of scene.providers) {
            if (troubled.has(provider.id)) {
              if (random() > 0.15) continue;
              troubled.delete(provider.id);
              await (provider.vanished ? provider.comeBack() : recoverAll(provider));
              // Two at a time, so that no weather takes what the code cannot spare.
            } else if (troubled.size < 2 && random() < 0.06) {
              troubled.add(provider.id);
              if (random() < 0.5) await provider.vanish();
              else
                for (const { sector, health } of provider.sectors())
                  if (health === "active") await provider.fault(sector);
            }
          }
          if (random() < 0.1) {
            await scene.running.stop();
            // The lock, the store and the folder are all that the next process has.
            for (let tries = 0; tries < 20; tries++) {
              const started = await scene
                .start({ rpc: stormy, settings: { dropBytes: true } })
                .catch((error: Error) => error);
              if (started === undefined) break;
            }
          }
          await scene.step(EPOCHS).catch((error: Error) => {
            if (!/the weather/.test(error.message)) throw error;
          });
        }
        for (const provider of scene.providers) if (provider.vanished) await provider.comeBack();
        for (const { id } of deals) await scene.until(id, "finished", 40, EPOCHS).catch(() => undefined);
        for (const { bidId } of deals) {
          const { state, earned, total, order } = await scene.world.lens.dealOf(bidId);
          const summary = { state, strikes: order.progress.strikes, earned };
          expect(summary).to.deep.equal({ state: State.Finished, strikes: 0n, earned: total });
        }
      } finally {
        await scene.stop();
      }
    });
  }

  async function recoverAll(provider: RepairScene["providers"][number]): Promise<void> {
    for (const { sector, health } of provider.sectors()) if (health === "faulty") await provider.recover(sector);
  }
});
