import { expect } from "chai";
import { Transaction, Wallet } from "ethers";
import pino from "pino";

import { type Block, blockAt } from "../../../src/filecoin/block";
import { dealStatusAbi, dealStatusCall } from "../../../src/protocol/dealStatus";
import { LANE_DEFAULTS, type LaneSettings } from "../../../src/outbox/lane";
import { SpendingLimitError } from "../../../src/outbox/laneErrors";
import { pieceOfKey } from "../../../src/data/pieceKey";
import { ContractRevertError } from "../../../src/filecoin/revert";
import { type JsonRpc, RpcError, RpcUnreachableError } from "../../../src/filecoin/rpc";
import { openedRequest } from "../../../src/keeper/openedRequest";
import { type Call, countWaiting, openOutbox, type Outbox, type OutboxOptions } from "../../../src/outbox/outbox";
import { openLibsqlStore } from "../../../src/store/libsql";
import type { SqlStore } from "../../../src/store/store";
import { ChainStandIn } from "../../support/chainStandIn";
import { Crash, Plug } from "../../support/crash";
import { examplePiece, KEEPER_KEY, temporaryFolder } from "../../support/keeper";
import { recorded } from "../../support/scriptedRpc";

/** What the programs open it with. */
const PROGRAMS: Record<string, OutboxOptions> = {
  keeper: { planned: "forget", seen: "events", opened: openedRequest },
  "repair miner": { planned: "forget", seen: "block", about: ({ requestId }) => ({ deal: requestId?.toString() }) },
  watcher: { planned: "forget", seen: "block", about: ({ piece }) => ({ key: piece }) },
  aggregator: { planned: "resend", seen: "block" },
};

/** Gas used × price, as the chain of these tests charges each transaction. */
const COST = 0x80000n * 0xc8n;

const key = new Wallet(KEEPER_KEY);
const piece = examplePiece(1);

type Line = { level: number; msg: string } & Record<string, unknown>;

function lotusSays(label: string): RpcError {
  const { code, message, data } = recorded(label).error!;
  return new RpcError(recorded(label).method, code, message, data);
}

for (const [program, options] of Object.entries(PROGRAMS)) {
  describe(`Outbox › of the ${program}`, () => {
    let chain: ChainStandIn;
    let folder: ReturnType<typeof temporaryFolder>;
    let store: SqlStore;
    let outbox: Outbox;
    let lines: Line[];

    beforeEach(async () => {
      chain = new ChainStandIn();
      chain.automine = false;
      folder = temporaryFolder();
      lines = [];
      await open();
    });
    afterEach(async () => {
      await store.close();
      folder.remove();
    });

    const outboxWith = (base: SqlStore, rpc: JsonRpc, settings: Partial<LaneSettings> = {}) => {
      const log = pino({ base: undefined }, { write: (line: string) => void lines.push(JSON.parse(line) as Line) });
      const { intents } = base;
      return openOutbox(
        { rpc, key, chainId: chain.chainId, intents, errors: dealStatusAbi, log, settings: { ...settings } },
        options,
      );
    };
    async function open(settings: Partial<LaneSettings> = {}): Promise<void> {
      store = await openLibsqlStore(folder.folder);
      outbox = outboxWith(store, chain, settings);
    }
    /** As when the process ends and begins anew. */
    async function reopen(): Promise<void> {
      await store.close();
      await open();
    }

    const head = (): Promise<Block> => blockAt(chain, "latest");
    const submission = (): Call => ({
      ...{ kind: "submit", to: chain.address, reason: "a copy is missing", piece },
      data: dealStatusCall.submit(pieceOfKey(piece).cid.bytes, "http://x"),
    });
    /** The chain of these tests mines it and lets it fail: no such request is open. */
    const inVain = (): Call => ({
      ...{ to: chain.address, reason: "to no avail", piece },
      data: dealStatusCall.cancel(7n),
    });
    const send = async (call = submission()) => outbox.send(call, await head());
    const settle = async () => outbox.settle(await head());
    const outstanding = () => store.intents.outstanding();
    const told = (msg: string) => lines.filter((line) => line.msg === msg);
    const spent = () => store.intents.spentSince(0n, outbox.address);
    const refuse = (at?: string) => {
      chain.intercept = (method, params) => {
        if (method === "eth_call" && (at === undefined || params[1] === at)) throw lotusSays("str");
        return undefined;
      };
    };

    it("stores the intent before it asks anything, and the signed transaction before it leaves", async () => {
      const states: string[] = [];
      chain.intercept = async (method, params) => {
        if (method !== "eth_getBalance" && method !== "eth_sendRawTransaction") return undefined;
        const [intent] = await outstanding();
        states.push(intent!.state);
        if (method !== "eth_sendRawTransaction") return undefined;
        expect((await store.intents.attempts(intent!.id)).map(({ raw }) => raw)).to.deep.equal([params[0]]);
        return undefined;
      };
      await send();
      expect(states).to.deep.equal(["planned", "signed"]);
    });

    it("says in the log what was sent and why, and what it came to and cost", async () => {
      const { id } = await send();
      const { hash } = Transaction.from(chain.pool[0]);
      expect(told("sent")).to.have.length(1);
      expect(told("sent")[0]).to.include({ intent: id, reason: "a copy is missing", hash });
      chain.mine();
      await settle();
      expect(told("mined")).to.have.length(1);
      expect(told("mined")[0]).to.include({ intent: id, hash, costAtto: COST.toString() });
    });

    it("tells the problem of a waiting transaction once, also after a new start", async () => {
      await send();
      chain.balanceAtto = 5n;
      expect(countWaiting(await settle())).to.equal(1);
      await settle();
      await reopen();
      await settle();
      expect(told("a transaction is waiting")).to.have.length(1);
      expect((await outstanding())[0]!.error).to.contain("Send FIL");
      chain.balanceAtto = 6n;
      await settle();
      expect(told("a transaction is waiting"), "another problem").to.have.length(2);
    });

    it("goes on with what the node did not say that it took, and tells so", async () => {
      chain.intercept = (method) => {
        if (method === "eth_sendRawTransaction") throw new RpcUnreachableError("http://x", method, false, "ECONNRESET");
        return undefined;
      };
      const { id, state } = await send();
      expect(state).to.equal("signed");
      expect(told("the node may not have accepted the transaction")).to.have.length(1);
      const [attempt] = await store.intents.attempts(id);
      chain.intercept = undefined;
      await reopen();
      await settle();
      expect(chain.pool).to.deep.equal([attempt!.raw]);
    });

    it("says what became of the others when the node gives no answer about one", async () => {
      await send();
      await send();
      const [first, silent] = chain.pool.map((raw) => Transaction.from(raw).hash);
      await send(inVain());
      chain.mine();
      chain.intercept = (method, params) => {
        if (params[0] !== silent) return undefined;
        throw new RpcUnreachableError("http://x", method, true, "no answer");
      };
      expect((await settle()).map(({ state }) => state)).to.deep.equal(["mined", "waiting", "failed"]);
      expect(told("mined")[0]).to.include({ hash: first });
      await reopen();
      expect(countWaiting(await settle())).to.equal(1);
      expect(told("a transaction could not be looked up; the next look tries again")).to.have.length(1);
      chain.intercept = (method, params) => {
        if (params[0] === silent) throw new RpcError(method, 1, "the index is being built");
        return undefined;
      };
      expect(countWaiting(await settle())).to.equal(1);
      chain.intercept = undefined;
      expect((await settle()).map(({ state }) => state)).to.deep.equal(["mined"]);
    });

    it("does not take an error of the program or its store for an answer of the node", async () => {
      await send();
      chain.mine();
      const broken = { mined: () => Promise.reject(new Error("disk I/O error")) };
      const { intents } = store;
      const failing = new Proxy(intents, {
        get: (target, name) => {
          const value: unknown = Reflect.get(name in broken ? broken : target, name);
          return typeof value === "function" ? (value as () => unknown).bind(target) : value;
        },
      });
      outbox = outboxWith({ ...store, intents: failing } as SqlStore, chain);
      expect(await settle().catch((error: Error) => error.message)).to.equal("disk I/O error");
      chain.intercept = () => {
        throw new TypeError("undefined is not a function");
      };
      expect(await settle().catch((error: Error) => error.name)).to.equal("TypeError");
    });

    it("asks the spending limit before each", async () => {
      const limit = ((0x100000n * LANE_DEFAULTS.gasPercent) / 100n) * 300n;
      await store.close();
      await open({ dailyLimitAtto: limit });
      await send();
      const second = await send().catch((error: Error) => error);
      expect(chain.pool).to.have.length(1);
      if (options.planned === "forget") {
        expect(second).to.be.instanceOf(SpendingLimitError);
        expect(await outstanding()).to.have.length(1);
        return;
      }
      expect(second).to.have.property("state", "planned");
      await settle();
      expect(told("a transaction could not be sent yet")).to.have.length(1);
      chain.mine(2_881n);
      await settle();
      chain.mine(2_881n);
      await settle();
      expect(Transaction.from(chain.pool[0]).nonce, "on the next day").to.equal(1);
    });

    it("throws the contract's refusal, typed, with nothing sent and nothing under way", async () => {
      refuse();
      const error = await send().catch((why: unknown) => why);
      expect(error).to.be.instanceOf(ContractRevertError).and.to.include({ reason: "Error" });
      expect(await outstanding()).to.deep.equal([]);
      expect(chain.pool).to.deep.equal([]);
      expect(await store.intents.failures(5)).to.have.length(options.planned === "resend" ? 1 : 0);
    });

    if (options.planned === "forget") {
      it("forgets what was planned and never left", async () => {
        await store.intents.plan({ ...planned(), id: "planned" });
        expect(await settle()).to.deep.equal([]);
        expect(await outstanding()).to.deep.equal([]);
        expect(chain.pool).to.deep.equal([]);
      });
    } else {
      it("sends what was planned and never left, as the same intent", async () => {
        await store.intents.plan({ ...planned(), id: "planned" });
        expect(countWaiting(await settle())).to.equal(1);
        expect(await outstanding()).to.have.length(1);
        expect((await store.intents.get("planned"))!.state).to.equal("signed");
        expect(chain.pool).to.have.length(1);
      });

      it("gives up what was planned when the contract refuses it by now", async () => {
        await store.intents.plan({ ...planned(), id: "planned" });
        refuse();
        const [seen] = await settle();
        expect(seen).to.include({ state: "failed", costAtto: 0n });
        expect((seen as { refusal?: Error }).refusal).to.be.instanceOf(ContractRevertError);
        expect(await outstanding()).to.deep.equal([]);
      });
    }

    const planned = () => {
      const { to, data, reason } = submission();
      return { kind: "call" as const, toAddress: to, data, reason, sender: outbox.address, createdEpoch: chain.block };
    };

    it("stores the receipt with its cost", async () => {
      const { id } = await send();
      chain.mine();
      const [seen] = await settle();
      if (seen?.state !== "mined") throw new Error(`It is ${seen?.state}.`);
      expect(seen.receipt.costAtto).to.equal(COST);
      expect(await spent()).to.equal(COST);
      const { requestId } = (await store.intents.get(id))!;
      expect(requestId).to.equal(options.opened === undefined ? null : 1n);
    });

    it("counts what was mined in vain, and tells it", async () => {
      const { id } = await send(inVain());
      chain.mine();
      const [seen] = await settle();
      expect(seen).to.include({ state: "failed", costAtto: COST });
      expect((seen as { refusal?: Error }).refusal).to.equal(undefined);
      expect(await spent()).to.equal(COST);
      expect(told("a transaction failed")).to.have.length(1);
      expect((await store.intents.get(id))!.error).to.contain("was mined and failed");
      expect(await settle()).to.deep.equal([]);
    });

    it("says by what the contract refuses it now, when another came before it in its block", async () => {
      const { id } = await send(inVain());
      chain.mine();
      refuse("latest");
      const [seen] = await settle();
      if (seen?.state !== "failed") throw new Error(`It is ${seen?.state}.`);
      expect(seen.refusal).to.be.instanceOf(ContractRevertError).and.to.include({ reason: "Error" });
      expect((await store.intents.get(id))!.error)
        .to.contain("was mined and failed")
        .and.to.contain("plain words");
    });

    it("looks at once when it is asked to", async () => {
      expect(await outbox.sendAndLook(submission(), await head())).to.have.property("state", "waiting");
      chain.automine = true;
      expect(await outbox.sendAndLook(submission(), await head())).to.have.property("state", "mined");
    });

    it("sends no second one about the same thing until the effect of the first is seen", async () => {
      const call = { ...submission(), single: true };
      const before = await head();
      const { id } = await send(call);
      chain.mine();
      expect((await send(call)).id, "on its way").to.equal(id);
      await outbox.settle(before);
      expect(await outbox.sendAndLook(call, before), "mined, and not believed").to.have.property("state", "waiting");
      expect(chain.pool).to.deep.equal([]);
      await settle();
      if (options.seen === "events") {
        expect((await send(call)).id, "its events are not read yet").to.equal(id);
        await store.intents.finish(chain.block);
      }
      expect((await send(call)).id).to.not.equal(id);
      expect((await send({ ...call, piece: examplePiece(2) })).nonce, "another").to.equal(2n);
      expect(chain.pool).to.have.length(2);
    });

    it("hands out as mined only what the believed block includes, and sends again what a reorganisation undid", async () => {
      if (options.seen === "events") return; // Whoever reads the events undoes what they no longer show.
      const before = await head();
      const { id } = await send();
      const [raw] = chain.pool;
      chain.mine();
      expect(countWaiting(await outbox.settle(before))).to.equal(1);
      expect((await store.intents.get(id))!.state).to.equal("signed");
      chain.reorganise(before.number, "b");
      expect(countWaiting(await settle())).to.equal(1);
      expect(chain.pool).to.deep.equal([raw]);
      chain.mine();
      expect((await settle()).map(({ state }) => state)).to.deep.equal(["mined"]);
      expect(await outstanding()).to.deep.equal([]);
    });

    it("gives each of those that are sent side by side a nonce of its own", async () => {
      await Promise.all([send(), send(), send()]);
      expect(chain.pool.map((raw) => Transaction.from(raw).nonce)).to.deep.equal([0, 1, 2]);
    });

    it("knows what one would cost, and that the contract refuses it", async () => {
      expect(await outbox.price(submission())).to.equal(0x100000n * 200n);
      chain.intercept = (method) => {
        if (method === "eth_estimateGas") throw lotusSays("str");
        return undefined;
      };
      const error = await outbox.price(submission()).catch((why: unknown) => why);
      expect(error).to.be.instanceOf(ContractRevertError);
      expect(await outstanding()).to.deep.equal([]);
    });

    describe("killed after any call to the store or the node, and opened anew", function () {
      this.timeout(120_000);

      /** A life that ends at the `at`-th call; true when it had as many. */
      async function dies(at: number, call: Call): Promise<boolean> {
        const plug = new Plug(at, "after");
        const mortal = outboxWith(plug.store(store), plug.rpc(chain));
        try {
          await mortal.send(call, await head());
          chain.mine();
          await mortal.settle(await head());
          return false;
        } catch (error) {
          if (!(error instanceof Crash)) throw error;
          return true;
        }
      }

      /** Kills it everywhere, lets the next process go on, and says how many sends that one decided by itself. */
      async function everywhere(call: () => Call, check: (when: string) => Promise<void>): Promise<number> {
        let points = 0;
        for (let more = true; more; points++) {
          await store.close();
          folder.remove();
          folder = temporaryFolder();
          const { automine } = chain;
          chain = new ChainStandIn();
          chain.automine = automine;
          await open();
          more = await dies(points + 1, call());
          const left = await outstanding();
          await reopen();
          await settle();
          const kept = (await outstanding()).map(({ id }) => id);
          for (const { id, state } of left) {
            const forgotten = state === "planned" && options.planned === "forget";
            expect((await store.intents.get(id)) === undefined, `forgets what was ${state}`).to.equal(forgotten);
          }
          // A program decides anew when neither its store nor the chain knows of an earlier try.
          const tried = kept.length > 0 || chain.requests.length > 0 || (await store.intents.failures(1)).length > 0;
          if (!tried) await send(call());
          chain.mine();
          await settle();
          await store.intents.finish(chain.block);
          await check(`killed after call ${points + 1}`);
        }
        return points;
      }

      for (const automine of [true, false]) {
        const mining = automine ? "at once" : "later";
        it(`loses nothing and does nothing twice (mined ${mining})`, async () => {
          chain.automine = automine;
          const points = await everywhere(submission, async (when) => {
            expect(chain.requests.length, when).to.equal(1);
            expect(await outstanding(), when).to.deep.equal([]);
            expect(await store.intents.failures(5), when).to.deep.equal([]);
            expect(await spent(), when).to.equal(COST);
          });
          expect(points).to.be.greaterThan(15);
        });
      }

      it("fails once what is mined in vain, and counts it once", async () => {
        await everywhere(inVain, async (when) => {
          expect(await outstanding(), when).to.deep.equal([]);
          expect(await store.intents.failures(5), when).to.have.length(1);
          expect(await spent(), when).to.equal(COST);
        });
      });
    });
  });
}
