import { expect } from "chai";
import hre from "hardhat";

import { RpcError } from "../../../../src/filecoin/rpc";
import { HttpRpc } from "../../../../src/filecoin/rpc";
import { LotusEndpoint } from "../../../../src/devnet/lotus/endpoint";
import { serveRpc } from "../../../../src/devnet/lotus/rpcServer";
import { RecordedChain, recording, type RecordedRow, rowsOf } from "../../../support/lotusRecording";
import { simulatedFilecoin } from "../../../support/chain";

/** What the simulated chain cannot give as it was: hashes of its own blocks, messages and seals, and the pledge. */
const OWN_VALUES: Readonly<Record<string, RegExp>> = {
  tipsetKey: /^bafy2bzace[a-z2-7]{52}$/,
  msgCid: /^bafy2bzace[a-z2-7]{52}$/,
  SealedCID: /^bagboea4b5abc[a-z2-7]{52}$/,
  InitialPledge: /^\d+$/,
};

/** The answer with its own values replaced by the recorded ones, where they have the same form. */
function comparable(answer: unknown, recorded: unknown, key = ""): unknown {
  const form = OWN_VALUES[key];
  if (form !== undefined) {
    const text = (value: unknown): string =>
      typeof value === "string" ? value : text(Object.values((Array.isArray(value) ? value[0] : value) as object)[0]);
    return form.test(text(answer)) ? recorded : answer;
  }
  if (Array.isArray(answer) && Array.isArray(recorded))
    return answer.map((one, i) => (i < recorded.length ? comparable(one, recorded[i]) : one));
  if (answer === null || recorded === null || typeof answer !== "object" || typeof recorded !== "object") return answer;
  return Object.fromEntries(
    Object.entries(answer).map(([name, value]) => [
      name,
      comparable(value, (recorded as Record<string, unknown>)[name], name),
    ]),
  );
}

describe("LotusEndpoint", () => {
  let rpc: HttpRpc;
  let server: { url: string; stop(): Promise<void> };
  let chain: RecordedChain;

  before(async () => {
    const filecoin = await simulatedFilecoin();
    chain = new RecordedChain(filecoin);
    await chain.begin();
    const endpoint = new LotusEndpoint(filecoin, hre.network.provider);
    server = await serveRpc(endpoint.answer, { host: "127.0.0.1", port: 0 });
    rpc = new HttpRpc(server.url);
  });

  after(() => server.stop());

  async function ask({ method, params }: Pick<RecordedRow, "method" | "params">): Promise<Partial<RecordedRow>> {
    try {
      return { result: await rpc.request(method, params) };
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      return { error: { code: error.code, message: error.message } };
    }
  }

  describe("answers as the recorded node did", () => {
    for (const row of recording.filecoin) {
      it(`at epoch ${row.epoch}, ${row.state}: ${row.method} ${JSON.stringify(row.params)}`, async () => {
        await chain.goTo(BigInt(row.epoch));
        const { result, error } = await ask(row);
        if (row.error !== undefined) expect(error).to.deep.equal(row.error);
        else expect(comparable(result, row.result)).to.deep.equal(row.result);
      });
    }

    it("keeps the order of the keys", async () => {
      const row = rowsOf("Filecoin.StateSectorGetInfo")[0]!;
      expect(Object.keys((await ask(row)).result as object)).to.deep.equal(Object.keys(row.result as object));
    });
  });

  it("gives the head with its epoch and its block", async () => {
    const { result } = await ask({ method: "Filecoin.ChainHead", params: [] });
    expect(result).to.have.keys(["Cids", "Blocks", "Height"]);
    expect((result as { Height: number }).Height).to.equal(Number(await rpc.request<string>("eth_blockNumber")));
  });
});
