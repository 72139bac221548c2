import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";
import hre from "hardhat";

import { temporaryFolder } from "../../../support/keeper";
import { until } from "../../../support/until";
import { deployed } from "../../../support/chain";

const CID = "bafkzcibcaabdomn3tgwgrh3g532zopskstnbrd2n3sxfqbze7rxt7vqn7veigmy";

describe("tasks", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  const run = async (scope: string, task: string, args: object = {}) => {
    const lines: string[] = [];
    const log = console.log;
    console.log = (line: string) => void lines.push(line);
    process.exitCode = undefined;
    try {
      await hre.run({ scope, task }, { data: path.join(folder.folder, "data"), readTag: "latest", ...args });
      return { out: lines.join("\n"), exitCode: process.exitCode ?? 0 };
    } finally {
      console.log = log;
      process.exitCode = undefined;
    }
  };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  const json = async (scope: string, task: string, args: object = {}): Promise<any> =>
    JSON.parse((await run(scope, task, { json: true, ...args })).out);

  beforeEach(async () => {
    await deployed("DealStatus");
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());

  it("registers a piece, sends what is missing with one cold tick, and shows it", async () => {
    const registered = await json("raas", "register", { cid: CID, target: 2, link: "http://127.0.0.1:1/x" });
    expect(registered[0]).to.include({ cid: CID, replicationTarget: 2 });
    expect((await run("raas", "jobs")).out).to.contain("registered");

    const dry = await run("raas", "tick", { dryRun: true });
    expect(dry.out).to.contain("2 decisions, 0 sent").and.to.contain("replicate");
    const report = await json("raas", "tick");
    expect(report).to.include({ sent: 2, waiting: 0 });
    expect((await json("raas", "tick")).sent).to.equal(0);

    const status = await run("raas", "status");
    expect(status.out).to.match(/degraded\s+\S+\s+0\/2\s+2/);
    const explained = await run("raas", "explain", { cid: CID });
    expect(explained.out).to.contain("In flight: request").and.to.contain("given with the job");
    expect((await run("deals", "list", { cid: CID })).out).to.equal("No deals are listed for this piece.");
  });

  it("takes a file, and gives it back", async () => {
    const file = path.join(folder.folder, "file");
    writeFileSync(file, Buffer.alloc(5_000, "filecoin "));
    const [job] = await json("raas", "register", { file, link: "http://127.0.0.1:1/x" });
    const out = path.join(folder.folder, "out");
    expect((await run("raas", "retrieve", { cid: job.cid, out })).out).to.contain(
      "5000 bytes, verified, from this node",
    );
    expect(Buffer.compare(readFileSync(out), readFileSync(file))).to.equal(0);
  });

  it("takes many jobs from a file", async () => {
    const from = path.join(folder.folder, "jobs.json");
    writeFileSync(from, JSON.stringify([{ cid: CID }, { cid: CID, replicationTarget: 7 }]));
    expect(await json("raas", "register", { from })).to.have.length(2);
  });

  it("exits with 2 when something is blocked", async () => {
    await run("raas", "register", { cid: CID });
    const tick = await run("raas", "tick");
    expect(tick.exitCode).to.equal(2);
    expect(tick.out).to.contain("POST /upload");
  });

  it("submits by hand, and serves an on-chain RaaS request of its own", async () => {
    const submitted = await run("deals", "submit", { cid: CID, link: "http://127.0.0.1:1/x", raas: true, target: 2 });
    expect(submitted.out).to.match(/Request \d+ is open/);
    const report = await json("raas", "tick");
    expect(report).to.include({ pieces: 1, sent: 1 });
    expect(report.decisions[0].kind).to.equal("replicate");
    expect((await run("raas", "jobs")).out).to.match(/request \d+/);
  });

  it("says what is wrong in a sentence", async () => {
    const wrong = async (scope: string, task: string, args: object, text: string) => {
      const error = await run(scope, task, args).then(
        () => undefined,
        (reason: Error) => reason,
      );
      expect(error?.message).to.contain(text);
    };
    await wrong("raas", "register", {}, "No piece is named");
    await wrong(
      "raas",
      "register",
      { cid: "baga6ea4seaqjnb4wcfsq7aficojkklqnxgycg5tjbb6ekghbyeyokqnfaxqo4ly" },
      "padded size",
    );
    await wrong("raas", "tick", { serve: "everyone" }, "--serve takes own, all");
    await wrong("raas", "tick", { readTag: "earliest" }, "--read-tag takes");
    await wrong("deals", "complete", { request: "1", deal: "1", provider: "1000" }, "--proof FILE");
    await wrong(
      "deals",
      "complete",
      { request: "77", deal: "1", provider: "1000", piece: CID },
      "DealStatus_UnknownRequest",
    );
  });

  it("runs the node until SIGTERM, and lets only one act on a data folder", async () => {
    const lines: string[] = [];
    const log = console.log;
    console.log = (line: string) => void lines.push(line);
    const args = { data: path.join(folder.folder, "data"), readTag: "latest", port: 0, interval: 3_600 };
    const running = hre.run({ scope: "raas", task: "node" }, args);
    try {
      await until(() => lines.length > 0);
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(lines[0]!)![0];
      expect((await fetch(`${url}/healthz`)).status).to.equal(200);
      const second = await hre.run({ scope: "raas", task: "tick" }, args).catch((error: Error) => error.message);
      expect(second).to.contain(`process ${process.pid} (raas node`);
      process.emit("SIGTERM");
      await running;
      await hre.run({ scope: "raas", task: "tick" }, args);
    } finally {
      console.log = log;
    }
    expect(lines.join("\n")).to.contain("Finishing what has begun");
  });

  it("checks the set-up and says what it found", async () => {
    const { out } = await run("raas", "check");
    const findings = (await json("raas", "check")) as { what: string; ok: boolean }[];
    // Other tests let days pass on this chain, so its clock may be ahead of the machine's.
    const { timestamp } = (await hre.ethers.provider.getBlock("latest"))!;
    const clockOk = Math.abs(Date.now() / 1000 - timestamp) < 300;
    const wrong = findings.filter(({ ok }) => !ok).map(({ what }) => what);
    expect(wrong).to.deep.equal(clockOk ? [] : ["clock"]);
    for (const what of ["node (RPC)", "chain id", "contract", "f410f", "Lotus methods", "clock", "0 live jobs"]) {
      expect(out).to.contain(what.replace("f410f", "t410f"));
    }
    const broken = await run("raas", "check", { contract: "0x00000000000000000000000000000000000000aa" });
    expect(broken.exitCode).to.equal(2);
    expect(broken.out).to.contain("deploy DealStatus");
  });
});
