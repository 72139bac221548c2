import { expect } from "chai";

import { ActorCalls, KIND, recordedAnswers } from "../../support/actorCalls";
import { simulatedFilecoin } from "../../support/chain";

/** The calls by the recording's names. */
const KIND_OF = { delegatecall: KIND.DelegateCall, call: KIND.Call, staticcall: KIND.StaticCall } as const;

interface CallCase {
  kind: keyof typeof KIND_OF;
  to: string;
  data: string;
  result: { ok: boolean; out: string };
}

interface CodeCase {
  size: number;
  hash: string;
}

const { cases } = recordedAnswers<{ precompiles: { cases: Record<string, CallCase | CodeCase> } }>().precompiles;

const CLIENT = 102n;
const MINER_OF_DEAL = 103n;
const ACCOUNT = 104n;
const MINER = 105n;
const CONTRACT = 106n;
const CONTRACT_ADDRESS = `0x${(cases["..02 contract"] as CallCase).result.out.slice(6)}`;

/** The address whose code a "code of …" row is about. */
const CODE_AT: Record<string, string> = {
  "code of precompile 2": "0x0000000000000000000000000000000000000002",
  "code of miner by mask": "0xff00000000000000000000000000000000000069",
  "code of market by mask": "0xff00000000000000000000000000000000000005",
  "code of account by mask": "0xff00000000000000000000000000000000000068",
  "code of missing by mask": "0xff000000000000000000000000000000000f423f",
  "code of nobody": "0x00000000000000000000000000000000deadbeef",
};

/** What the Hardhat network cannot show; `docs/testing.md` says why. */
const NOT_SHOWN: Record<string, string> = {
  "code of precompile ..05": "a simulated precompile has code",
  "code of self by eth": "the recorded contract's bytecode is not in the recording",
  "code of self by mask": "the mask of a contract holds a forwarder",
};

describe("replay of the precompiles", () => {
  let calls: ActorCalls;

  before(async () => {
    const filecoin = await simulatedFilecoin();
    await filecoin.createAccount({ id: CLIENT });
    await filecoin.createAccount({ id: ACCOUNT });
    await filecoin.createMiner({ id: MINER_OF_DEAL });
    const robustAddress = Buffer.from((cases["..01 robust miner"] as CallCase).data.slice(2), "hex");
    await filecoin.createMiner({ id: MINER, robustAddress });
    calls = await ActorCalls.at(CONTRACT_ADDRESS);
    await filecoin.actorIdOf(CONTRACT_ADDRESS, CONTRACT);
    await filecoin.publishDeal({
      provider: MINER_OF_DEAL,
      client: CLIENT,
      pieceRoot: new Uint8Array(32),
      paddedBytes: 1n << 30n,
      startEpoch: 14750n,
      endEpoch: 590750n,
    });
  });

  for (const [name, recorded] of Object.entries(cases)) {
    if (name in NOT_SHOWN) continue;
    if ("kind" in recorded) {
      it(`${name}: as recorded`, async () => {
        const { kind, to, data, result } = recorded;
        const [ok, out] = await calls.contract.forward.staticCall(KIND_OF[kind], to, data);
        expect({ ok, out }).to.deep.equal(result);
      });
    } else {
      it(`${name}: as recorded`, async () => {
        const at = CODE_AT[name];
        if (at === undefined) throw new Error("no address is known for this row");
        const [size, hash] = await calls.contract.codeOf(at);
        expect({ size: Number(size), hash }).to.deep.equal(recorded);
      });
    }
  }

  it("leaves out no more than the rows that are explained", () => {
    expect(Object.keys(cases)).to.include.members(Object.keys(NOT_SHOWN));
    expect(Object.keys(NOT_SHOWN)).to.have.length(3);
  });
});
