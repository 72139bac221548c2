import { createServer, type Server } from "node:http";
import { appendFileSync, existsSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import path from "node:path";

import { expect } from "chai";
import { Wallet } from "ethers";
import { network } from "hardhat";

import { MinerApi, MinerRefusedError, MinerUnreachableError } from "../../../src/client/upload/minerApi";
import { NoMinerError, type UploadParts, UploadStoppedError } from "../../../src/client/upload/parts";
import type { UploadRecord } from "../../../src/client/upload/record";
import { cancelUpload, PromiseBrokenError, runUpload } from "../../../src/client/upload/run";
import { unfinishedUpload } from "../../../src/client/upload/begin";
import { Crash, Plug } from "../../support/crash";
import { State } from "../../support/repairMarket";
import { failureOf } from "../../support/shardFolder";
import { until } from "../../support/until";
import { StoreScene } from "../../support/storeScene";

describe("market store", () => {
  let scene: StoreScene;
  afterEach(() => scene.stop());

  const stateOf = async (bidId: bigint) => Number((await scene.world.market.orderOf(bidId)).state);
  const acceptanceFile = (record: UploadRecord) => path.join(scene.records.folderOf(record.id), "acceptance.json");

  it("brings a file to a deal, keeps the promise, and the deal comes to its first proof", async () => {
    scene = await StoreScene.set();
    const { record, order } = await scene.store();
    expect(record.state).to.equal("done");
    expect([order.client, order.askId]).to.deep.equal([scene.world.client.address, scene.scene.askId]);
    const kept = JSON.parse(readFileSync(acceptanceFile(record), "utf8")) as { bidId: number };
    expect(BigInt(kept.bidId)).to.equal(record.bidId);
    await scene.scene.until(record.proposal!.id, "keeping");
    expect(await stateOf(record.bidId!)).to.equal(State.Active);
  });

  describe("run again", () => {
    it("tells of the same deal, and makes another one with --again only", async () => {
      scene = await StoreScene.set();
      const first = await scene.store();
      const second = await scene.store();
      expect([second.record.id, second.record.bidId]).to.deep.equal([first.record.id, first.record.bidId]);
      expect(await scene.bids()).to.equal(1n);
      const third = await scene.store({ again: true });
      expect(third.record.bidId).to.equal(2n);
    });

    it("killed at any step goes on, and never makes two bids", async () => {
      let ran = 0;
      for (let at = 1; ; at += 3) {
        let survived = true;
        // Not all of them each time: before and after are tried at alternating places.
        const when = at % 2 === 0 ? "before" : "after";
        scene = await StoreScene.set();
        const plug = new Plug(at, when);
        const record = await scene.begin();
        try {
          await runUpload(await scene.parts({}, plug), record);
        } catch (error) {
          if (!(error instanceof Crash) && !(error as Error).message.includes("Crash")) throw error;
          survived = false;
        }
        const { record: after } = await scene.store();
        expect(after.id, `killed ${when} call ${at}`).to.equal(record.id);
        expect(await scene.bids(), `killed ${when} call ${at}`).to.equal(1n);
        expect(await stateOf(after.bidId!)).to.be.greaterThanOrEqual(State.Placing);
        ran++;
        if (survived) break;
        await scene.stop();
      }
      expect(ran).to.be.greaterThan(10);
    }).timeout(300_000);

    it("finds its bid on the chain when its own notes are lost", async () => {
      scene = await StoreScene.set();
      await stopAt("bid");
      rmSync(scene.records.root, { recursive: true });
      const dearer = { minerUrl: scene.scene.running.url, maxPriceAtto: scene.scene.price + 5n };
      const { record, order } = await scene.store({ choice: dearer });
      expect([record.bidId, order.priceAtto, await scene.bids()]).to.deep.equal([1n, scene.scene.price, 1n]);
    });

    it("asks a dearer miner when the cheap one of the last run is gone", async () => {
      scene = await StoreScene.set({ providers: 2 });
      const { miner, price } = scene.scene;
      await failureOf(scene.store());
      await miner.cancelAsk(scene.scene.askId);
      const dear = await scene.world.addAsk(miner, 2n * price);
      await scene.scene.addProvider();
      await scene.scene.addProvider();
      const { order } = await scene.store();
      expect([order.askId, order.priceAtto]).to.deep.equal([dear, 2n * price]);
    });

    it("finds a bid for the same data with other terms, and makes no second one", async () => {
      scene = await StoreScene.set();
      await stopAt("bid");
      rmSync(scene.records.root, { recursive: true });
      const error = await failureOf(scene.store({}, { epochs: 20_001n }));
      expect(error).to.be.instanceOf(UploadStoppedError);
      expect(error.message).to.match(/Bid 1 .*other terms.*Nothing has been paid/s);
      expect(await scene.bids()).to.equal(1n);
    });

    it("refuses other terms, or another file, while one is under way", async () => {
      scene = await StoreScene.set();
      await stopAt("bid");
      expect((await failureOf(scene.begin({ epochs: 30_000n }))).message).to.match(/--epochs 20000, not 30000/);
      utimesSync(scene.file, 1, 1);
      expect((await scene.begin()).bidId).to.equal(1n);
      appendFileSync(scene.file, "x");
      expect((await failureOf(scene.begin())).message).to.include("has changed since");
    });

    it("waits for a bid that is on its way, under the nonce it had", async () => {
      scene = await StoreScene.set();
      const parts = await scene.parts();
      const record = await scene.begin();
      const nonces: bigint[] = [];
      let lost = 2;
      const chain = wrapped(parts.chain, {
        async addBid(about: UploadRecord, value: bigint, nonce: bigint) {
          nonces.push(nonce);
          if (lost-- > 0) throw new Error("the node is away");
          return parts.chain.addBid(about, value, nonce);
        },
      });
      await runUpload({ ...parts, chain }, record);
      expect([new Set(nonces).size, nonces.length]).to.deep.equal([1, 3]);
      expect(await scene.bids()).to.equal(1n);
    });

    it("makes no second bid when the first was taken by the node and nobody heard so", async () => {
      scene = await StoreScene.set();
      const parts = await scene.parts();
      const record = await scene.begin();
      let first = true;
      const chain = wrapped(parts.chain, {
        async addBid(about: UploadRecord, value: bigint, nonce: bigint) {
          if (!first) return parts.chain.addBid(about, value, nonce);
          first = false;
          await network.provider.send("evm_setAutomine", [false]);
          parts.chain.addBid(about, value, nonce).catch(() => undefined);
          await until(async () => (await parts.chain.nonce("pending")) > nonce);
          throw new Error("the node is away");
        },
      });
      const sleep = async () => {
        await network.provider.send("evm_setAutomine", [true]);
        await scene.scene.step();
      };
      await runUpload({ ...parts, chain, sleep }, record);
      expect(await scene.bids()).to.equal(1n);
    });

    it("takes a new nonce when another transaction had the one it meant", async () => {
      scene = await StoreScene.set();
      const parts = await scene.parts();
      const record = await scene.begin();
      let first = true;
      const chain = wrapped(parts.chain, {
        async addBid(about: UploadRecord, value: bigint, nonce: bigint) {
          if (first) {
            first = false;
            await scene.world.client.sendTransaction({ to: scene.world.client.address });
            throw new Error("nonce too low");
          }
          return parts.chain.addBid(about, value, nonce);
        },
      });
      await runUpload({ ...parts, chain }, record);
      expect(await scene.bids()).to.equal(1n);
    });

    it("gives up for now when its transaction is never mined, and says so", async () => {
      scene = await StoreScene.set();
      const parts = await scene.parts();
      const chain = wrapped(parts.chain, { addBid: () => Promise.reject(new Error("the node is away")) });
      const error = await failureOf(runUpload({ ...parts, chain, sleep: async () => {} }, await scene.begin()));
      expect(error.message).to.match(/not on chain yet: the node is away.*no second bid/s);
    });
  });

  describe("asks", () => {
    it("takes the cheapest that will, and says why not the others", async () => {
      scene = await StoreScene.set();
      const { miner, price } = scene.scene;
      const small = await scene.world.addAsk(miner, price - 3n, 1_024n);
      const cheap = await scene.world.addAsk(miner, price - 2n);
      const lines: string[] = [];
      const { record, order } = await scene.store({ tell: (line) => lines.push(line) });
      expect([order.askId, order.dealPriceAtto]).to.deep.equal([cheap, price - 2n]);
      expect(order.askId).not.to.equal(small);
      expect(record.depositAtto).to.equal(order.depositAtto);
    });

    it("above --price are passed over; below it the rest of the deposit comes back", async () => {
      scene = await StoreScene.set();
      const { price } = scene.scene;
      const minerUrl = scene.scene.running.url;
      const dear = await failureOf(scene.store({ choice: { minerUrl, maxPriceAtto: price - 1n } }));
      expect(dear).to.be.instanceOf(NoMinerError);
      expect(dear.message).to.match(
        /ask 1: its price is \d+ attoFIL per GiB and epoch, above \d+\nNothing has been paid/,
      );
      const { order } = await scene.store({ choice: { minerUrl, maxPriceAtto: price + 10n } });
      expect([order.priceAtto, order.dealPriceAtto]).to.deep.equal([price + 10n, price]);
      expect((await scene.world.market.creditOf(scene.world.client)) > 0n).to.equal(true);
    });

    it("whose miner is nowhere to be found, does not answer, or is another's, are passed over, unpaid", async () => {
      scene = await StoreScene.set();
      const nowhere = await failureOf(scene.store({ choice: {} }));
      expect(nowhere.message).to.include("has no URL on chain: give one with --miner-url");
      const silent = await failureOf(scene.store({ choice: { minerUrl: "http://127.0.0.1:1" } }));
      expect(silent.message).to.match(/127\.0\.0\.1:1: \S+/);
      const other = await scene.world.createMiner({
        owner: scene.world.stranger,
        worker: new Wallet(`0x${"77".repeat(32)}`),
      });
      const askId = await scene.world.addAsk(other, 1n);
      const foreign = await failureOf(scene.store({ choice: { minerUrl: scene.scene.running.url, askId } }));
      expect(foreign.message).to.include("serves another repairMiner");
      expect(await scene.bids()).to.equal(0n);
      expect((await failureOf(scene.store({ choice: { askId: 9n } }))).message).to.include("there are no open asks");
    });

    it("that the miner refuses are told with its own reason", async () => {
      scene = await StoreScene.set({ providers: 2 });
      const error = await failureOf(scene.store());
      expect(error.message).to.match(/ask 1: 4 shards need 4 providers; 2 can be used/);
    });

    it("finds the miner by what it says on chain", async () => {
      scene = await StoreScene.set();
      const { world } = scene;
      const url = scene.scene.running.url;
      const value = await world.market.collateralDue(1n << 30n);
      const market = world.market.connect(world.stranger);
      await market.createRepairMiner(
        new Wallet(`0x${"78".repeat(32)}`).signingKey.publicKey,
        1n << 30n,
        Buffer.from(url),
        { value },
      );
      const parts = await scene.parts({ choice: {} });
      expect(await parts.urls.urlOf(2n)).to.equal(url);
      expect(await parts.urls.urlOf(1n)).to.equal(undefined);
      expect(await parts.urls.urlOf(3n)).to.equal(undefined);
    });

    it("after the bid, the next ask gets the same bid when the first comes to nothing", async () => {
      scene = await StoreScene.set();
      const second = await scene.world.addAsk(scene.scene.miner, scene.scene.price);
      const parts = await scene.parts();
      let refused = 0;
      const api: UploadParts["api"] = (url) =>
        wrapped(new MinerApi(url), {
          async bid(id: string, notice: Parameters<MinerApi["bid"]>[1]) {
            if (refused++ === 0) throw new MinerRefusedError(url, 503, "no-capacity", "full by now");
            return new MinerApi(url).bid(id, notice);
          },
        });
      const { record, order } = await runUpload({ ...parts, api }, await scene.begin());
      expect([order.askId, await scene.bids()]).to.deep.equal([second, 1n]);
      expect(Object.keys(record.authorisations)).to.deep.equal([String(scene.scene.askId), String(second)]);
    });

    it("after the bid, says what stands and how to take it back when none is left", async () => {
      scene = await StoreScene.set();
      const parts = await scene.parts();
      const api: UploadParts["api"] = (url) =>
        wrapped(new MinerApi(url), { bid: () => Promise.reject(new MinerUnreachableError(`${url}: gone`)) });
      const error = await failureOf(runUpload({ ...parts, api }, await scene.begin()));
      expect(error.message).to.match(/ask 1: .*gone\nBid 1 and its deposit stand until epoch \d+\. .*--cancel/s);
      const { record } = await scene.store();
      expect([record.bidId, await scene.bids()]).to.deep.equal([1n, 1n]);
    });
  });

  describe("the binding acceptance", () => {
    const spoilt: [string, (a: Record<string, unknown>) => void, RegExp][] = [
      ["another bid", (a) => (a.bidId = 7n), /its bid is 7/],
      ["another ask", (a) => (a.askId = 7n), /its ask is 7/],
      ["another miner", (a) => (a.miner = `0x${"11".repeat(20)}`), /its miner is 0x11/],
      ["another authorisation", (a) => (a.authorisation = "0x"), /its authorisation is 0x,/],
      [
        "a deadline after the bid",
        (a) => (a.deadline = (a.deadline as bigint) + 1n),
        /at which the bid or the ask expires/,
      ],
      ["a deadline that has passed", (a) => (a.deadline = 1n), /its deadline, epoch 1, has passed/],
      ["another signature", (a) => (a.signature = `0x${"22".repeat(65)}`), /signed by/],
      [
        "an earlier deadline, signed for the later",
        (a) => (a.deadline = (a.deadline as bigint) - 1n),
        /cannot sign for/,
      ],
    ];
    it("is refused when it is of another bid, ask, miner, authorisation, time or signer; nothing is kept", async () => {
      scene = await StoreScene.set();
      const parts = await scene.parts();
      const record = await scene.begin();
      // The miner goes no further than its promise.
      holdFills();
      for (const [what, spoil, reason] of spoilt) {
        const api: UploadParts["api"] = (url) =>
          wrapped(new MinerApi(url), {
            async accept(id: string) {
              const answer = await new MinerApi(url).accept(id);
              if (answer.acceptance !== undefined) spoil(answer.acceptance as unknown as Record<string, unknown>);
              return answer;
            },
          });
        const sleep = async () => void (await scene.scene.tick());
        const error = await failureOf(runUpload({ ...parts, api, sleep }, scene.records.list()[0]!));
        expect(error, what).to.be.instanceOf(NoMinerError);
        expect(error.message, what).to.match(reason);
        expect(existsSync(acceptanceFile(record))).to.equal(false);
      }
    });
    it("is waited for until it is kept; broken, it says how to take the bond and the deposit back", async () => {
      scene = await StoreScene.set();
      const record = await stopAt("accepted", true);
      const { deadline } = record.acceptance!;
      await scene.scene.running.stop();
      await scene.world.nextAt(deadline + 1n);
      const sleep = async () => scene.world.filecoin.skip(1n);
      const error = await failureOf(runUpload(await scene.parts({ sleep }), record));
      expect(error).to.be.instanceOf(PromiseBrokenError);
      expect(error.message).to.include(`--acceptances ${acceptanceFile(record)}`);
      expect(error.message).to.include("--cancel");
      await scene.scene.start();
    });
  });

  describe("--cancel", () => {
    it("takes the deposit back, once", async () => {
      scene = await StoreScene.set();
      const record = await stopAt("bid");
      await cancelUpload(await scene.parts(), record);
      expect(await stateOf(1n)).to.equal(State.Cancelled);
      expect(await scene.world.market.creditOf(scene.world.client)).to.equal(record.depositAtto);
      const { chainId, market } = await scene.parts();
      const owner = { chainId, market, client: scene.world.client.address };
      expect(() => unfinishedUpload(scene.records, owner, scene.file)).to.throw("the last one is cancelled");
      const { record: next } = await scene.store();
      expect(next.bidId).to.equal(2n);
    });

    it("of a store that has paid nothing only forgets it", async () => {
      scene = await StoreScene.set();
      const record = await scene.begin();
      expect((await cancelUpload(await scene.parts(), record)).state).to.equal("cancelled");
      expect(await scene.bids()).to.equal(0n);
    });

    it("of a deal is refused", async () => {
      scene = await StoreScene.set();
      const { record } = await scene.store();
      const error = await failureOf(cancelUpload(await scene.parts(), { ...record, state: "bid" }));
      expect(error.message).to.include("is a deal already");
    });

    it("of an expired bid gives the deposit back all the same", async () => {
      scene = await StoreScene.set();
      const record = await stopAt("bid");
      await scene.world.nextAt(record.bidExpiry! + 2n);
      const error = await failureOf(runUpload(await scene.parts(), record));
      expect(error.message).to.match(/has expired: run the same command with --cancel/);
      await cancelUpload(await scene.parts(), record);
      expect(await scene.world.market.creditOf(scene.world.client)).to.equal(record.depositAtto);
    });
  });

  it("refuses an empty file, and one that is not there", async () => {
    scene = await StoreScene.set();
    writeFileSync(scene.file, "");
    expect((await failureOf(scene.begin())).message).to.include("is empty");
    expect((await failureOf(scene.begin({ file: `${scene.file}-not` }))).message).to.match(/no file|ENOENT/);
  });

  it("with too little money says how much is missing; nothing is sent", async () => {
    scene = await StoreScene.set();
    await network.provider.send("hardhat_setBalance", [scene.world.client.address, "0x1000"]);
    const error = await failureOf(scene.store());
    expect(error.name).to.equal("InsufficientFundsError");
    expect(await scene.bids()).to.equal(0n);
  });

  describe("MinerApi", () => {
    let server: Server;
    let url: string;
    let answer: { status: number; text: string; type?: string };
    before(async () => {
      server = createServer((request, response) => {
        request.resume();
        request.on("end", () => response.writeHead(answer.status).end(answer.text));
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    after(() => new Promise((resolve) => server.close(resolve)));
    beforeEach(async () => void (scene = await StoreScene.set({ providers: 1 })));

    const failure = async (status: number, text: string) => {
      answer = { status, text };
      return failureOf(new MinerApi(url).deal("x"));
    };

    it("tells a refusal from a miner that is away, and both from one that speaks otherwise", async () => {
      const refused = (await failure(409, JSON.stringify({ code: "ask-closed", detail: "no" }))) as MinerRefusedError;
      expect([refused.name, refused.code, refused.message]).to.deep.equal(["MinerRefusedError", "ask-closed", "no"]);
      const busy = (await failure(503, JSON.stringify({ code: "busy", detail: "later" }))) as MinerRefusedError;
      expect([busy.name, busy.code]).to.deep.equal(["MinerRefusedError", "busy"]);
      expect((await failure(502, "<html>bad gateway</html>")).name).to.equal("MinerUnreachableError");
      expect((await failure(200, "{}")).message).to.include("does not answer like a repair miner");
      expect((await failure(200, "hello")).message).to.include("does not answer like a repair miner");
      expect((await failureOf(new MinerApi("http://127.0.0.1:1").terms())).name).to.equal("MinerUnreachableError");
    });
  });

  /** Runs until the record is first in a state, and no further; `promise`: the miner does what it does but fills nothing. */
  async function stopAt(state: UploadRecord["state"], promise = false): Promise<UploadRecord> {
    const parts = await scene.parts();
    let reached: UploadRecord | undefined;
    const records = {
      folderOf: parts.records.folderOf.bind(parts.records),
      save(record: UploadRecord) {
        scene.records.save(record);
        if (record.state !== state) return;
        reached = record;
        throw new Crash();
      },
    };
    if (promise) holdFills();
    const error = await failureOf(runUpload({ ...parts, records }, await scene.begin()));
    if (!(error instanceof Crash)) throw error;
    return reached!;
  }

  /** The miner's transactions do not go out. */
  function holdFills(): void {
    const { outbox } = scene.scene.running.miner.parts;
    outbox.lane.send = async () => {
      throw Object.assign(new Error("held back"), { retryable: true });
    };
  }
});

/** A part with some of its functions replaced. */
function wrapped<T extends object>(part: T, changes: { [name: string]: unknown }): T {
  return new Proxy(part, {
    get(target, name) {
      if (typeof name === "string" && name in changes) return changes[name];
      const value = Reflect.get(target, name) as unknown;
      return typeof value === "function" ? (value as () => unknown).bind(target) : value;
    },
  });
}
