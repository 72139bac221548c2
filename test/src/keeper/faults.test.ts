import { expect } from "chai";

import { RpcError } from "../../../src/filecoin/rpc";
import { explain } from "../../../src/keeper/explain";
import type { OpenKeeper } from "../../../src/keeper/open";
import { tick } from "../../../src/keeper/tick";
import { ChainStandIn } from "../../support/chainStandIn";
import { exampleJob, examplePiece, openTestKeeper, temporaryFolder } from "../../support/keeper";
import { recorded } from "../../support/scriptedRpc";

describe("keeper", () => {
  describe("the second eye", () => {
    let chain: ChainStandIn;
    let keeper: OpenKeeper;
    let folder: ReturnType<typeof temporaryFolder>;
    const piece = examplePiece(1);
    let faults: Record<string, number[]>;
    let answers: Record<string, unknown>;

    beforeEach(async () => {
      chain = new ChainStandIn();
      chain.block = 200_000n;
      faults = {};
      answers = { StateSectorExpiration: { OnTime: 0, Early: 120_960 + 195_000 }, StateMinerRecoveries: [0] };
      chain.lotus = (method, params) => {
        const name = method.slice("Filecoin.".length);
        if (name === "StateMinerFaults") return faults[params[0] as string] ?? [0];
        const answer = answers[name];
        if (answer instanceof Error) throw answer;
        return answer;
      };
      folder = temporaryFolder();
      keeper = await openTestKeeper(chain, folder.folder, { startBlock: 199_999n });
      await keeper.store.jobs.add([exampleJob({ piece, replicationTarget: 1n })]);
    });
    afterEach(async () => {
      await keeper.close();
      folder.remove();
    });
    const verdict = async () =>
      (await explain(keeper, piece)).deals.map(({ health, reason }) => `${health}: ${reason}`);

    it("takes a fault's age from the chain: old enough at first sight", async () => {
      chain.list(piece, { sector: 7n });
      answers.StateSectorExpiration = { OnTime: 0, Early: 120_960 + 194_000 };
      faults["f01000"] = [7, 1];
      expect((await tick(keeper)).decisions[0]!.reason).to.contain("faulty since epoch 194000 (6000 epochs");
    });

    it("counts from its own sighting when the chain cannot tell", async () => {
      chain.list(piece, { sector: 7n });
      answers.StateSectorExpiration = { OnTime: 0, Early: 0 };
      faults["f01000"] = [7, 1];
      expect((await verdict())[0]).to.contain("faulty since epoch 200000 (0 epochs");
      chain.mine(100n);
      expect((await verdict())[0]).to.contain("faulty since epoch 200000 (100 epochs");
    });

    it("tells a declared recovery, which is a fault still", async () => {
      chain.list(piece, { sector: 7n });
      faults["f01000"] = [7, 1];
      answers.StateMinerRecoveries = [7, 1];
      expect((await verdict())[0]).to.contain("recovery declared");
    });

    it("asks each provider once a tick, and the contract for nothing", async () => {
      for (let number = 2; number < 12; number++) {
        await keeper.store.jobs.add([exampleJob({ piece: examplePiece(number), replicationTarget: 1n })]);
        chain.list(examplePiece(number), { sector: BigInt(number), dealId: BigInt(number) });
      }
      chain.calls.length = 0;
      await tick(keeper);
      expect(chain.calls.filter((it) => it === "Filecoin.StateMinerFaults")).to.have.length(1);
      expect(chain.calls.filter((it) => it === "eth_call").length).to.be.at.most(4);
    });

    it("asks the contract when Lotus does not serve the method", async () => {
      const deal = chain.list(piece, { sector: 7n });
      chain.lotus = undefined;
      chain.faulty.set(piece, [{ deal, status: "faulty" }]);
      expect((await verdict())[0]).to.contain("faulty since epoch 200000");
      await verdict();
      expect(chain.calls.filter((it) => it === "Filecoin.StateMinerFaults")).to.have.length(1);
    });

    it("asks the contract when Lotus stumbles", async () => {
      const deal = chain.list(piece, { sector: 7n });
      chain.lotus = () => {
        throw new RpcError("Filecoin.StateMinerFaults", 1, "failed to load miner actor: actor not found");
      };
      chain.faulty.set(piece, [{ deal, status: "dead" }]);
      expect((await verdict())[0]).to.contain("lost: sector 7 is dead");
    });

    it("looks at the longest unseen first when the contract must be asked piece by piece", async () => {
      await keeper.close();
      keeper = await openTestKeeper(chain, folder.folder, { startBlock: 199_999n, faultChecksPerTick: 2 });
      chain.lotus = undefined;
      const pieces = [1, 2, 3, 4].map((number) => examplePiece(number)).sort();
      for (const [index, it] of pieces.entries()) {
        if (it !== piece) await keeper.store.jobs.add([exampleJob({ piece: it, replicationTarget: 1n })]);
        chain.list(it, { dealId: BigInt(index), sector: BigInt(index + 1), providerId: BigInt(1_000 + index) });
      }
      await tick(keeper);
      chain.mine();
      await tick(keeper);
      const checked = await keeper.store.observations.checkedEpochs(pieces);
      expect(pieces.map((it) => checked.get(it))).to.deep.equal([200_000n, 200_000n, 200_001n, 200_001n]);
    });

    it("goes on believing a known fault while the contract cannot be asked", async () => {
      const deal = chain.list(piece, { sector: 7n });
      chain.lotus = undefined;
      chain.faulty.set(piece, [{ deal, status: "faulty" }]);
      await verdict();
      const broken = (method: string, params: readonly unknown[]) => {
        const { data } = (params[0] ?? {}) as { data?: string };
        if (
          method === "eth_call" &&
          data!.startsWith("0xd1a7") === false &&
          chain.deals.size > 0 &&
          isFaultCall(data!)
        ) {
          throw new RpcError(method, 3, recorded("out of gas").error!.message, "0x");
        }
        return undefined;
      };
      chain.intercept = broken;
      expect((await verdict())[0]).to.contain("faulty since epoch 200000");
    });

    it("asks for a second opinion on a deal that the contract could not read", async () => {
      const deal = (sectorStart: number, slash = -1) => ({
        Proposal: { Provider: "f01000", StartEpoch: 1, EndEpoch: 900_000 },
        State: { SectorNumber: 7, SectorStartEpoch: sectorStart, SlashEpoch: slash },
      });
      chain.list(piece, { state: "unreadable", sector: 0n });
      answers.StateMarketStorageDeal = deal(150_000);
      expect((await verdict())[0]).to.contain("active until");
      answers.StateMarketStorageDeal = deal(-1);
      expect((await verdict())[0]).to.contain("pending");
      answers.StateMarketStorageDeal = deal(150_000, 160_000);
      expect((await verdict())[0]).to.contain("lost");
      answers.StateMarketStorageDeal = new RpcError("x", 1, recorded("unknown").error!.message);
      expect((await verdict())[0]).to.contain("lost");
      answers.StateMarketStorageDeal = new RpcError("x", 1, "timeout");
      expect((await verdict())[0]).to.contain("unreadable");
      delete answers.StateMarketStorageDeal;
      expect((await verdict())[0]).to.contain("unreadable");
    });
  });
});

function isFaultCall(data: string): boolean {
  return data.length < 400; // One CID; a batch for `inspect` is longer.
}
