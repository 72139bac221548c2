import { expect } from "chai";

import { tick } from "../../../src/keeper/tick";
import { openLibsqlStore } from "../../../src/store/libsql";
import { ChainStandIn } from "../../support/chainStandIn";
import { Crash, Plug } from "../../support/crash";
import { exampleJob, examplePiece, openTestKeeper, temporaryFolder } from "../../support/keeper";

const piece = examplePiece(1);

/** A tick with the plug pulled at the given call. True when it was pulled; false when the tick had fewer calls. */
async function crashAt(chain: ChainStandIn, folder: string, at: number, when: "before" | "after"): Promise<boolean> {
  const plug = new Plug(at, when);
  const openStore = async (name: string) => plug.store(await openLibsqlStore(name));
  const keeper = await openTestKeeper(chain, folder, {}, { openStore, rpc: plug.rpc(chain) }).catch(
    (error: Error) => error,
  );
  if (keeper instanceof Error) {
    expect(keeper).to.be.instanceOf(Crash);
    return true;
  }
  try {
    await tick(keeper);
    return false;
  } catch (error) {
    expect(error).to.be.instanceOf(Crash);
    return true;
  } finally {
    await keeper.close();
  }
}

async function ticks(chain: ChainStandIn, folder: string, count: number): Promise<void> {
  const keeper = await openTestKeeper(chain, folder);
  for (let i = 0; i < count; i++) await tick(keeper);
  await keeper.close();
}

async function unmined(folder: string, chain: ChainStandIn): Promise<string[]> {
  const keeper = await openTestKeeper(chain, folder);
  const outstanding = await keeper.store.intents.outstanding();
  await keeper.close();
  return outstanding.filter((it) => it.state !== "mined").map((it) => it.id);
}

async function withJob(work: (chain: ChainStandIn, folder: string) => Promise<void>): Promise<void> {
  const folder = temporaryFolder();
  const chain = new ChainStandIn();
  const keeper = await openTestKeeper(chain, folder.folder);
  await keeper.store.jobs.add([exampleJob({ piece })]);
  await keeper.close();
  await work(chain, folder.folder);
  folder.remove();
}

describe("keeper", () => {
  describe("a tick aborted anywhere and started again", () => {
    // Dying after a call is dying before the next one.
    for (const automine of [true, false]) {
      const mining = automine ? "at once" : "later";
      it(`neither loses nor repeats a submission (aborted after each call, mined ${mining})`, async () => {
        let points = 0;
        for (let more = true; more; points++) {
          await withJob(async (chain, folder) => {
            chain.automine = automine;
            more = await crashAt(chain, folder, points + 1, "after");
            chain.mine();
            await ticks(chain, folder, 1);
            chain.mine();
            chain.automine = true;
            await ticks(chain, folder, 2);
            expect(await unmined(folder, chain)).to.deep.equal([]);
            expect(chain.openRequests, `aborted after call ${points + 1}`).to.deep.equal([1n, 2n]);
          });
        }
        expect(points).to.be.greaterThan(40);
      });
    }

    it("neither loses nor repeats a cancellation", async () => {
      let points = 0;
      for (let more = true; more; points++) {
        await withJob(async (chain, folder) => {
          await ticks(chain, folder, 1);
          chain.mine(1_000n);
          more = await crashAt(chain, folder, points + 1, "after");
          await ticks(chain, folder, 3);
          const states = chain.requests.map((request) => request.state);
          const expected = ["cancelled", "cancelled", "open", "open"];
          expect(states, `aborted after call ${points + 1}`).to.deep.equal(expected);
        });
      }
      expect(points).to.be.greaterThan(30);
    });
  });
});
