import { expect } from "chai";
import { Interface } from "ethers";
import { inspect } from "node:util";

import { blockAt, nonceOf } from "../../../src/filecoin/block";
import { ContractRevertError, decodeRevert } from "../../../src/filecoin/revert";
import { HttpRpc, RpcError, RpcUnreachableError } from "../../../src/filecoin/rpc";
import * as errors from "../../../src/filecoin/rpcErrors";
import vectors from "../../vectors/lotus-rpc.json";
import { recorded, recordedRows, replay, ScriptedRpc } from "../../support/scriptedRpc";

const contract = new Interface(vectors.ethereum.abi);

describe("chain", () => {
  let server: ScriptedRpc;
  let rpc: HttpRpc;
  before(async () => {
    server = await ScriptedRpc.start(replay);
    rpc = new HttpRpc(server.url);
  });
  beforeEach(() => server.answer(replay));
  after(() => server.stop());

  const ask = async (label: string, method?: string): Promise<unknown> => {
    const row = recorded(label, method);
    return rpc.request(row.method, row.params).catch((error: unknown) => error);
  };

  describe("HttpRpc", () => {
    it("gives every recorded answer of a Lotus node as it came", async () => {
      for (const row of [...recordedRows.ethereum, ...recordedRows.filecoin]) {
        const first = [...recordedRows.ethereum, ...recordedRows.filecoin].find(
          (it) => it.method === row.method && JSON.stringify(it.params) === JSON.stringify(row.params),
        )!;
        const got: unknown = await rpc.request(row.method, row.params).catch((error: unknown) => error);
        if (first.error === undefined) expect(got).to.deep.equal(first.result);
        else
          expect(got)
            .to.be.instanceOf(RpcError)
            .and.to.include({ code: first.error.code, message: first.error.message });
      }
    });

    it("says that a node does not answer, and that trying again may help", async () => {
      const gone = new HttpRpc("http://127.0.0.1:1");
      const refused = await gone.request("eth_chainId").catch((error: unknown) => error);
      expect(refused).to.be.instanceOf(RpcUnreachableError).and.to.include({ retryable: true, timedOut: false });
      server.answer(() => ({ status: 502, text: "<html>bad gateway</html>" }));
      const gateway = await rpc.request("eth_chainId").catch((error: unknown) => error);
      expect((gateway as Error).message).to.contain("HTTP 502");
      expect(errors.isTransient(gateway)).to.equal(true);
      server.answer(() => new Promise(() => {}));
      const late = await new HttpRpc(server.url, 20).request("eth_chainId").catch((error: unknown) => error);
      expect(late).to.be.instanceOf(RpcUnreachableError).and.to.include({ timedOut: true });
      expect(errors.isTooMuchAtOnce(late)).to.equal(true);
    });

    it("shows a node's origin alone: the rest of its URL may hold a key", async () => {
      const secret = "s3cret";
      const key = [`/v1/${secret}`, `/rpc?token=${secret}`, `/#${secret}`];
      const origin = new URL(server.url).origin;
      server.answer(() => ({ status: 502, text: "bad gateway" }));
      const urls = [...key.map((rest) => `${origin}${rest}`), ...key.map((rest) => `http://127.0.0.1:1${rest}`)];
      urls.push(`http://user:${secret}@127.0.0.1:1/`, `http:/:${secret}`, `${secret}:x`);
      for (const url of urls) {
        const error = await new HttpRpc(url).request("eth_chainId").catch((why: unknown) => why);
        expect(error).to.be.instanceOf(RpcUnreachableError);
        expect(inspect(error, { depth: 9 }), url).to.not.contain(secret);
        if (url.startsWith(origin)) expect((error as Error).message).to.equal(`eth_chainId at ${origin}: HTTP 502`);
      }
    });

    it("stops when told to", async () => {
      server.answer(() => new Promise(() => {}));
      const stop = new AbortController();
      const asked = rpc.request("eth_chainId", [], stop.signal).catch((error: Error) => error.name);
      stop.abort();
      expect(await asked).to.equal("AbortError");
    });
  });

  describe("errors of a node", () => {
    const kinds = {
      isNullRound: errors.isNullRound,
      isFutureBlock: errors.isFutureBlock,
      isActorNotFound: errors.isActorNotFound,
      isMethodMissing: errors.isMethodMissing,
      isNonceTooLow: errors.isNonceTooLow,
      isAlreadyKnown: errors.isAlreadyKnown,
      isTooMuchAtOnce: errors.isTooMuchAtOnce,
    };
    const table: Record<string, string[]> = {
      "out of gas": ["isTooMuchAtOnce"],
      "logs wide": ["isFutureBlock"],
      "logs reversed": [],
      "nonce low": ["isNonceTooLow"],
      "low gas limit": [],
      "wrong chain": [],
      future: ["isFutureBlock"],
      "fresh nonce pending": ["isActorNotFound"],
      custom: [],
      empty: [],
    };
    for (const [label, expected] of Object.entries(table)) {
      it(`takes "${label}" for ${expected.join() || "nothing special"}`, async () => {
        const error = await ask(label);
        const is = Object.entries(kinds)
          .filter(([, test]) => test(error))
          .map(([name]) => name);
        expect(is).to.deep.equal(expected);
      });
    }

    it("takes a nonce that is too high for nothing special", () => {
      const says = (text: string) => errors.isNonceTooLow(new RpcError("eth_sendRawTransaction", -32000, text));
      expect(says("Nonce too low. Expected nonce to be 4 but got 3.")).to.equal(true);
      expect(says("Nonce too high. Expected nonce to be 4 but got 6.")).to.equal(false);
    });

    it("knows a null round and an unknown method", async () => {
      expect(errors.isNullRound(await ask("null round", "eth_getBlockByNumber"))).to.equal(true);
      const unknown = await rpc.request("Filecoin.StateNope").catch((error: unknown) => error);
      expect(errors.isMethodMissing(unknown)).to.equal(true);
    });
  });

  describe("decodeRevert", () => {
    const cases: [label: string, reason: string, shown: string][] = [
      ["custom", "Bad", "call was refused: Bad(a: 7, why: because)."],
      ["str", "Error", "call was refused: Error(text: plain words)."],
      ["pan", "Panic", "call was refused: Panic(code: 50, meaning: an index out of range)."],
      ["ass", "Panic", "call was refused: Panic(code: 1, meaning: an assertion failed)."],
      ["empty", "", "call was refused: the contract gave no reason."],
    ];
    for (const [label, reason, shown] of cases) {
      it(`decodes "${label}"`, async () => {
        const error = decodeRevert(await ask(label), "call", contract);
        expect(error).to.be.instanceOf(ContractRevertError).and.to.include({ reason, message: shown });
      });
    }

    it("decodes what an estimate says, too", async () => {
      expect(decodeRevert(await ask("custom", "eth_estimateGas"), "call", contract)).to.include({ reason: "Bad" });
    });

    it("shows the bytes of an error that it does not know", async () => {
      const error = decodeRevert(await ask("custom"), "call", new Interface([])) as ContractRevertError;
      expect(error.message).to.contain("unknown error 0x5a80ad6f");
    });

    it("leaves out of gas alone, and what is no revert", async () => {
      for (const label of ["out of gas", "nonce low"]) {
        const error = await ask(label);
        expect(decodeRevert(error, "call", contract)).to.equal(error);
      }
    });

    it("finds the bytes where Hardhat's node puts them", () => {
      const data = recorded("custom").error!.data;
      const wrapped = new RpcError("eth_call", -32603, "reverted", { message: "reverted", data });
      expect(decodeRevert(wrapped, "call", contract)).to.include({ reason: "Bad" });
      const bare = new RpcError("eth_call", -32603, "VM Exception: transaction reverted without a reason");
      expect(decodeRevert(bare, "call", contract)).to.include({ reason: "" });
    });
  });

  describe("block", () => {
    it("counts an address that never received FIL as 0, where Lotus gives an error", async () => {
      expect(await nonceOf(rpc, "0x7777777777777777777777777777777777777777", "pending")).to.equal(0n);
      expect(await nonceOf(rpc, "0x7777777777777777777777777777777777777777", "latest")).to.equal(0n);
      expect(await nonceOf(rpc, "0x10B27A106E924Cf07379a0a39bb0ee12E70D7E2a", "latest")).to.equal(1n);
    });

    it("does not hide other errors", async () => {
      const error = await blockAt(rpc, 3_648n).catch((reason: unknown) => reason);
      expect(errors.isNullRound(error)).to.equal(true);
    });
  });
});
