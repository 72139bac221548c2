import { expect } from "chai";
import { network } from "hardhat";

import { CONTROL, PRECOMPILE } from "../../../src/devnet/actors/filecoin";
import { SimulatedMarket__factory } from "../../../typechain-types";
import { ActorCalls, decodeAnswer, encodeMessage, KIND } from "../../support/actorCalls";
import { cborUint } from "../../support/cbor";
import { MINER, recording, RecordedFilecoin } from "../../support/recordedFilecoin";

const MARKET = 5n;
const NOBODY = 1_000_000;
const { market } = recording;

describe("replay of the market actor", () => {
  let recorded: RecordedFilecoin;
  let calls: ActorCalls;

  before(async () => {
    recorded = await RecordedFilecoin.begin();
    calls = await ActorCalls.deploy();
  });

  for (const { state, answers } of market.snapshots) {
    describe(state, () => {
      before(() => recorded.reach(state));
      for (const [name, expected] of Object.entries(answers)) {
        it(`answers for the deal "${name}" as recorded`, async () => {
          const params = cborUint(market.deals[name]?.id ?? NOBODY);
          const methods = Object.keys(expected);
          const messages = methods.map((method) => ({ actor: MARKET, method: market.methods[method]!, params }));
          const given = await calls.askAll(messages);
          expect(Object.fromEntries(methods.map((method, index) => [method, given[index]]))).to.deep.equal(expected);
        });
      }
    });
  }
});

describe("replay of settlements, of the notice to f05 and of malformed parameters", () => {
  let recorded: RecordedFilecoin;
  let calls: ActorCalls;

  beforeEach(async () => {
    recorded = await RecordedFilecoin.begin();
    calls = await ActorCalls.deploy();
  });

  const settle = (params: string) => calls.ask({ actor: MARKET, method: 1900091594, params, flags: 0n });

  it(`settles ${market.settle[0]!.about}`, async () => {
    await recorded.reach("active");
    expect(await settle(market.settle[0]!.params)).to.deep.equal({ ret: market.settle[0]!.ret });
  });

  it(`settles ${market.settle[1]!.about}`, async () => {
    await recorded.reach("past-end-unsettled");
    expect(await settle(market.settle[1]!.params)).to.deep.equal({ ret: market.settle[1]!.ret });
  });

  it("tells f05 of activated sectors, and is answered, byte for byte", async () => {
    await recorded.reach("precommitted");
    const { from, params, exit, ret } = market.notification;
    expect(BigInt(from)).to.equal(MINER);
    expect(await recorded.commit()).to.deep.equal([
      { receiver: MARKET, params: `0x${params}`, exitCode: BigInt(exit), returned: `0x${ret}` },
    ]);
  });

  for (const { method, number, params, exit } of market.malformed) {
    it(`answers ${exit} to ${method} with parameters "${params}"`, async () => {
      await recorded.reach("published");
      const codec = params === "" ? 0n : undefined;
      const message = { actor: MARKET, method: number, params, codec };
      if (number >= 1 << 24) expect(await calls.ask(message)).to.deep.equal({ exit });
      else expect(await askAsAccount(number, params)).to.deep.equal({ exit });
    });
  }

  /** A message from an account instead of a contract: only contracts are refused low method numbers (exit 18). */
  async function askAsAccount(method: number, params: string) {
    const abi = SimulatedMarket__factory.createInterface();
    const data = abi.encodeFunctionData("invoke", [MARKET, method, 0x51, `0x${params}`, true]);
    const answer = await network.provider.request({ method: "eth_call", params: [{ to: CONTROL.market, data }] });
    return decodeAnswer(answer as string);
  }
});

describe("SettleDealPayments", () => {
  it("answers 25 under read-only and changes nothing", async () => {
    const recorded = await RecordedFilecoin.begin();
    await recorded.reach("active");
    const calls = await ActorCalls.deploy();
    const { params } = market.settle[0]!;
    expect(await calls.ask({ actor: MARKET, method: 1900091594, params })).to.deep.equal({ exit: 25 });
    expect((await recorded.filecoin.deal(9n))?.gone).to.equal(false);
  });

  it("removes what it settled when a contract sends it", async () => {
    const recorded = await RecordedFilecoin.begin();
    await recorded.reach("active");
    const calls = await ActorCalls.deploy();
    const { params } = market.settle[0]!;
    const message = encodeMessage({ actor: MARKET, method: 1900091594, params, flags: 0n });
    await calls.contract.forward(KIND.DelegateCall, PRECOMPILE.callActorId, message);
    expect((await recorded.filecoin.deal(9n))?.gone).to.equal(true);
  });
});
