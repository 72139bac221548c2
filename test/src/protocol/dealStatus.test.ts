import { expect } from "chai";

import { ContractMissingError, DealStatusReader } from "../../../src/protocol/dealStatus";
import { RpcError, RpcUnreachableError } from "../../../src/filecoin/rpc";
import { ChainStandIn } from "../../support/chainStandIn";
import { examplePiece } from "../../support/keeper";
import { recorded } from "../../support/scriptedRpc";

const block = { number: 1_000n, hash: "0x", timestamp: 0n };

describe("chain", () => {
  describe("DealStatusReader", () => {
    let chain: ChainStandIn;
    let reader: DealStatusReader;
    const pieces = Array.from({ length: 100 }, (_, number) => examplePiece(number));
    beforeEach(() => {
      chain = new ChainStandIn();
      reader = new DealStatusReader(chain, chain.address);
    });

    it("reads 100 pieces in one call, and gives each its own deals", async () => {
      chain.list(pieces[3]!, { dealId: 7n, providerId: 1007n, state: "unreadable" });
      chain.list(pieces[3]!, { dealId: 8n, providerId: 1008n, state: "gone" });
      const found = await reader.inspect(pieces, block);
      expect(reader.calls).to.equal(1);
      expect(found.get(pieces[3]!)!.map((deal) => deal.state)).to.deep.equal(["unreadable", "gone"]);
      expect(found.get(pieces[4]!)).to.deep.equal([]);
    });

    it("halves the batch while the node cannot do it, and gives every piece once", async () => {
      for (const piece of pieces) chain.list(piece, { dealId: 1n });
      const sizes: number[] = [];
      const problems = [
        new RpcError("eth_call", 3, recorded("out of gas").error!.message, "0x"),
        new RpcUnreachableError("http://x", "eth_call", true, "no answer within 60 s"),
        new RpcError("eth_call", 1, "response too large"),
      ];
      chain.intercept = (method, params) => {
        const { data } = params[0] as { data: string };
        const count = Math.round((data.length / 2 - 100) / 160);
        sizes.push(count);
        if (count > 20) throw problems[sizes.length % problems.length]!;
        return undefined;
      };
      const found = await reader.inspect(pieces, block);
      expect([...found.values()].map((deals) => deals.length)).to.deep.equal(pieces.map(() => 1));
      expect(Math.max(...sizes.slice(-3))).to.be.at.most(50);
    });

    it("does not try for ever: one piece that is too much is an error", async () => {
      chain.intercept = () => {
        throw new RpcError("eth_call", 3, recorded("out of gas").error!.message, "0x");
      };
      const error = await reader.inspect(pieces.slice(0, 4), block).catch((reason: Error) => reason);
      expect((error as Error).message).to.contain("OutOfGas");
    });

    it("says that there is no contract, where Lotus answers with nothing", async () => {
      chain.intercept = () => "0x";
      const error = await reader.inspect(pieces.slice(0, 1), block).catch((reason: Error) => reason);
      expect(error).to.be.instanceOf(ContractMissingError);
    });

    it("asks for faults in smaller pages when one is too much", async () => {
      const deal = chain.list(pieces[0]!, { dealId: 1n });
      chain.faulty.set(pieces[0]!, [{ deal, status: "faulty" }]);
      let calls = 0;
      chain.intercept = () => {
        if (calls++ < 3) throw new RpcError("eth_call", 3, recorded("out of gas").error!.message, "0x");
        return undefined;
      };
      expect((await reader.faultyDeals(pieces[0]!, block)).map((it) => it.status)).to.deep.equal(["faulty"]);
      expect(calls).to.equal(4);
    });
  });
});
