import { mineUpTo, setCode } from "@nomicfoundation/hardhat-network-helpers";
import { ethers } from "hardhat";

import { SOLIDITY_ENUMS, valuesOf } from "../../src/protocol/enums";
import type { ActorLibraries__Harness, DealLedger__Harness } from "../../typechain-types";
import {
  type MarketSnapshot,
  type Recorded,
  type RecordedActors,
  recordedActors,
  type SectorSnapshot,
} from "./recordedAnswers";
import { actorsAnswer, answerAlways, CALL_ACTOR_ID } from "./scriptedPrecompile";
import { simulatedFilecoin } from "./chain";

const { DealState: STATES, SectorStatus: STATUSES } = SOLIDITY_ENUMS;
const { Active: ACTIVE } = valuesOf("DealState");
const UNREADABLE = "unreadable";

interface Libraries {
  actors: ActorLibraries__Harness;
  ledger: DealLedger__Harness;
}

const answers = ({ ret, exit }: Recorded): Promise<void> => actorsAnswer(exit ?? 0, `0x${ret ?? ""}`);
const shown = ({ ret, exit }: Recorded): string => (exit === undefined ? `\`${ret}\`` : `exit ${exit}`);
const row = (cells: (string | number | bigint)[]): string => `| ${cells.join(" | ")} |`;

function table(head: string[], rows: (string | number | bigint)[][]): string {
  return [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n");
}

async function marketRows({ actors, ledger }: Libraries, snapshot: MarketSnapshot, recorded: RecordedActors) {
  const rows: (string | number | bigint)[][] = [];
  for (const [name, methods] of Object.entries(snapshot.answers)) {
    const answered = (method: string): Recorded => methods[method] ?? { exit: 0 };
    const id = recorded.market.deals[name]?.id ?? 1000;
    await answers(answered("GetDealTerm"));
    const term = await actors.termOf(id);
    await answers(answered("GetDealSector"));
    const { state, sector } = await actors.sectorOf(id);
    // Without a term of its own (gone deals have none) the deal is judged by the one it was published with.
    const { start, end } = recorded.market.deals[name] ?? { start: 0, end: 0 };
    const [atTime] = await ledger.stateOf(id, start, end);
    await answers(answered("GetDealProvider"));
    const provider = await actors.providerOf(id);
    await answers(answered("GetDealClient"));
    const client = await actors.clientOf(id);
    await answers(answered("GetDealDataCommitment"));
    const { ok, piece } = await actors.commitmentOf(id);
    await answers(answered("GetDealVerified"));
    const verified = await actors.verifiedOf(id);
    rows.push([
      snapshot.state,
      snapshot.epoch,
      `${name} (${id})`,
      shown(answered("GetDealSector")),
      STATES[Number(state)] + (state === ACTIVE ? `, sector ${sector}` : ""),
      STATES[Number(atTime)]!,
      term.ok ? `${term.start} – ${term.end}` : UNREADABLE,
      provider.ok ? provider.actorId : UNREADABLE,
      client.ok ? client.actorId : UNREADABLE,
      ok ? `\`${piece.root.slice(2, 10)}…\`, height ${piece.height}` : UNREADABLE,
      verified.ok ? String(verified.verified) : UNREADABLE,
      methods.GetDealLabel ? shown(methods.GetDealLabel) : "",
      methods.GetDealTotalPrice ? shown(methods.GetDealTotalPrice) : "",
    ]);
  }
  return rows;
}

async function sectorRows({ actors }: Libraries, snapshot: SectorSnapshot) {
  const rows: (string | number | bigint)[][] = [];
  for (const [sector, { generate, expiration, validate }] of Object.entries(snapshot.answers)) {
    await answers(generate);
    const located = await actors.locate(106n, sector);
    const proven: string[] = [];
    for (const [name, location, ...byCode] of validate) {
      for (const [status, code] of [
        [1, 1],
        [2, 2],
        [3, 0],
      ] as const) {
        const answer = byCode[code]!;
        await answers(typeof answer === "number" ? { exit: answer } : { ret: answer ? "f5" : "f4" });
        if (await actors.isStatus(106n, sector, status, `0x${location}`)) proven.push(`${STATUSES[status]} by ${name}`);
      }
    }
    rows.push([
      snapshot.state,
      snapshot.epoch,
      sector,
      shown(generate),
      located.ok ? `${STATUSES[Number(located.status)]}, \`${located.location.slice(2)}\`` : UNREADABLE,
      proven.join(", "),
      validate.length * 3 - proven.length,
      shown(expiration),
    ]);
  }
  return rows;
}

/** What each reader makes of an answer that is none, or of another kind. */
async function strangeRows({ actors }: Libraries, recorded: RecordedActors) {
  const outputs: [string, string][] = Object.entries(recorded.precompiles.cases)
    .filter(([name, { result }]) => name.startsWith("..05") && result.ok)
    .map(([name, { result }]) => [name.replace("..05 ", ""), result.out]);
  const answer = (data: string): string =>
    ethers.AbiCoder.defaultAbiCoder().encode(["int256", "uint64", "bytes"], [0, 0x51, data]);
  const posing: [string, string][] = [
    ["a contract posing as a miner: true, in codec 0x55", answer("0xf5").replace(/51(?=0{62}60)/, "55")],
    ["a contract posing as a miner: true, and a byte more", answer("0xf500")],
    ["a contract posing as a miner: status 3", answer("0x820343820000")],
    ["a contract posing as a miner: a location of 24 bytes", answer(`0x82015818${"00".repeat(24)}`)],
    ["a contract posing as a miner: 2 000 bytes", answer(`0x${"00".repeat(2000)}`)],
    ["a contract posing as a miner: -1", answer("0x20")],
    ["a bytes label in the place of a number", answer("0x4401020304")],
    ["a price above 2^64 in the place of a number", answer("0x4a001f399b1438a1000000")],
    ["an activation (-1, -1) in the place of a term", answer("0x822020")],
    ["a big number in the place of a number", answer("0xc249010000000000000000")],
  ];
  const rows: string[][] = [];
  for (const [name, output] of [...outputs, ...posing]) {
    await answerAlways(CALL_ACTOR_ID, output);
    const { exitCode } = await actors.read(106n, 2_611_213_344n, "0x00");
    const { state, sector } = await actors.sectorOf(0n);
    const provider = await actors.providerOf(0n);
    const term = await actors.termOf(0n);
    const located = await actors.locate(106n, 1n);
    const proven = await actors.isStatus(106n, 1n, 1, "0x820000");
    rows.push([
      name,
      exitCode === ethers.MinInt256 ? "no answer" : `exit ${exitCode}`,
      STATES[Number(state)] + (state === ACTIVE ? `, sector ${sector}` : ""),
      provider.ok ? String(provider.actorId) : UNREADABLE,
      term.ok ? `${term.start} – ${term.end}` : UNREADABLE,
      located.ok ? STATUSES[Number(located.status)]! : UNREADABLE,
      proven ? "proven" : "unproven",
      (await actors.isMiner(106n)) ? "miner" : "no miner",
    ]);
  }
  return rows;
}

async function powerRows({ actors }: Libraries, recorded: RecordedActors) {
  const rows: string[][] = [];
  for (const [name, answer] of Object.entries(recorded.power.answers)) {
    await answers(answer);
    rows.push([`${name} (${answer.id})`, shown(answer), (await actors.isMiner(answer.id)) ? "miner" : "no miner"]);
  }
  return rows;
}

/** The page that shows what the libraries make of each answer that the built-in actors gave. */
export async function renderAnswers(): Promise<string> {
  // The recorded epochs begin early.
  await simulatedFilecoin();
  const recorded = recordedActors();
  const libraries: Libraries = {
    actors: await ethers.deployContract("ActorLibraries__Harness"),
    ledger: await ethers.deployContract("DealLedger__Harness"),
  };
  const strange = await strangeRows(libraries, recorded);
  const power = await powerRows(libraries, recorded);
  const sectors: (string | number | bigint)[][] = [];
  for (const snapshot of recorded.sectors.snapshots) sectors.push(...(await sectorRows(libraries, snapshot)));
  const market: (string | number | bigint)[][] = [];
  for (const snapshot of recorded.market.snapshots) {
    if ((await ethers.provider.getBlockNumber()) < snapshot.epoch) await mineUpTo(snapshot.epoch);
    market.push(...(await marketRows(libraries, snapshot, recorded)));
  }
  await setCode(CALL_ACTOR_ID, "0x");
  return `# What the libraries make of what actors answer

The answers are those that the built-in actors v18 gave (\`test/vectors/actors-v18.json\`), and some that only a hostile
contract would give. This page is generated by \`npx hardhat run scripts/answers.ts\`, and a test holds it against the
libraries. "unreadable" says nothing about a deal or a sector; no reader ever reverts.

## The market actor

"state" is what \`MarketActor.sectorOf\` makes of the answer to GetDealSector; "at the time" is what DealStatus makes of it
at the snapshot's epoch, knowing the deal's start and end: an active deal past its end is Ended though f05 still calls it
active, a published one past its start is Gone. Labels and prices are shown as they were recorded: nothing here reads
them, so neither a label of bytes nor a price above 2^64 can spoil a deal. Deal id 0 is a deal like any other.

${table(
  [
    "snapshot",
    "epoch",
    "deal (id)",
    "GetDealSector",
    "state",
    "at the time",
    "term",
    "provider",
    "client",
    "piece",
    "verified",
    "label, not read",
    "total price, not read",
  ],
  market,
)}

## A miner actor

"proven" lists every status that \`MinerActor.isStatus\` takes for proven, over all recorded locations; "not proven" counts
the other pairs of location and status.

${table(
  ["snapshot", "epoch", "sector", "GenerateSectorLocation", "locate", "proven", "not proven", "expiration, not read"],
  sectors,
)}

## The power actor

${table(["actor (id)", "MinerPower", "isMiner"], power)}

## Strange answers

Each reader given the same answer: the recorded ones of call_actor_id, an account actor's empty success and a contract
without the method among them, then such as only a hostile contract would make. What f05 and f04 never say does not
matter to the readers that ask only them.

${table(["answer", "ActorCall.read", "sectorOf", "providerOf", "termOf", "locate", "isStatus Active", "isMiner"], strange)}
`;
}
