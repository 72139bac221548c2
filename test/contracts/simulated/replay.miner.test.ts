import { expect } from "chai";

import { ActorCalls, type Answer } from "../../support/actorCalls";
import { cborUint } from "../../support/cbor";
import { MINER, recording, RecordedFilecoin } from "../../support/recordedFilecoin";

const { methods, snapshots } = recording.sectors;

/** true, false or an exit code, as the recording's rows have it. */
function statusAnswer(answer: Answer): boolean | number {
  if (answer.exit !== undefined) return answer.exit;
  if (answer.ret === "f5" || answer.ret === "f4") return answer.ret === "f5";
  throw new Error(`${answer.ret} is no boolean`);
}

function validateParams(sector: string, status: number, aux: string): string {
  const length = aux.length / 2;
  return `83${cborUint(BigInt(sector))}${cborUint(status)}${(0x40 + length).toString(16)}${aux}`;
}

describe("replay of a miner actor", () => {
  let recorded: RecordedFilecoin;
  let calls: ActorCalls;

  before(async () => {
    recorded = await RecordedFilecoin.begin();
    calls = await ActorCalls.deploy();
  });

  for (const { state, answers } of snapshots) {
    describe(state, () => {
      before(() => recorded.reach(state));
      for (const [sector, expected] of Object.entries(answers)) {
        it(`locates sector ${sector} and knows its expiration as recorded`, async () => {
          const { params, ret } = expected.generate;
          expect(await calls.ask({ actor: MINER, method: methods["GenerateSectorLocation"]!, params })).to.deep.equal({
            ret,
          });
          const expiration = {
            actor: MINER,
            method: methods["GetNominalSectorExpiration"]!,
            params: cborUint(BigInt(sector)),
          };
          expect(await calls.ask(expiration)).to.deep.equal(expected.expiration);
        });

        for (const [location, aux, ...wanted] of expected.validate) {
          it(`validates sector ${sector} at location "${location}" as recorded`, async () => {
            const messages = wanted.map((_, status) => ({
              actor: MINER,
              method: methods["ValidateSectorStatus"]!,
              params: validateParams(sector, status, aux),
            }));
            expect((await calls.askAll(messages)).map(statusAnswer)).to.deep.equal(wanted);
          });
        }
      }
    });
  }
});

describe("replay of a miner's other methods and of its power", () => {
  const { power } = recording;
  const { about: _about, ...other } = recording.other;
  let calls: ActorCalls;

  before(async () => {
    await (await RecordedFilecoin.begin()).reach("extended");
    calls = await ActorCalls.deploy();
  });

  for (const [name, { number, ret }] of Object.entries(other)) {
    it(`answers ${name} as recorded`, async () => {
      expect(await calls.ask({ actor: MINER, method: number, params: "", codec: 0n })).to.deep.equal({ ret });
    });
  }

  for (const [name, { params, ret, exit }] of Object.entries(power.answers)) {
    it(`answers MinerPower for the ${name} as recorded`, async () => {
      const expected = exit === undefined ? { ret } : { exit };
      expect(await calls.ask({ actor: 4n, method: power.number, params })).to.deep.equal(expected);
    });
  }

  for (const { params, exit } of power.malformed) {
    it(`answers ${exit} to MinerPower with parameters "${params}"`, async () => {
      const codec = params === "" ? 0n : undefined;
      expect(await calls.ask({ actor: 4n, method: power.number, params, codec })).to.deep.equal({ exit });
    });
  }
});
