import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, truncateSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";
import hre from "hardhat";

import { runCommand } from "../../src/cli/command";
import { expectSameBytes } from "../support/exampleBytes";
import { ShardFolder } from "../support/shardFolder";

interface Outcome {
  exitCode: number;
  out: string;
  err: string;
}

/** Runs a task as the command line does, and keeps what it prints. */
async function run(task: string, args: Record<string, unknown>): Promise<Outcome> {
  const { log, error } = console;
  const outcome: Outcome = { exitCode: 0, out: "", err: "" };
  console.log = (text: string) => void (outcome.out += `${text}\n`);
  console.error = (text: string) => void (outcome.err += `${text}\n`);
  try {
    await hre.run({ scope: "data", task }, args);
    outcome.exitCode = process.exitCode as number;
  } finally {
    Object.assign(console, { log, error });
    process.exitCode = undefined;
  }
  return outcome;
}

async function runJson(
  task: string,
  args: Record<string, unknown>,
): Promise<[exitCode: number, Record<string, unknown>]> {
  const { exitCode, out, err } = await run(task, { ...args, json: true });
  expect(err).to.equal("");
  return [exitCode, JSON.parse(out) as Record<string, unknown>];
}

describe("tasks › data", () => {
  let example: ShardFolder;
  beforeEach(async () => {
    example = await ShardFolder.make(10_000, { dataShards: 3, totalShards: 5 });
  });
  afterEach(() => example.remove());

  it("encode writes the shards and tells droot", async () => {
    const out = example.path("again");
    const [exitCode, json] = await runJson("encode", { file: example.payloadPath, out, k: 3, n: 5 });
    expect(exitCode).to.equal(0);
    expect(json).to.include({ out, k: 3, n: 5, payloadSize: 10_000 });
    expect(json.droot).to.equal(`0x${Buffer.from(example.manifest.root.root).toString("hex")}`);
    expect(readdirSync(out)).to.deep.equal(
      ["000", "001", "002", "003", "004"].map((i) => `${i}.shard`).concat("manifest.cbor"),
    );
    const people = await run("encode", { file: example.payloadPath, out: example.path("third"), k: 3, n: 5 });
    expect(people.out).to.match(/^payload +10000 bytes \(9\.8 KiB\)$/m);
    expect(people.out).to.match(/^droot +bafkzcib/m);
  });

  it("decode gives the file back from the folder, from files, and from the terms of a bid", async () => {
    const { out } = await run("encode", { file: example.payloadPath, out: example.path("x"), k: 3, n: 5, json: true });
    const { root } = JSON.parse(out) as { root: string };
    const sources = [
      { shards: [example.folder] },
      { shards: example.paths(1, 2, 4) },
      { shards: example.paths(0, 2, 3), manifest: join(example.folder, "manifest.cbor") },
      { shards: [example.folder], droot: root, k: 3, n: 5, payloadSize: "10000" },
    ];
    for (const [i, source] of sources.entries()) {
      const target = example.path(`decoded-${i}`);
      const [exitCode, json] = await runJson("decode", { ...source, out: target });
      expect([exitCode, json.payloadBytes]).to.deep.equal([0, "10000"]);
      expectSameBytes(readFileSync(target), example.payload);
    }
  });

  it("decode says in one line what to do when shards are missing", async () => {
    example.lose(0, 1, 2);
    const { exitCode, err } = await run("decode", { shards: [example.folder], out: example.target });
    expect(exitCode).to.equal(1);
    expect(err).to.equal("3 good shards are needed and 2 are there: fetch 1 more.\n");
    const [failed, json] = await runJson("decode", { shards: [example.folder], out: example.target });
    expect(failed).to.equal(1);
    expect(json.error).to.include({ name: "TooFewShardsError" });
  });

  it("decode refuses half of a bid's terms", async () => {
    const { exitCode, err } = await run("decode", { shards: [example.folder], out: example.target, k: 3 });
    expect(exitCode).to.equal(1);
    expect(err).to.match(/either --manifest or all of --droot, --k, --n and --payload-size/);
    const terms = { droot: "0x" + "0".repeat(64), k: 3, n: 5, payloadSize: "ten" };
    expect((await run("decode", { shards: [example.folder], out: example.target, ...terms })).err).to.match(
      /number of bytes/,
    );
  });

  it("rebuild makes what is missing or bad, or what is named, in place or elsewhere", async () => {
    const original = readFileSync(example.shard(4));
    example.lose(1);
    example.corrupt(4);
    const [exitCode, json] = await runJson("rebuild", { shards: [example.folder] });
    expect([exitCode, json.rebuilt]).to.deep.equal([0, [1, 4]]);
    expect(readFileSync(example.shard(4)).equals(original)).to.equal(true);
    expect((await run("rebuild", { shards: [example.folder] })).out).to.match(/nothing: all shards are good/);
    mkdirSync(example.path("new"));
    await run("rebuild", { shards: example.paths(0, 1, 2), wanted: "4", out: example.path("new") });
    expect(readdirSync(example.path("new"))).to.deep.equal(["004.shard"]);
    expect((await run("rebuild", { shards: [example.folder], wanted: "a" })).err).to.match(/such as 1,3, not a/);
  });

  it("verify ends with 2 when a shard is bad", async () => {
    const [exitCode, json] = await runJson("verify", { shards: [example.folder], codeword: true });
    expect(exitCode).to.equal(0);
    expect(json).to.deep.include({ good: [0, 1, 2, 3, 4], codeword: true, recoverable: true });
    example.corrupt(2);
    const bad = await run("verify", { shards: [example.folder] });
    expect(bad.exitCode).to.equal(2);
    expect(bad.out).to.match(/safe: 1 more shards may be lost/);
    expect(bad.out).to.match(/left out +.*002\.shard: its commitment/);
    example.lose(0, 1);
    expect((await run("verify", { shards: [example.folder] })).out).to.match(/lost unless 1 more shards are found/);
  });

  it("commp tells both piece CIDs", async () => {
    writeFileSync(example.path("zeros"), new Uint8Array(127));
    const [, json] = await runJson("commp", { file: example.path("zeros") });
    expect(json).to.include({
      pieceCidV2: "bafkzcibcaabdomn3tgwgrh3g532zopskstnbrd2n3sxfqbze7rxt7vqn7veigmy",
      height: 2,
      payloadBytes: "127",
      paddedBytes: "128",
    });
  });

  it("prove and verify-proof agree, in JSON, in CBOR and for a deal", async () => {
    const out = example.path("proof");
    // A deal whose payload is two shards and nothing else.
    writeFileSync(example.path("deal"), Buffer.concat(example.paths(2, 3).map((path) => readFileSync(path))));
    for (const how of [{}, { cbor: true }, { deal: example.path("deal") }]) {
      expect((await run("prove", { folder: example.folder, shard: 3, out, cbor: false, ...how })).exitCode).to.equal(0);
      const [exitCode, json] = await runJson("verify-proof", { proof: out });
      expect([exitCode, json.valid, json.index]).to.deep.equal([0, true, "deal" in how ? 1 : 3]);
    }
    const printed = await run("prove", { folder: example.folder, shard: 0, cbor: false });
    const proof = JSON.parse(printed.out.replace(/^proof +/, "")) as { path: string[] };
    writeFileSync(out, JSON.stringify({ ...proof, path: proof.path.toReversed() }));
    expect((await run("verify-proof", { proof: out })).exitCode).to.equal(2);
    expect((await run("prove", { folder: example.folder, shard: 0, cbor: true })).err).to.match(
      /name the file with --out/,
    );
    const absent = await run("prove", { folder: example.folder, shard: 0, cbor: false, deal: example.path("deal") });
    expect(absent.err).to.match(/Shard 0 is not in .*deal/);
  });

  it("pack and unpack go through a CAR", async () => {
    const [car, back] = [example.path("car"), example.path("back")];
    const [, packed] = await runJson("pack", { file: example.payloadPath, out: car });
    const [exitCode, unpacked] = await runJson("unpack", { car, out: back });
    expect(exitCode).to.equal(0);
    expect(unpacked.payloadCid).to.equal(packed.payloadCid);
    expectSameBytes(readFileSync(back), example.payload);
  });

  it("inspect tells what a thing is", async () => {
    await run("prove", { folder: example.folder, shard: 1, out: example.path("proof"), cbor: true });
    const cid = "bafkzcibcaabdomn3tgwgrh3g532zopskstnbrd2n3sxfqbze7rxt7vqn7veigmy";
    const [, piece] = await runJson("commp", { file: example.payloadPath });
    const kinds: [string, string][] = [
      [cid, "piece CID v2"],
      [piece.pieceCidV1 as string, "piece CID v1"],
      [example.folder, "manifest"],
      [join(example.folder, "manifest.cbor"), "manifest"],
      [example.path("proof"), "inclusion proof"],
      [example.payloadPath, "file"],
    ];
    for (const [thing, kind] of kinds) {
      const [exitCode, json] = await runJson("inspect", { thing });
      expect([exitCode, json.kind]).to.deep.equal([0, kind]);
    }
    const { exitCode, err } = await run("inspect", { thing: example.path("nothing") });
    expect([exitCode, err]).to.deep.equal([1, `There is no file ${example.path("nothing")}.\n`]);
  });

  it("an error that nobody expected still ends with 1", async () => {
    const lines: string[] = [];
    const code = await runCommand(() => Promise.reject(new Error("odd")), {
      json: false,
      err: (text) => lines.push(text),
    });
    expect([code, lines]).to.deep.equal([1, ["odd"]]);
  });

  for (const threads of [0, 2]) {
    it(`Ctrl-C ends encode with 130 and leaves nothing, on ${threads || "no"} worker threads`, async () => {
      const file = example.path("large");
      copyFileSync(example.payloadPath, file);
      truncateSync(file, 2 ** 31);
      const before = example.names();
      const script = `
        const { runTask, encodeCommand } = require("./src/cli/data");
        const args = ${JSON.stringify({ file, out: example.path("out"), k: 3, n: 5, threads })};
        runTask((context) => encodeCommand(args, context), false);`;
      const cwd = join(__dirname, "..", "..");
      // The staging folder appears when the work begins.
      const watcher = watch(example.path("."));
      const child = spawn(process.execPath, ["--require", "ts-node/register/transpile-only", "-e", script], { cwd });
      let err = "";
      child.stderr.on("data", (text: Buffer) => void (err += text.toString()));
      await once(watcher, "change");
      watcher.close();
      child.kill("SIGINT");
      const [code] = (await once(child, "close")) as [number];
      expect([code, err]).to.deep.equal([130, "Interrupted: nothing was kept.\n"]);
      expect(example.names()).to.deep.equal(before);
    });
  }
});
