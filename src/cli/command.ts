import { SingleBar } from "cli-progress";
import { HardhatPluginError } from "hardhat/plugins";

import { toJson } from "../service/json";

/** What a command found: rows for people, a value for programs, and whether the data is as it should be. */
export interface Report {
  rows: [label: string, value: string][];
  json: object;
  /** False when the command worked and the data is bad. */
  good?: boolean;
}

export interface CommandContext {
  signal: AbortSignal;
  onProgress(doneBytes: number, totalBytes: number): void;
}

export interface CommandOptions {
  json: boolean;
  /** The error's message when the user stops the command. */
  interrupted?: string;
  /** Where results and errors go: the terminal, unless a test reads them. */
  out?: (text: string) => void;
  err?: (text: string) => void;
}

/** 2: the work is done, and what was found is bad or needs attention. */
const EXIT = { ok: 0, failed: 1, attention: 2, interrupted: 130 } as const;

export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Runs a command: draws its progress, stops it on Ctrl-C, prints its report or its error; returns the exit code. */
export async function runCommand(
  command: (context: CommandContext) => Promise<Report>,
  { json, interrupted = "Interrupted: nothing was kept.", out = console.log, err = console.error }: CommandOptions,
): Promise<number> {
  const controller = new AbortController();
  const interrupt = (): void => controller.abort(new Error(interrupted));
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  const bar = new LazyBar();
  try {
    const report = await command({ signal: controller.signal, onProgress: (done, total) => bar.show(done, total) });
    bar.stop();
    out(json ? toJson(report.json, INDENT) : formatRows(report.rows));
    return report.good === false ? EXIT.attention : EXIT.ok;
  } catch (error) {
    bar.stop();
    const { name, message } = error as Error;
    if (json) out(toJson({ error: { name, message } }, INDENT));
    else err(message);
    return controller.signal.aborted ? EXIT.interrupted : EXIT.failed;
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}

/** The same for a task: the process ends with the command's exit code. */
export async function runTask(
  command: (context: CommandContext) => Promise<Report>,
  json: boolean,
  interrupted?: string,
): Promise<void> {
  process.exitCode = await runCommand(command, { json, interrupted });
}

/** Runs a task that prints by itself. An error is printed as one sentence; --show-stack-traces shows its cause as well. */
export async function withPlainErrors(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new HardhatPluginError("filecoin-raas", (error as Error).message, error as Error);
  }
}

/** Prints for programs or for people. */
export function print(json: boolean, data: unknown, text: () => string): void {
  console.log(json ? toJson(data, INDENT) : text());
}

/** The task did its work and found something that needs attention: exit code 2. */
export function needsAttention(): void {
  process.exitCode = EXIT.attention;
}

const INDENT = 2;
const SHOW_AFTER_MS = 1000;
const MIB = 1 << 20;

/** A progress bar that appears when something takes over a second, on terminals only. */
class LazyBar {
  private readonly since = Date.now();
  private bar?: SingleBar;

  show(done: number, total: number): void {
    if (!process.stderr.isTTY || Date.now() - this.since < SHOW_AFTER_MS) return;
    if (this.bar === undefined) {
      this.bar = new SingleBar({ format: "{bar} {percentage}% | {value}/{total} MiB | {eta_formatted} left" });
      this.bar.start(Math.ceil(total / MIB), 0);
    }
    this.bar.setTotal(Math.ceil(total / MIB));
    this.bar.update(Math.floor(done / MIB));
  }

  stop(): void {
    this.bar?.stop();
  }
}

function formatRows(rows: [string, string][]): string {
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, value]) => `${label.padEnd(width)}  ${value}`.trimEnd()).join("\n");
}

/** `1234567 bytes (1.2 MiB)`. */
export function formatBytes(bytes: bigint | number): string {
  const units = ["KiB", "MiB", "GiB", "TiB", "PiB"];
  let value = Number(bytes);
  let unit = -1;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return unit < 0 ? `${bytes} bytes` : `${bytes} bytes (${value.toFixed(1)} ${units[unit]})`;
}
