/** One process that runs test files, and the end of everything that it started. */
import { spawn } from "node:child_process";

const running = new Set<number>();

/** A process leads a group of its own, in which are all that it starts. */
function endGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch (error) {
    // None of the group is left.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Ends all processes that are running, and what they have started. */
export function endAll(): void {
  running.forEach(endGroup);
}

export interface Ended {
  output: string;
  /** How it ended; undefined when it ended well. */
  wrong: string | undefined;
}

/** Runs Node with these arguments; what takes longer than `limitMs` is ended. */
export function runNode(args: string[], cwd: string, env: NodeJS.ProcessEnv, limitMs: number): Promise<Ended> {
  const child = spawn(process.execPath, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const { pid } = child;
  let late = false;
  const limit = setTimeout(() => {
    late = true;
    if (pid !== undefined) endGroup(pid);
  }, limitMs);
  if (pid !== undefined) running.add(pid);
  const output: Buffer[] = [];
  child.stdout.on("data", (bytes: Buffer) => output.push(bytes));
  child.stderr.on("data", (bytes: Buffer) => output.push(bytes));
  return new Promise((done, failed) => {
    child.once("error", failed);
    child.once("exit", () => {
      clearTimeout(limit);
      // What it leaves behind would hold its output open.
      if (pid !== undefined) endGroup(pid);
    });
    child.once("close", (code, signal) => {
      if (pid !== undefined) running.delete(pid);
      const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
      const wrong = late ? `after ${limitMs / 60_000} minutes, the limit of --minutes` : code === 0 ? undefined : how;
      done({ output: Buffer.concat(output).toString(), wrong });
    });
  });
}
