import { expect } from "chai";
import { Transaction, Wallet } from "ethers";

import { type Block, blockAt } from "../../../src/filecoin/block";
import { dealStatusAbi, dealStatusCall } from "../../../src/protocol/dealStatus";
import { LANE_DEFAULTS, type LaneSettings, TransactionLane } from "../../../src/outbox/lane";
import {
  InsufficientFundsError,
  NonceGapError,
  NonceTakenError,
  SpendingLimitError,
  WithdrawnError,
} from "../../../src/outbox/laneErrors";
import { pieceOfKey } from "../../../src/data/pieceKey";
import { RpcError, RpcUnreachableError } from "../../../src/filecoin/rpc";
import { openLibsqlStore } from "../../../src/store/libsql";
import type { Intent } from "../../../src/store/schema";
import type { SqlStore } from "../../../src/store/store";
import { ChainStandIn } from "../../support/chainStandIn";
import { examplePiece, KEEPER_KEY, temporaryFolder } from "../../support/keeper";
import { recorded } from "../../support/scriptedRpc";

const wallet = new Wallet(KEEPER_KEY);

function lotusSays(label: string, method?: string): RpcError {
  const { code, message, data } = recorded(label, method).error!;
  return new RpcError(method ?? recorded(label).method, code, message, data);
}

describe("chain", () => {
  describe("TransactionLane", () => {
    let chain: ChainStandIn;
    let store: SqlStore;
    let folder: ReturnType<typeof temporaryFolder>;
    let lane: TransactionLane;
    const piece = examplePiece(1);

    const laneWith = (settings: Partial<LaneSettings> = {}) =>
      new TransactionLane(chain, wallet, chain.chainId, store.intents, dealStatusAbi, {
        ...LANE_DEFAULTS,
        ...settings,
      });
    let ids = 0;
    const plan = () =>
      store.intents.plan({
        id: `intent-${++ids}`,
        kind: "submit",
        reason: "why",
        toAddress: chain.address,
        data: dealStatusCall.submit(pieceOfKey(piece).cid.bytes, "http://x"),
        sender: wallet.address,
        createdEpoch: chain.block,
        piece,
      });
    const sent = async (): Promise<Intent> => {
      const { id } = await plan();
      await lane.send((await store.intents.get(id))!);
      return (await store.intents.get(id))!;
    };
    const head = (): Promise<Block> => blockAt(chain, "latest");
    const failure = async (work: Promise<unknown>) =>
      work.then(
        () => undefined,
        (error: unknown) => error as Error,
      );

    beforeEach(async () => {
      chain = new ChainStandIn();
      chain.automine = false;
      folder = temporaryFolder();
      store = await openLibsqlStore(folder.folder);
      lane = laneWith();
    });
    afterEach(async () => {
      await store.close();
      folder.remove();
    });

    it("multiplies the estimate by 1.3 and pays type 2 fees", async () => {
      await sent();
      const { gasLimit, maxFeePerGas, maxPriorityFeePerGas, type, chainId } = Transaction.from(chain.pool[0]);
      expect({ gasLimit, maxFeePerGas, maxPriorityFeePerGas }).to.deep.equal({
        gasLimit: (0x100000n * 130n) / 100n,
        maxFeePerGas: 300n,
        maxPriorityFeePerGas: 100n,
      });
      expect({ type, chainId }).to.deep.equal({ type: 2, chainId: chain.chainId });
    });

    it("uses one nonce after the other, also for what the node has forgotten", async () => {
      expect((await sent()).nonce).to.equal(0n);
      expect((await sent()).nonce).to.equal(1n);
      chain.pool.length = 0;
      expect((await sent()).nonce).to.equal(2n);
    });

    it("names both forms of an unfunded key's address, and does not ask for its nonce", async () => {
      chain.balanceAtto = 0n;
      chain.intercept = (method, params) => {
        if (method === "eth_getTransactionCount" && params[1] === "pending") throw lotusSays("fresh nonce pending");
        return undefined;
      };
      const intent = await plan();
      const error = (await failure(lane.send(intent)))!;
      expect(error).to.be.instanceOf(InsufficientFundsError).and.to.include({ retryable: true });
      expect(error.message)
        .to.contain(wallet.address)
        .and.to.match(/t410f[a-z2-7]{39}/)
        .and.to.contain("Send FIL");
      expect((await store.intents.get(intent.id))!.state).to.equal("planned");
    });

    it("sends the first transaction of a key whose pending nonce is an error", async () => {
      chain.intercept = (method, params) => {
        if (method === "eth_getTransactionCount" && params[1] === "pending") throw lotusSays("fresh nonce pending");
        return undefined;
      };
      expect((await sent()).nonce).to.equal(0n);
    });

    it("does not send what it cannot pay: the node would take it and never mine it", async () => {
      chain.balanceAtto = 1_000n;
      const error = (await failure(lane.send(await plan())))!;
      expect(error).to.be.instanceOf(InsufficientFundsError);
      expect(error.message).to.contain("of the");
      expect(chain.pool).to.deep.equal([]);
    });

    it("notices that what it sent can no longer be paid, and does not wait for ever", async () => {
      const intent = await sent();
      chain.balanceAtto = 5n;
      const outcome = await lane.look(intent, await head());
      expect(outcome).to.have.property("state", "waiting");
      expect((outcome as { problem?: Error }).problem).to.be.instanceOf(InsufficientFundsError);
    });

    it("does not sign what the contract refuses, and says why", async () => {
      for (const [label, reason] of [
        ["str", "Error"],
        ["pan", "Panic"],
        ["ass", "Panic"],
        ["empty", ""],
        ["custom", ""],
      ]) {
        chain.intercept = (method) => {
          if (method === "eth_call") throw lotusSays(label!);
          return undefined;
        };
        expect(await failure(lane.send(await plan()))).to.include({ name: "ContractRevertError", reason });
      }
      chain.intercept = (method) => {
        if (method === "eth_estimateGas") throw lotusSays("custom", "eth_estimateGas");
        return undefined;
      };
      expect(await failure(lane.send(await plan()))).to.include({ name: "ContractRevertError" });
    });

    it("says when a call runs out of gas", async () => {
      chain.intercept = (method) => {
        if (method === "eth_call") throw lotusSays("out of gas");
        return undefined;
      };
      expect((await failure(lane.send(await plan())))!.message).to.contain("SysErrOutOfGas");
    });

    it("passes on what the node refuses, with the intent signed and stored", async () => {
      for (const label of ["low gas limit", "wrong chain"]) {
        chain.intercept = (method) => {
          if (method === "eth_sendRawTransaction") throw lotusSays(label);
          return undefined;
        };
        const intent = await plan();
        expect((await failure(lane.send(intent)))!.message).to.equal(recorded(label).error!.message);
        expect((await store.intents.get(intent.id))!.state).to.equal("signed");
      }
    });

    it("finds its receipt by hash", async () => {
      const intent = await sent();
      expect(await lane.look(intent, await head())).to.include({ state: "waiting" });
      chain.mine();
      const outcome = await lane.look(intent, await head());
      expect(outcome).to.have.property("state", "mined");
    });

    it("sends the same transaction again when the node has lost it", async () => {
      const intent = await sent();
      const [raw] = chain.pool.splice(0);
      await lane.look(intent, await head());
      expect(chain.pool).to.deep.equal([raw]);
    });

    it("takes 'nonce too low' for news, not for a failure", async () => {
      chain.intercept = (method) => {
        if (method === "eth_sendRawTransaction") throw lotusSays("nonce low");
        return undefined;
      };
      expect((await sent()).state).to.equal("signed");
    });

    it("finds its receipt by sender and nonce when the node gave the transaction another hash", async () => {
      const intent = await sent();
      chain.mine(3n);
      chain.mine(20n);
      const known = new Set((await store.intents.attempts(intent.id)).map((attempt) => attempt.hash));
      const real = chain.request.bind(chain);
      const alias = `0x${"ee".repeat(32)}`;
      const swap = (value: unknown): unknown =>
        JSON.parse(JSON.stringify(value).replaceAll([...known][0]!, alias)) as unknown;
      const rpc = {
        request: async <T>(method: string, params: readonly unknown[] = []): Promise<T> => {
          if (method === "eth_getTransactionReceipt") {
            if (params[0] !== alias) return null as T;
            return real<T>(method, [[...known][0]]);
          }
          const answer = await real(method, params);
          return (method === "eth_getBlockByNumber" && params[1] === true ? swap(answer) : answer) as T;
        },
      };
      const forest = new TransactionLane(rpc, wallet, chain.chainId, store.intents, dealStatusAbi);
      const outcome = await forest.look(intent, await head());
      expect(outcome).to.have.property("state", "mined");
    });

    it("finds that another program used its nonce", async () => {
      const intent = await sent();
      chain.pool.length = 0;
      const other = { type: 2, chainId: chain.chainId, to: wallet.address, nonce: 0, gasLimit: 21_000n };
      chain.pool.push(await wallet.signTransaction({ ...other, maxFeePerGas: 1n, maxPriorityFeePerGas: 1n }));
      chain.mine();
      const outcome = await lane.look(intent, await head());
      expect(outcome).to.have.property("state", "failed");
      expect((outcome as { error: Error }).error).to.be.instanceOf(NonceTakenError);
    });

    it("waits for the believed block when the node no longer has the blocks to look in", async () => {
      const intent = await sent();
      chain.mine(1n);
      chain.intercept = (method, params) => {
        if (method === "eth_getTransactionReceipt") return null;
        if (method === "eth_getBlockByNumber" && params[1] === true)
          throw lotusSays("null round", "eth_getBlockByNumber");
        return undefined;
      };
      chain.intercept = (method, params) => {
        if (method === "eth_getTransactionReceipt") return null;
        if (method === "eth_getBlockByNumber" && params[1] === true) return { transactions: [] };
        return undefined;
      };
      const early = { number: 999n, hash: "0x", timestamp: 0n };
      expect(await lane.look(intent, early)).to.have.property("state", "waiting");
      expect(await lane.look(intent, await head())).to.have.property("state", "failed");
    });

    it("replaces a stuck transaction with a dearer one under the same nonce, and takes either", async () => {
      const intent = await sent();
      const first = chain.pool[0]!;
      chain.pool.length = 0;
      chain.mine(20n);
      await lane.look(intent, await head());
      const second = Transaction.from(chain.pool[0]);
      expect(second.nonce).to.equal(0);
      expect(second.maxFeePerGas! * 100n).to.be.at.least(Transaction.from(first).maxFeePerGas! * 125n);
      expect(second.maxPriorityFeePerGas! * 100n).to.be.at.least(Transaction.from(first).maxPriorityFeePerGas! * 125n);
      chain.pool.splice(0, 1, first);
      chain.mine();
      const outcome = await lane.look(intent, await head());
      expect(outcome).to.have.property("state", "mined");
    });

    it("withdraws a stuck transaction that the contract would refuse by now", async () => {
      const intent = await sent();
      chain.pool.length = 0;
      chain.mine(20n);
      chain.intercept = (method, [call]) => {
        if (method === "eth_call" && (call as { data: string }).data !== "0x") throw lotusSays("str");
        return undefined;
      };
      await lane.look(intent, await head());
      expect(Transaction.from(chain.pool[0])).to.include({ nonce: 0, data: "0x", to: wallet.address });
      chain.mine();
      const outcome = await lane.look(intent, await head());
      expect((outcome as { error: Error }).error).to.be.instanceOf(WithdrawnError);
    });

    it("goes on when the node refuses a transaction for good, and makes it anew when it is stuck", async () => {
      const intent = await sent();
      chain.intercept = (method) => {
        if (method === "eth_sendRawTransaction") throw lotusSays("low gas limit");
        return undefined;
      };
      const outcome = await lane.look(intent, await head());
      expect((outcome as { problem?: Error }).problem!.message).to.contain("21000 < 251863");
    });

    it("notices a nonce gap and fills it", async () => {
      const intent = await sent();
      chain.pool.length = 0;
      await store.intents.sign(intent.id, 3n, { ...(await later(3)), sentEpoch: chain.block });
      const outcome = await lane.look((await store.intents.get(intent.id))!, await head());
      const { problem } = outcome as { problem?: Error };
      expect(problem).to.be.instanceOf(NonceGapError).and.to.include({ nonce: 3n, next: 0n });
      const filled = chain.pool.map((raw) => Transaction.from(raw)).find((it) => it.nonce === 0)!;
      expect(filled.to).to.equal(wallet.address);
      expect(filled.data).to.equal("0x");
    });

    const later = async (nonce: number) => {
      const fees = { gasLimit: 1_000n, maxFeePerGas: 1n, maxPriorityFeePerGas: 1n };
      const raw = await wallet.signTransaction({ type: 2, chainId: chain.chainId, to: chain.address, nonce, ...fees });
      return { hash: Transaction.from(raw).hash!, raw, maxCostAtto: "1000", maxFeeAtto: "1", priorityFeeAtto: "1" };
    };

    it("says why a mined transaction failed", async () => {
      const intent = await sent();
      chain.mine();
      chain.intercept = (method) => {
        if (method === "eth_getTransactionReceipt") return recorded("reverted receipt").result;
        if (method === "eth_call") throw lotusSays("str");
        return undefined;
      };
      const outcome = await lane.look(intent, await head());
      expect(outcome).to.have.property("state", "failed");
      expect((outcome as { error: Error }).error.message).to.contain("plain words");
      chain.intercept = (method) =>
        method === "eth_getTransactionReceipt" ? recorded("reverted receipt").result : undefined;
      const unexplained = await lane.look(intent, await head());
      expect((unexplained as { error: Error }).error.message).to.contain("was mined and failed");
    });

    it("reads a receipt of Lotus", async () => {
      const intent = await sent();
      chain.intercept = (method) => (method === "eth_getTransactionReceipt" ? recorded("receipt").result : undefined);
      const outcome = await lane.look(intent, await head());
      expect(outcome).to.have.nested.property("receipt.gasUsed", 0x465c88n);
      expect(outcome).to.have.nested.property("receipt.costAtto", 0x465c88n * 0x3d619n);
    });

    it("stops at the daily limit, and goes on the next day", async () => {
      const cost = ((0x100000n * 130n) / 100n) * 300n;
      lane = laneWith({ dailyLimitAtto: cost });
      const first = await sent();
      const error = (await failure(lane.send(await plan())))!;
      expect(error).to.be.instanceOf(SpendingLimitError).and.to.include({ retryable: true });
      expect(error.message).to.contain("--daily-limit");
      chain.mine();
      const outcome = await lane.look(first, await head());
      if (outcome.state !== "mined") throw new Error("not mined");
      const { hash, block, gasUsed, costAtto } = outcome.receipt;
      const receipt = { intentId: first.id, hash, block, succeeded: 1n, gasUsed, costAtto: costAtto.toString() };
      await store.intents.mined(receipt, 1n);
      expect(await failure(lane.send(await plan()))).to.be.instanceOf(SpendingLimitError);
      chain.mine(2_881n);
      await sent();
    });

    it("leaves the intent signed when the node does not answer", async () => {
      chain.intercept = (method) => {
        if (method === "eth_sendRawTransaction") throw new RpcUnreachableError("http://x", method, false, "ECONNRESET");
        return undefined;
      };
      const intent = await plan();
      expect(await failure(lane.send(intent))).to.be.instanceOf(RpcUnreachableError);
      expect((await store.intents.get(intent.id))!.state).to.equal("signed");
    });
  });
});
