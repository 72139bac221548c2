import { expect } from "chai";
import { Wallet } from "ethers";
import hre from "hardhat";

import { HttpRpc, RpcError } from "../../../../src/filecoin/rpc";
import { LotusEndpoint } from "../../../../src/devnet/lotus/endpoint";
import { serveRpc } from "../../../../src/devnet/lotus/rpcServer";
import { recording, type RecordedEthereumRow } from "../../../support/lotusRecording";
import { simulatedFilecoin } from "../../../support/chain";

/** Numbers that belong to the recorded chain and its compiler. */
const plain = (message: string) =>
  message.replace(/f0\d+ \(method/g, "f0_ (method").replace(/reverted at \d+/g, "reverted at _");

describe("LotusEndpoint › Ethereum", () => {
  const { contract, account, rows } = recording.ethereum;
  const sender = Wallet.createRandom();
  const chainId = 31415926;
  let endpoint: LotusEndpoint;
  let server: { url: string; stop(): Promise<void> };
  let rpc: HttpRpc;
  let place: string;

  before(async () => {
    const { provider } = hre.network;
    const filecoin = await simulatedFilecoin();
    place = await (await hre.ethers.deployContract("LotusRecorded")).getAddress();
    await provider.request({ method: "hardhat_setBalance", params: [sender.address, "0xde0b6b3a7640000"] });
    endpoint = new LotusEndpoint(filecoin, provider);
    server = await serveRpc(endpoint.answer, { host: "127.0.0.1", port: 0 });
    rpc = new HttpRpc(server.url);
  });

  after(() => server.stop());

  const recorded = (label: string, method: string): RecordedEthereumRow =>
    rows.find((row) => row.label === label && row.method === method)!;

  /** The recorded request, of the contract and account that stand here for the recorded ones. */
  const here = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value).replaceAll(contract, place).replaceAll(account, sender.address));

  async function ask(method: string, params: unknown[]): Promise<Pick<RecordedEthereumRow, "result" | "error">> {
    try {
      return { result: await rpc.request(method, params) };
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      const { code, message, data } = error;
      return { error: { code, message: plain(message), ...(data === undefined ? {} : { data }) } };
    }
  }

  const signed = (overrides: object) =>
    sender.signTransaction({
      type: 2,
      chainId,
      to: place,
      nonce: 0,
      gasLimit: 50_000_000,
      maxFeePerGas: 10n ** 10n,
      data: "0xf82c50f10000000000000000000000000000000000000000000000000000000000000001",
      ...overrides,
    });

  for (const [label, method] of [
    ["custom", "eth_call"],
    ["str", "eth_call"],
    ["pan", "eth_call"],
    ["ass", "eth_call"],
    ["empty", "eth_call"],
    ["out of gas", "eth_call"],
    ["custom", "eth_estimateGas"],
  ] as const) {
    it(`tells of a failed call as recorded: ${label}, ${method}`, async () => {
      const { params, error } = recorded(label, method);
      const found = await ask(method, here(params) as unknown[]);
      expect(found.error).to.deep.equal({ ...error, message: plain(error!.message) });
    });
  }

  it("counts the cost of storing a message in an estimate", async () => {
    const { params } = recorded("log 3", "eth_estimateGas");
    expect(Number((await ask("eth_estimateGas", here(params) as unknown[])).result)).to.be.greaterThan(251_863);
  });

  it("knows no pending nonce of an address that never received anything", async () => {
    for (const label of ["fresh nonce pending", "fresh nonce latest"]) {
      const { method, params, result, error } = recorded(label, "eth_getTransactionCount");
      expect(await ask(method, params)).to.deep.equal(error === undefined ? { result } : { error });
    }
  });

  it("refuses a gas limit that does not pay for the message's bytes", async () => {
    const { error } = recorded("low gas limit", "eth_sendRawTransaction");
    expect((await ask("eth_sendRawTransaction", [await signed({ gasLimit: 21_000 })])).error).to.deep.equal(error);
  });

  it("refuses another chain's transaction", async () => {
    const { error } = recorded("wrong chain", "eth_sendRawTransaction");
    expect((await ask("eth_sendRawTransaction", [await signed({ chainId: 1 })])).error).to.deep.equal(error);
  });

  it("takes a transaction that its sender cannot pay, gives its hash, and never mines it", async () => {
    const poor = Wallet.createRandom();
    const raw = await poor.signTransaction({
      ...{ type: 2, chainId, to: place, nonce: 0, value: 1n, gasLimit: 50_000_000, maxFeePerGas: 10n ** 10n },
    });
    const { result } = await ask("eth_sendRawTransaction", [raw]);
    expect(result).to.match(/^0x[0-9a-f]{64}$/);
    expect((await ask("eth_getTransactionReceipt", [result])).result).to.equal(null);
  });

  it("takes a transaction after a gap, and mines it once the gap is filled", async () => {
    const early = (await ask("eth_sendRawTransaction", [await signed({ nonce: 1 })])).result;
    expect((await ask("eth_getTransactionReceipt", [early])).result).to.equal(null);
    await ask("eth_sendRawTransaction", [await signed({ nonce: 0 })]);
    expect((await ask("eth_getTransactionReceipt", [early])).result).to.have.property("status", "0x1");
  });

  it("refuses a nonce that is used up", async () => {
    const { error } = recorded("nonce low", "eth_sendRawTransaction");
    const expected = error!.message.replace("nonce is 4, got 0", "nonce is 2, got 0");
    const { error: found } = await ask("eth_sendRawTransaction", [await signed({ nonce: 0, data: "0x0c55699c" })]);
    expect(found).to.deep.equal({ ...error, message: expected });
  });

  it("has the logs of what was mined, and refuses ranges as recorded", async () => {
    const { params } = recorded("logs", "eth_getLogs");
    expect((await ask("eth_getLogs", here(params) as unknown[])).result).to.have.length(2);
    expect((await ask("eth_getLogs", recorded("logs none", "eth_getLogs").params)).result).to.deep.equal([]);
    for (const label of ["logs wide", "logs reversed"]) {
      const row = recorded(label, "eth_getLogs");
      expect(await ask("eth_getLogs", here(row.params) as unknown[])).to.deep.equal({ error: row.error });
    }
  });

  it("refuses to look into the future, and finds nothing where the contract was not yet", async () => {
    const { params, error } = recorded("future", "eth_call");
    expect((await ask("eth_call", here(params) as unknown[])).error).to.deep.equal(error);
    const [call] = here(recorded("old state", "eth_call").params) as unknown[];
    expect((await ask("eth_call", [call, "0x0"])).result).to.equal("0x");
  });

  it("has null rounds where it is told to", async () => {
    const { error } = recorded("null round", "eth_getBlockByNumber");
    // Hardhat keeps no state of the blocks that it skips: the round before the null one is mined by itself.
    const { provider } = hre.network;
    const head = Number(await provider.request({ method: "eth_blockNumber" }));
    await provider.request({ method: "hardhat_mine", params: [`0x${(0xe3f - head).toString(16)}`] });
    for (let block = 0; block < 3; block++) await provider.request({ method: "hardhat_mine", params: ["0x1"] });
    endpoint.ethereum.nullRounds.add(0xe40n);
    expect((await ask("eth_getBlockByNumber", ["0xe40", false])).error).to.deep.equal(error);
    const range = [{ address: place, fromBlock: "0xe40", toBlock: "0xe40" }];
    expect((await ask("eth_getLogs", range)).result).to.deep.equal([]);
    const { params, result } = recorded("null round call", "eth_call");
    const two = (result as string).replace(/1$/, "2");
    expect((await ask("eth_call", here(params) as unknown[])).result).to.equal(two);
  });
});
