import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";

import { runNode } from "../../scripts/test-process";
import { until } from "../support/until";

const ROOT = path.resolve(__dirname, "../..");
const RUNNER = ["-r", "ts-node/register/transpile-only", "scripts/run-tests.ts", "--no-compile"];

/** Long enough for a process to say that it has begun, on a machine that does much else. */
const LIMIT_MS = 3000;

describe("npm test", () => {
  let folder: string;
  let ownTemporary: string;

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "raas-runner-"));
    ownTemporary = path.join(folder, "tmp");
    mkdirSync(ownTemporary);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const leftBehind = () => readdirSync(ownTemporary).filter((name) => name.startsWith("test-totals-"));

  function planted(files: Record<string, string>): string[] {
    return Object.entries(files).map(([name, text]) => {
      const file = path.join(folder, `${name}.test.js`);
      writeFileSync(file, text);
      return file;
    });
  }

  function begin(args: string[]): { runner: ChildProcess; ended: Promise<{ code: number | null; output: string }> } {
    const env = { ...process.env, TMPDIR: ownTemporary };
    const runner = spawn(process.execPath, [...RUNNER, ...args], { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    runner.stdout.on("data", (bytes: Buffer) => (output += bytes.toString()));
    runner.stderr.on("data", (bytes: Buffer) => (output += bytes.toString()));
    return { runner, ended: new Promise((done) => runner.once("close", (code) => done({ code, output }))) };
  }

  async function run(...args: string[]): Promise<{ code: number | null; output: string; totals: string }> {
    const { code, output } = await begin(args).ended;
    expect(leftBehind()).to.deep.equal([]);
    return { code, output, totals: output.trimEnd().split("\n").at(-1)! };
  }

  const GOOD = { good: `describe("good", () => { it("passes", () => {}); });` };

  /** Never ends, and has started another process, whose id it leaves in `pid`. Says so at once: a chain takes seconds. */
  const hanging = (pidFile: string) => `
    const { spawn, spawnSync } = require("node:child_process");
    const { pid } = spawn("sleep", ["600"]);
    require("node:fs").writeFileSync(${JSON.stringify(pidFile)}, String(pid));
    while (true) spawnSync("sleep", ["600"]);`;

  async function startedBy(pidFile: string): Promise<number> {
    await until(() => existsSync(pidFile) && readFileSync(pidFile, "utf8") !== "", 60_000);
    const pid = Number(readFileSync(pidFile, "utf8"));
    expect(alive(pid)).to.equal(true);
    return pid;
  }

  const alive = (pid: number) => {
    try {
      process.kill(pid, 0);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
      throw error;
    }
    // One that has ended stays in the list until its parent asks for it, and its parent may be gone.
    const state = `/proc/${pid}/stat`;
    return !existsSync(state) || !readFileSync(state, "utf8").includes(") Z ");
  };

  it("is green for files whose tests pass, however they are named", async () => {
    const [file] = planted(GOOD);
    const { code, totals } = await run(`./${path.relative(ROOT, file!)}`);
    expect({ code, totals }).to.deep.equal({ code: 0, totals: "1 passed, 0 failed" });
  });

  it("counts what went wrong in one process, and runs its other files", async () => {
    const files = planted({
      ...GOOD,
      skipped: `describe.skip("skipped", () => { it("does not run", () => {}); });`,
      hook: `describe("hook", () => { before(() => { throw new Error("hook"); }); it("does not run", () => {}); });`,
      floating: `describe("floating", () => {
        it("does not await its assertion", async () => {
          void Promise.reject(new Error("floating"));
          await new Promise((done) => setTimeout(done, 20));
        });
      });`,
      empty: `describe("empty", () => {});`,
    });
    const { code, output, totals } = await run(...files);
    expect({ code, totals }, output).to.deep.equal({ code: 1, totals: "1 passed, 3 failed, 1 skipped" });
    expect(output).to.contain(`no test of ${path.relative(ROOT, files[4]!)} ran`);
  });

  it("counts a process that ended before its tests had, and names the files", async () => {
    const files = planted({
      killed: `process.kill(process.pid, "SIGKILL");`,
      exits: "process.exit(0);",
      syntax: "describe(",
      only: `describe("a file", () => { it.only("passes", () => {}); it("fails", () => { throw new Error(); }); });`,
    });
    const { code, output, totals } = await run("--apart", ...files);
    // Each counts as a process and as a file.
    expect({ code, totals }, output).to.deep.equal({ code: 1, totals: "0 passed, 8 failed" });
    const [killed, exits, syntax, only] = files.map((file) => path.relative(ROOT, file));
    expect(output).to.contain(`ended by SIGKILL: ${killed}\n`);
    expect(output).to.contain(`ended well, but before its tests had: ${exits}\n`);
    expect(output).to.contain(`ended with exit code 1: ${syntax}\n`);
    expect(output).to.contain(`ended with exit code 1: ${only}\n`).and.contain("`.only` forbidden");
  });

  it("fails when no test ran at all", async () => {
    const { code, totals } = await run("--grep", "nothing of this name", ...planted(GOOD));
    expect({ code, totals }).to.deep.equal({ code: 1, totals: "0 passed, 1 failed" });
  });

  it("ends a process that takes too long, with all that it started", async () => {
    const pidFile = path.join(folder, "pid of late");
    const ended = runNode(["-e", hanging(pidFile)], ROOT, process.env, LIMIT_MS);
    const pid = await startedBy(pidFile);
    expect((await ended).wrong).to.equal(`after ${LIMIT_MS / 60_000} minutes, the limit of --minutes`);
    await until(() => !alive(pid));
  });

  it("takes all that it started with it when it is stopped", async () => {
    const pidFile = path.join(folder, "pid of stopped");
    const { runner, ended } = begin(planted({ hanging: hanging(pidFile) }));
    const pid = await startedBy(pidFile);
    runner.kill("SIGHUP");
    expect((await ended).code).to.equal(1);
    await until(() => !alive(pid));
    expect(leftBehind()).to.deep.equal([]);
  });
});
