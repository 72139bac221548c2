import { expect } from "chai";
import { network } from "hardhat";

import { type JsonRpc, ProviderRpc } from "../../../src/filecoin/rpc";
import { openLibsqlStore } from "../../../src/store/libsql";
import { RepairDeals } from "../../../src/store/repairDeals";
import type { SqlStore } from "../../../src/store/store";
import { Crash } from "../../support/crash";
import { State } from "../../support/repairMarket";
import { RepairScene } from "../../support/repairScene";

/** Dies at the n-th act that has an effect: a write to the store, a transaction, a proposal to a provider. Before it, or
 *  after it and before its answer. From then on nothing goes through, as after kill -9. */
class Death {
  acts: string[] = [];
  dead = false;

  constructor(
    private readonly at = -1,
    private readonly when: "before" | "after" = "before",
  ) {}

  async through<T>(name: string, hasEffect: boolean, work: () => Promise<T>): Promise<T> {
    if (this.dead) throw new Crash();
    const mine = hasEffect ? this.acts.push(name) - 1 : -1;
    if (mine === this.at && this.when === "before" && hasEffect) this.die();
    const result = await work();
    if (mine === this.at && hasEffect) this.die();
    return result;
  }

  private die(): never {
    this.dead = true;
    throw new Crash();
  }

  rpc(rpc: JsonRpc): JsonRpc {
    return {
      request: (method, params) =>
        this.through(method, method === "eth_sendRawTransaction", () => rpc.request(method, params)),
    };
  }

  store<T extends object>(store: T): T {
    const reads =
      /^(get|of|list|open|promised|count|shards|losses|copies|has|attempts|outstanding|points|relevant|all)/;
    return new Proxy(store, {
      get: (object, name) => {
        const value = Reflect.get(object, name) as unknown;
        if (typeof value === "object" && value !== null && name !== "db") return this.store(value);
        if (typeof value !== "function") return value;
        if (name === "close") return (value as () => unknown).bind(object);
        return (...args: unknown[]) =>
          this.through(String(name), !reads.test(String(name)), () =>
            (value as (...given: unknown[]) => Promise<unknown>).apply(object, args),
          );
      },
    });
  }
}

describe("Repair miner › killed at any act", function () {
  this.timeout(7_200_000);

  const realFetch = globalThis.fetch;
  let scene: RepairScene;

  afterEach(async () => {
    globalThis.fetch = realFetch;
    await scene.stop();
  });

  async function start(death: Death, port: number): Promise<Death> {
    try {
      await startWith(death, port);
      return death;
    } catch (error) {
      if (!death.dead) throw error;
      return start(new Death(), port);
    }
  }

  async function startWith(death: Death, port: number): Promise<void> {
    const providers = scene.providers.map(({ url }) => url);
    globalThis.fetch = (...args: Parameters<typeof fetch>) =>
      providers.some((url) => String(args[0]).startsWith(url))
        ? death.through("provider", args[1]?.method === "POST", () => realFetch(...args))
        : realFetch(...args);
    await scene.start({
      port,
      rpc: death.rpc(new ProviderRpc(network.provider)),
      openStores: async (folder) => {
        const base: SqlStore = await openLibsqlStore(folder);
        return { base: death.store(base), deals: death.store(await RepairDeals.open(folder)) };
      },
      settings: { policy: { minWithdrawAtto: 10n ** 17n } },
    });
  }

  /** A deal from its proposal through a lost shard to its end; the client asks again for what it got no answer to. */
  async function live(death: Death): Promise<void> {
    scene = await RepairScene.set({ providers: 6, k: 2, n: 3 });
    const port = Number(new URL(scene.running.url).port);
    await scene.running.stop();
    death = await start(death, port);
    const proposal = scene.proposal({ durationEpochs: scene.world.rules.minDuration });
    const bidId = await scene.bidFor(proposal);
    const authorisation = await scene.world.sign(scene.askId, bidId);
    const lens = scene.world.lens;

    /** One step, and a new process if the old one died in it. */
    const go = async (epochs: bigint, client?: () => Promise<unknown>) => {
      await client?.().catch((error: Error) => {
        if (!death.dead) throw error;
      });
      await scene.step(epochs).catch((error: Error) => {
        if (!death.dead) throw error;
      });
      if (!death.dead) return;
      await scene.running.stop();
      death = await start(new Death(), port);
    };
    const ask = async () => {
      await scene.negotiation.propose(proposal);
      const answer = await scene.negotiation.bid(proposal.id, { bidId, authorisation });
      for (const shard of answer.missing ?? [])
        await scene.negotiation.receiveShard(proposal.id, shard, scene.range(shard));
    };
    const held = async () => ((await lens.dealOf(bidId)).start === 0n ? 0n : (await lens.healthOf(bidId)).held);

    for (let i = 0; i < 40 && (await held()) < 3n; i++) await go(4n, i < 3 ? ask : undefined);
    const lost = (await lens.placementsOf(bidId))[0]!;
    await scene.provider(lost.provider).terminate(lost.sector);
    for (let i = 0; i < 40 && (await held()) < 3n; i++) await go(4n);
    for (let i = 0; i < 70 && (await lens.dealOf(bidId)).state !== State.Finished; i++) await go(400n);
    await go(1n);
    await go(1n);

    const { state, earned, total, withdrawable, order } = await lens.dealOf(bidId);
    expect([state, order.progress.strikes, withdrawable], "finished, without a strike").to.deep.equal([8n, 0n, 0n]);
    expect(earned, "all of it earned").to.equal(total);
    expect(await scene.world.market.creditOf(scene.world.owner.address), "and paid once").to.equal(total);
    const { market } = scene.world;
    const logs = [market.filters.DealAdded(), market.filters.ShardPlaced(), market.filters.DealFinished()];
    const counts = await Promise.all(logs.map(async (filter) => (await market.queryFilter(filter as never)).length));
    expect(counts, "one deal, each shard placed once and one twice, one end").to.deep.equal([1, 4, 1]);
    const copies = scene.providers.flatMap(({ deals }) =>
      [...deals.values()].filter((deal) => deal.state !== "failed"),
    );
    expect(copies.length, "a copy for each shard, and one for the lost one").to.equal(4);
    expect((await scene.negotiation.answer(proposal.id)).state).to.equal("finished");
  }

  it("neither places nor pays twice, and loses nothing", async () => {
    const whole = new Death();
    await live(whole);
    const { length } = whole.acts;
    expect(length).to.be.greaterThan(60);
    // All of them take an hour: MINER_KILLS=1 kills at each, in turns before and after.
    const every = Number(process.env.MINER_KILLS ?? 47);
    for (let at = 0; at < length; at += every) {
      const when = (at / every) % 2 === 0 ? "after" : "before";
      globalThis.fetch = realFetch;
      await scene.stop();
      await live(new Death(at, when)).catch((error: Error) => {
        const act = `${whole.acts[at]} (${at} of ${length})`;
        throw new Error(`killed ${when} ${act}: ${error.message}`, { cause: error });
      });
    }
  });
});
