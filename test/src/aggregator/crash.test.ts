import { expect } from "chai";

import { AggregatorScene } from "../../support/aggregatorScene";

/** The process dies at one of its requests to the outside: before it leaves, or after it was obeyed and before the
 *  answer came. Nothing more leaves it then. */
type Death = { at: number; moment: "before" | "after" };

describe("Aggregator › killed at any request to the outside", function () {
  this.timeout(300_000);

  const realFetch = globalThis.fetch;
  let scene: AggregatorScene;

  afterEach(async () => {
    globalThis.fetch = realFetch;
    await scene.stop();
  });

  /** Counts the aggregator's requests, and lets it die at one of them: nothing is answered any more, so it does nothing
   *  any more, until its remains are swept up. */
  function watch(death?: Death) {
    const hanging: (() => void)[] = [];
    let died = () => {};
    const state = {
      count: 0,
      dead: false,
      swept: false,
      death: new Promise<void>((resolve) => (died = resolve)),
      sweep: () => {
        state.swept = true;
        for (const end of hanging) end();
      },
    };
    globalThis.fetch = async (...args: Parameters<typeof fetch>) => {
      // Providers fetch from the aggregator, and go on without it.
      if (String(args[0]).startsWith(scene.aggregator.url)) return realFetch(...args);
      if (!state.dead && state.count++ !== death?.at) return realFetch(...args);
      if (!state.dead) {
        state.dead = true;
        if (death?.moment === "after") await realFetch(...args);
        died();
      }
      if (!state.swept) await new Promise<void>((resolve) => hanging.push(resolve));
      throw new TypeError("dead");
    };
    return state;
  }

  async function live(death?: Death): Promise<number> {
    scene = await AggregatorScene.set(2);
    const request = await scene.submit(500);
    const state = watch(death);
    for (let i = 0; i < 8 && !state.dead; i++) {
      const round = scene.round();
      await Promise.race([round, state.death]);
      round.catch(() => undefined);
    }
    if (state.dead) {
      const stopped = scene.aggregator.stop();
      state.sweep();
      await stopped;
      globalThis.fetch = realFetch;
      await scene.startAggregator();
      await scene.rounds(8);
    }
    expect(await scene.isCompleted(request), "the request is completed").to.equal(true);
    expect(await scene.dealsOf(scene.pieces[0]!), "one deal is listed").to.have.length(1);
    expect(await scene.filecoin.dealCount(), "one deal was made").to.equal(1n);
    return state.count;
  }

  it("completes each request once, with one deal", async () => {
    const requests = await live();
    expect(requests).to.be.greaterThan(20);
    // Every second one, in turns before and after: all of them, both ways, take minutes.
    for (let at = 0; at < requests; at += 2) {
      const moment = at % 4 === 0 ? "after" : "before";
      globalThis.fetch = realFetch;
      await scene.stop();
      await live({ at, moment }).catch((error: Error) => {
        throw new Error(`killed ${moment} request ${at} of ${requests}: ${error.message}`, { cause: error });
      });
    }
  });
});
