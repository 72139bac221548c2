import { expect } from "chai";

import { dealStatusAbi } from "../../../src/protocol/dealStatus";
import { RpcError } from "../../../src/filecoin/rpc";
import { type OpenKeeper } from "../../../src/keeper/open";
import { tick } from "../../../src/keeper/tick";
import { ChainStandIn } from "../../support/chainStandIn";
import { exampleJob, examplePiece, openTestKeeper, temporaryFolder } from "../../support/keeper";

describe("keeper", () => {
  describe("tick", () => {
    let chain: ChainStandIn;
    let keeper: OpenKeeper;
    let folder: ReturnType<typeof temporaryFolder>;
    const piece = examplePiece(1);

    beforeEach(async () => {
      chain = new ChainStandIn();
      folder = temporaryFolder();
      keeper = await openTestKeeper(chain, folder.folder);
    });
    afterEach(async () => {
      await keeper.close();
      folder.remove();
    });

    it("sends what is missing, sees it completed, and is content", async () => {
      await keeper.store.jobs.add([exampleJob({ piece })]);
      const first = await tick(keeper);
      expect(first).to.deep.include({ pieces: 1, sent: 2, waiting: 0, blocked: [] });
      expect(chain.requests.map((request) => request.piece)).to.deep.equal([piece, piece]);
      expect(chain.requests[0]!.fetchLink).to.equal("http://127.0.0.1:1/given");

      expect((await tick(keeper)).sent).to.equal(0);
      chain.complete(1n, { dealId: 1n, providerId: 1001n, state: "published" });
      chain.complete(2n, { dealId: 2n, providerId: 1002n, state: "published" });
      expect((await tick(keeper)).sent).to.equal(0);

      for (const deal of chain.deals.get(piece)!) deal.state = "active";
      const last = await tick(keeper);
      expect(last).to.deep.include({ sent: 0, urgency: { lost: 0, critical: 0, degraded: 0, ok: 1 } });
    });

    it("tells and sends nothing in a dry run", async () => {
      await keeper.store.jobs.add([exampleJob({ piece })]);
      const report = await tick(keeper, { dryRun: true });
      expect(report.decisions.map(({ kind }) => kind)).to.deep.equal(["replicate", "replicate"]);
      expect(report.sent).to.equal(0);
      expect(chain.calls).not.to.include("eth_sendRawTransaction");
    });

    it("says when nobody has the bytes", async () => {
      await keeper.store.jobs.add([exampleJob({ piece, fetchLink: null })]);
      const report = await tick(keeper);
      expect(report.sent).to.equal(0);
      expect(report.blocked[0]!.reason).to.contain("POST /upload");
    });

    it("repairs a fault when it is old, not before", async () => {
      await keeper.store.jobs.add([exampleJob({ piece })]);
      const deals = [1n, 2n].map((dealId) => chain.list(piece, { dealId, providerId: 1000n + dealId, sector: dealId }));
      expect((await tick(keeper)).sent).to.equal(0);
      chain.faulty.set(piece, [{ deal: deals[0]!, status: "faulty" }]);
      expect((await tick(keeper)).sent).to.equal(0);
      chain.mine(5_759n);
      expect((await tick(keeper)).sent).to.equal(0);
      chain.mine(1n);
      const report = await tick(keeper);
      expect(report.decisions.map(({ kind }) => kind)).to.deep.equal(["repair"]);
      expect(report.sent).to.equal(1);
    });

    it("forgets a fault that recovered: a later one starts anew", async () => {
      await keeper.store.jobs.add([exampleJob({ piece, replicationTarget: 1n })]);
      const deal = chain.list(piece, { sector: 7n });
      const faulty = [{ deal, status: "faulty" as const }];
      chain.faulty.set(piece, faulty);
      await tick(keeper);
      chain.mine(5_000n);
      chain.faulty.clear();
      await tick(keeper);
      chain.faulty.set(piece, faulty);
      await tick(keeper);
      chain.mine(5_000n);
      expect((await tick(keeper)).decisions).to.deep.equal([]);
    });

    it("cancels an unanswered request before sending it again", async () => {
      await keeper.store.jobs.add([exampleJob({ piece, replicationTarget: 1n })]);
      await tick(keeper);
      chain.mine(1_000n);
      expect((await tick(keeper)).decisions.map(({ kind }) => kind)).to.deep.equal(["cancel"]);
      expect(chain.openRequests).to.deep.equal([]);
      expect((await tick(keeper)).decisions.map(({ kind }) => kind)).to.deep.equal(["replicate"]);
      expect(chain.openRequests).to.deep.equal([2n]);
    });

    it("cancels what is open when the last job is removed", async () => {
      const job = exampleJob({ piece });
      await keeper.store.jobs.add([job]);
      await tick(keeper);
      await keeper.store.jobs.remove(job.id);
      await tick(keeper);
      expect(chain.openRequests).to.deep.equal([]);
      const report = await tick(keeper);
      expect(report).to.deep.include({ pieces: 0, sent: 0 });
    });

    it("asks once more after its own request went to a provider that has a copy", async () => {
      await keeper.store.jobs.add([exampleJob({ piece })]);
      chain.list(piece, { dealId: 1n, providerId: 1001n });
      await tick(keeper);
      chain.complete(1n, { dealId: 2n, providerId: 1001n });
      for (let epochs = 0; epochs < 990; epochs += 330) {
        chain.mine(330n);
        expect((await tick(keeper)).sent).to.equal(0);
      }
      chain.mine(20n);
      expect((await tick(keeper)).sent).to.equal(1);
    });

    it("goes on with the other pieces when the contract refuses one", async () => {
      const refused = examplePiece(2);
      await keeper.store.jobs.add([exampleJob({ piece }), exampleJob({ piece: refused })]);
      const root = refused.slice(2, 66);
      chain.intercept = (method, [call]) => {
        const { from, data } = (call ?? {}) as { from?: string; data: string };
        if (method !== "eth_call" || from === undefined || !data.includes(root)) return undefined;
        throw new RpcError(method, 3, "message execution failed (exit=[33], revert reason=[none]", "0x");
      };
      const report = await tick(keeper);
      expect(report.sent).to.equal(2);
      expect(report.blocked).to.have.length(1);
      expect(report.blocked[0]).to.include({ piece: refused });
    });

    it("reads again at the head before it sends: what was done meanwhile is not done twice", async () => {
      await keeper.store.jobs.add([exampleJob({ piece })]);
      for (const dealId of [1n, 2n]) chain.list(piece, { dealId, providerId: 1000n + dealId });
      const past = await keeper.chain.latest();
      chain.mine(5n);
      keeper.chain.pin = async () => past;
      const asItWas = dealStatusAbi.encodeFunctionResult("inspect", [[], 0n]);
      chain.intercept = (method, params) => {
        return method === "eth_call" && params[1] === `0x${past.number.toString(16)}` ? asItWas : undefined;
      };
      const report = await tick(keeper);
      expect(report.decisions).to.have.length(2);
      expect(report.sent).to.equal(0);
    });

    it("records why a mined transaction failed, and decides anew", async () => {
      await keeper.store.jobs.add([exampleJob({ piece, replicationTarget: 1n })]);
      await tick(keeper);
      chain.mine(1_000n);
      chain.automine = false;
      await tick(keeper);
      chain.requests[0]!.state = "completed"; // An aggregator was faster than the cancellation.
      chain.mine();
      chain.automine = true;
      await tick(keeper);
      const [failed] = await keeper.store.intents.failures(1);
      expect(failed).to.include({ kind: "cancel" });
      expect(failed!.error).to.contain("was mined and failed");
    });
  });
});
