import { expect } from "chai";

import type { OpenKeeper } from "../../../src/keeper/open";
import type { KeeperSettings } from "../../../src/keeper/ports";
import { syncEvents } from "../../../src/keeper/sync";
import { tick } from "../../../src/keeper/tick";
import { RpcError, RpcUnreachableError } from "../../../src/filecoin/rpc";
import { ChainStandIn } from "../../support/chainStandIn";
import { exampleJob, examplePiece, openTestKeeper, temporaryFolder } from "../../support/keeper";

const CLIENT = "0x00000000000000000000000000000000000000C1";
const TERMS: [bigint, bigint, bigint] = [3n, 5_760n, 2_880n];

describe("keeper", () => {
  describe("syncEvents", () => {
    let chain: ChainStandIn;
    let keeper: OpenKeeper;
    let folder: ReturnType<typeof temporaryFolder>;
    const piece = examplePiece(1);

    const start = async (settings: Partial<KeeperSettings> = {}) => {
      keeper = await openTestKeeper(chain, folder.folder, settings);
    };
    const sync = async () => syncEvents(keeper, await keeper.chain.pin());
    const liveJobs = async () => (await keeper.store.jobs.list(100)).filter((job) => job.state === "live");
    const ranges = () => {
      const asked: [bigint, bigint][] = [];
      chain.intercept = (method, params) => {
        const { fromBlock, toBlock } = (params[0] ?? {}) as { fromBlock: string; toBlock: string };
        if (method === "eth_getLogs") asked.push([BigInt(fromBlock), BigInt(toBlock)]);
        return undefined;
      };
      return asked;
    };

    beforeEach(() => {
      chain = new ChainStandIn();
      folder = temporaryFolder();
    });
    afterEach(async () => {
      await keeper.close();
      folder.remove();
    });

    it("fills in what happened before it ran, 2880 epochs at a time, and reads nothing twice", async () => {
      chain.block = 10_000n;
      chain.open(CLIENT, piece, TERMS);
      chain.block = 12_000n;
      await start({ serve: { kind: "all" }, startBlock: 5_000n });
      const asked = ranges();
      await sync();
      expect(asked).to.deep.equal([
        [5_000n, 7_879n],
        [7_880n, 10_759n],
        [10_760n, 12_000n],
      ]);
      expect(await liveJobs()).to.have.length(1);
      asked.length = 0;
      await sync();
      expect(asked).to.deep.equal([]);
      chain.mine(5n);
      await sync();
      expect(asked).to.deep.equal([[12_001n, 12_005n]]);
    });

    it("halves the range when the node cannot do it, and widens it again", async () => {
      chain.block = 6_000n;
      await start({ startBlock: 1n });
      const done: bigint[] = [];
      chain.intercept = (method, params) => {
        if (method !== "eth_getLogs") return undefined;
        const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
        const epochs = BigInt(toBlock) - BigInt(fromBlock) + 1n;
        if (epochs > 800n) throw new RpcError(method, 1, "too many results: more than 10000 results in the range");
        done.push(epochs);
        return undefined;
      };
      await sync();
      expect(done.reduce((sum, epochs) => sum + epochs, 0n)).to.equal(6_000n);
      expect(done.every((epochs) => epochs <= 800n && epochs >= 1n)).to.equal(true);
      expect(done.length).to.be.lessThan(20);
    });

    it("keeps what it has read when the node fails half way, and goes on from there", async () => {
      chain.block = 5_000n;
      await start({ startBlock: 1n });
      chain.intercept = (method, params) => {
        if (method !== "eth_getLogs" || BigInt((params[0] as { fromBlock: string }).fromBlock) < 2_881n)
          return undefined;
        throw new RpcUnreachableError("http://x", method, false, "ECONNRESET");
      };
      expect(await sync().catch((error: Error) => error.name)).to.equal("RpcUnreachableError");
      const asked = ranges();
      await sync();
      expect(asked).to.deep.equal([[2_881n, 5_000n]]);
    });

    it("steps over null rounds, at the end of a range and at a stored point", async () => {
      chain.block = 4_000n;
      chain.nullRound(2_880n);
      chain.nullRound(2_879n);
      await start({ startBlock: 1n });
      await sync();
      expect((await keeper.store.cursors.points("dealStatus")).map((it) => it.block)).to.deep.equal([4_000n, 2_878n]);
      chain.mine(10n);
      await sync();
      expect((await keeper.store.cursors.points("dealStatus"))[0]!.block).to.equal(4_010n);
    });

    it("does not take a node that lags a little for a reorganisation", async () => {
      await start();
      chain.block = 1_010n;
      await sync();
      chain.block = 1_005n;
      const asked = ranges();
      await sync();
      expect(asked).to.deep.equal([]);
    });

    it("undoes what a reorganisation took back, and does it again when it comes back", async () => {
      await start();
      await keeper.store.jobs.add([exampleJob({ piece, replicationTarget: 1n })]);
      await tick(keeper);
      const fork = chain.block;
      chain.mine(3n);
      chain.complete(1n, { dealId: 4n, providerId: 1001n, state: "published" });
      await tick(keeper);
      expect(await keeper.store.requests.get(1n)).to.include({ state: "completed", dealId: 4n });

      chain.reorganise(fork, "b");
      chain.requests[0]!.state = "open";
      chain.deals.clear();
      await tick(keeper);
      expect(await keeper.store.requests.get(1n)).to.include({ state: "open", dealId: null });
      expect(chain.openRequests).to.deep.equal([1n]);
    });

    it("sends its own transaction again when a reorganisation took it back", async () => {
      await start();
      await tick(keeper);
      const fork = chain.block;
      chain.mine(2n);
      await keeper.store.jobs.add([exampleJob({ piece, replicationTarget: 1n })]);
      await tick(keeper);
      await tick(keeper);
      expect(chain.openRequests).to.deep.equal([1n]);
      chain.mine(1n);
      chain.reorganise(fork, "b");
      expect(chain.openRequests).to.deep.equal([]);
      await tick(keeper);
      await tick(keeper);
      expect(chain.openRequests).to.deep.equal([1n]);
      expect((await keeper.store.intents.outstanding()).filter((it) => it.state === "signed")).to.deep.equal([]);
    });

    it("reads everything again when nothing that it remembers is left", async () => {
      await start({ startBlock: 990n });
      chain.open(CLIENT, piece, TERMS);
      await sync();
      const asked = ranges();
      chain.reorganise(0n, "b");
      await sync();
      expect(asked[0]![0]).to.equal(990n);
      expect(await liveJobs()).to.deep.equal([]);
    });

    it("takes terms from the contract when the events that changed them are gone", async () => {
      await start({ serve: { kind: "all" } });
      const id = chain.open(CLIENT, piece, TERMS);
      await sync();
      const fork = chain.block;
      chain.mine(1n);
      await sync();
      const [job] = await liveJobs();
      await keeper.store.jobs.updateTerms(id, { replicationTarget: 9n, repairThreshold: 1n, renewThreshold: 1n });
      await keeper.store.jobs.remove(job!.id);
      chain.reorganise(fork, "b");
      await sync();
      expect((await liveJobs())[0]).to.include({
        replicationTarget: 3n,
        repairThreshold: 5_760n,
        renewThreshold: 2_880n,
      });
    });

    it("makes jobs of on-chain requests as it was told: its own, a list's, everybody's", async () => {
      const keys: [KeeperSettings["serve"], number][] = [
        [{ kind: "own" }, 1],
        [{ kind: "list", clients: [CLIENT.toLowerCase()] }, 2],
        [{ kind: "all" }, 3],
      ];
      for (const [serve, jobs] of keys) {
        const inner = temporaryFolder();
        chain = new ChainStandIn();
        await start();
        const self = keeper.outbox.address;
        await keeper.close();
        folder.remove();
        folder = inner;
        await start({ serve });
        chain.open(CLIENT, examplePiece(2), TERMS);
        chain.open("0x00000000000000000000000000000000000000C2", examplePiece(3), TERMS);
        chain.open(self, examplePiece(4), TERMS);
        chain.open(CLIENT, examplePiece(5));
        await sync();
        expect(await liveJobs(), serve.kind).to.have.length(jobs);
        await keeper.close();
      }
      await start({ serve: { kind: "own" } });
    });

    it("counts a RaaS request's own deal: never more copies than asked", async () => {
      await start({ serve: { kind: "all" } });
      chain.open(CLIENT, piece, TERMS, "http://client/bytes");
      const report = await tick(keeper);
      expect(report.sent).to.equal(2);
      expect(chain.requests.at(-1)!.fetchLink).to.equal("http://client/bytes");
    });
  });
});
