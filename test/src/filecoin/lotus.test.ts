import { expect } from "chai";

import { LotusClient } from "../../../src/filecoin/lotus";
import { HttpRpc, RpcError } from "../../../src/filecoin/rpc";
import { SectorSet } from "../../../src/filecoin/runLengths";
import { recorded, replay, ScriptedRpc } from "../../support/scriptedRpc";

describe("chain", () => {
  describe("SectorSet", () => {
    const members = (runs: number[], upTo: number) =>
      Array.from({ length: upTo }, (_, sector) => sector).filter((sector) => new SectorSet(runs).has(sector));
    const cases: [runs: number[], upTo: number, sectors: number[]][] = [
      [[0], 10, []],
      [[], 10, []],
      [[5, 1], 10, [5]],
      [[0, 2], 10, [0, 1]],
      [[1, 1, 1, 2], 10, [1, 3, 4]],
      [[0, 1, 8, 1], 10, [0, 9]],
    ];
    for (const [runs, upTo, sectors] of cases) {
      it(`reads ${JSON.stringify(runs)} as {${sectors.join(", ")}}`, () => {
        expect(members(runs, upTo)).to.deep.equal(sectors);
        expect(new SectorSet(runs).isEmpty).to.equal(sectors.length === 0);
      });
    }

    it("reads what a node gave for two faulty sectors", () => {
      const runs = recorded("faulty", "Filecoin.StateMinerFaults").result as number[];
      const faults = new SectorSet(runs);
      expect([100099, 100100, 100101, 100102, 100103].map((sector) => faults.has(sector))).to.deep.equal([
        false,
        true,
        false,
        true,
        false,
      ]);
    });

    it("refuses what is no run length", () => {
      expect(() => new SectorSet([1, -1])).to.throw(RangeError);
      expect(() => new SectorSet([1.5])).to.throw(RangeError);
    });
  });

  describe("LotusClient", () => {
    let server: ScriptedRpc;
    let missing: string[];
    let lotus: LotusClient;
    beforeEach(async () => {
      server = await ScriptedRpc.start(replay);
      missing = [];
      lotus = new LotusClient(new HttpRpc(server.url), (method) => missing.push(method));
    });
    afterEach(() => server.stop());

    /** Answers each method with the row recorded in that state. */
    const inState = (state: string) =>
      server.answer((method) => {
        const { result, error } = recorded(state, method);
        return error === undefined ? { result } : { error };
      });

    it("reads a deal in every state", async () => {
      const states: [string, string][] = [
        ["published", "-1"],
        ["active, not yet proven", "922"],
        ["missed its start", "-1"],
        ["first deadline over: faulty", "962"],
      ];
      for (const [state, sectorStart] of states) {
        inState(state);
        const deal = await lotus.storageDeal(5n);
        expect(String(deal!.sectorStartEpoch), state).to.equal(sectorStart);
        expect(deal!.slashEpoch).to.equal(-1n);
        expect(deal!.providerId).to.equal(1002n);
      }
      for (const state of ["unknown", "terminated: terminated", "settled after missing its start"]) {
        inState(state);
        expect(await lotus.storageDeal(5n), state).to.equal(null);
      }
    });

    it("tells since when a sector is faulty: the last epoch of the deadline that it first missed", async () => {
      inState("faulty: active");
      expect(await lotus.faultySince(1002n, 100100n)).to.equal(126_532n - 120_960n);
      inState("active, not yet proven");
      expect(await lotus.faultySince(1002n, 100100n)).to.equal(undefined);
      inState("terminated: terminated");
      expect(await lotus.faultySince(1002n, 100101n)).to.equal(undefined);
    });

    it("reads declared recoveries, which are faults still", async () => {
      inState("recovery declared");
      expect((await lotus.minerRecoveries(1002n))!.has(100102n)).to.equal(true);
    });

    it("passes on errors about the arguments", async () => {
      const error = await lotus.minerFaults(5n).catch((reason: unknown) => reason);
      server.answer(() => ({ error: recorded("error", "Filecoin.StateMinerFaults").error! }));
      const notMiner = await new LotusClient(new HttpRpc(server.url))
        .minerFaults(5n)
        .catch((reason: unknown) => reason);
      expect(notMiner).to.be.instanceOf(RpcError);
      expect((notMiner as Error).message).to.contain("actor code is not miner");
      expect(error === undefined || error instanceof RpcError).to.equal(true);
    });

    it("degrades method by method, and says each once", async () => {
      const unknown = (method: string) => ({ error: { code: -32601, message: `method '${method}' not found` } });
      server.answer((method) => {
        if (method === "Filecoin.StateSectorExpiration") return unknown(method);
        return { result: method === "Filecoin.ChainHead" ? { Height: 77 } : [0] };
      });
      expect(await lotus.faultySince(1002n, 1n)).to.equal(undefined);
      expect(await lotus.faultySince(1002n, 1n)).to.equal(undefined);
      expect((await lotus.minerFaults(1002n))!.isEmpty).to.equal(true);
      expect(missing).to.deep.equal(["StateSectorExpiration"]);
      expect(server.asked.filter((it) => it.method.endsWith("StateSectorExpiration"))).to.have.length(1);
      const served = await lotus.served();
      expect(served).to.include({ ChainHead: true, StateSectorExpiration: false });
    });

    it("takes an error about the arguments for a method that is served", async () => {
      server.answer((method) => {
        const row = { "Filecoin.StateMinerFaults": recorded("error", "Filecoin.StateMinerFaults").error! }[method];
        return row === undefined ? { result: [0] } : { error: row };
      });
      expect((await lotus.served()).StateMinerFaults).to.equal(true);
    });
  });
});
